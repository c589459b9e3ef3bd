use std::borrow::Cow;
use std::str::FromStr;

use api::views::{OwnUserView, UserView};
use api::{Body, Error, Faults, Json, NoQuery, Patch, Path, PathId, Problem, Result};
use auth::{SignedIn, Writer};
use axum::extract::State;
use deserr::Deserr;
use models::{About, Links, Refusal, UserId, Username};
use ports::ProfilePatch;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};

use crate::App;

/// Somebody in a path: an id, or `@me`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Me,
    Other(UserId),
}

impl Who {
    /// Their id, as the caller means it.
    pub(crate) fn id(self, caller: &SignedIn) -> UserId {
        match self {
            Self::Me => caller.user_id,
            Self::Other(id) => id,
        }
    }
}

impl FromStr for Who {
    type Err = Refusal;

    fn from_str(text: &str) -> std::result::Result<Self, Refusal> {
        if text == "@me" { Ok(Self::Me) } else { text.parse().map(Self::Other) }
    }
}

impl PathId for Who {}

/// A person's id, or `@me`.
#[derive(ToSchema)]
#[schema(value_type = String, example = "@me",
         pattern = "^(@me|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$")]
#[expect(dead_code, reason = "describes the parameter that `Who` is read from")]
pub(crate) struct UserIdOrMe(String);

/// Oneself
#[utoipa::path(
    get, path = "/api/v1/user/@me", operation_id = "showMe", tag = "user", security(("token" = [])),
    responses((status = 200, description = "The caller.", body = OwnUserView))
)]
pub(crate) async fn show_own(
    State(app): State<App>,
    caller: SignedIn,
    _: NoQuery,
) -> Result<Json<OwnUserView>> {
    own(&app, &caller).await
}

pub(crate) async fn own(app: &App, caller: &SignedIn) -> Result<Json<OwnUserView>> {
    // The session outlives its account for some seconds, in memory.
    let user = app.users.find(caller.user_id).await?.ok_or(Error::TokenInvalid)?;
    Ok(Json(OwnUserView::of(&user, &app.media)))
}

/// A person: as they see themselves, or as others see them.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum SomebodyView {
    /// The caller.
    Own(Box<OwnUserView>),
    /// Somebody else.
    Other(Box<UserView>),
}

/// `anyOf` by hand: what is derived is `oneOf`, and one's own view is a `User` as well.
impl utoipa::PartialSchema for SomebodyView {
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new()
            .item(Ref::from_schema_name(OwnUserView::name()))
            .item(Ref::from_schema_name(UserView::name()))
            .description(Some("A person: as they see themselves, or as others see them."))
            .into()
    }
}

impl ToSchema for SomebodyView {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Somebody")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        fn push<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((T::name().into_owned(), T::schema()));
            T::schemas(schemas);
        }
        push::<OwnUserView>(schemas);
        push::<UserView>(schemas);
    }
}

/// Somebody
#[utoipa::path(
    get, path = "/api/v1/user/{user_id}", operation_id = "showUser", tag = "user", security(("token" = [])),
    params(("user_id" = inline(UserIdOrMe), Path, description = "One's own id gives one's own view.")),
    responses(
        (status = 200, description = "The person.", body = SomebodyView),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    Path(who): Path<Who>,
    State(app): State<App>,
    caller: SignedIn,
    _: NoQuery,
) -> Result<Json<SomebodyView>> {
    let user = app.users.find(who.id(&caller)).await?.ok_or(Error::NotFound)?;
    Ok(Json(if user.id == caller.user_id {
        SomebodyView::Own(Box::new(OwnUserView::of(&user, &app.media)))
    } else {
        SomebodyView::Other(Box::new(UserView::of(&user, &app.media)))
    }))
}

/// A link, as it is given.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body; `models::Links` reads it")]
pub(crate) struct NewLink {
    #[schema(value_type = models::LinkLabel)]
    label: String,
    #[schema(value_type = models::LinkUrl)]
    url: String,
}

/// What of one's profile is to change.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"about": "Пью чай, смотрю кино.", "links": [{"label": "Blog", "url": "https://example.org"}]}))]
#[schema(min_properties = 1)]
pub(crate) struct ProfileChange {
    #[deserr(default)]
    #[schema(value_type = Username, required = false)]
    username: Patch<Username>,
    #[deserr(default)]
    #[schema(value_type = About, required = false)]
    about: Patch<About>,
    /// All of them.
    #[deserr(default)]
    #[schema(value_type = Vec<NewLink>, required = false, max_items = 10)]
    links: Patch<Links>,
}

impl Body for ProfileChange {
    const OF_PATCH: bool = true;

    fn changes_nothing(&self) -> bool {
        self.username.0.is_none() && self.about.0.is_none() && self.links.0.is_none()
    }
}

/// Changes one's profile
#[utoipa::path(
    patch, path = "/api/v1/user/@me", operation_id = "changeMe", tag = "user", security(("token" = [])),
    request_body = ProfileChange,
    responses(
        (status = 200, description = "Changed, or as it was.", body = OwnUserView),
        (status = 409, description = "username_taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "validation, nothing_to_change", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<ProfileChange>,
) -> Result<Json<OwnUserView>> {
    let patch = ProfilePatch { username: body.username.0, about: body.about.0, links: body.links.0 };
    let user = app.users.change_profile(caller.user_id, patch).await?.ok_or(Error::TokenInvalid)?;
    Ok(Json(OwnUserView::of(&user, &app.media)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_me_serves_as_an_id() {
        let id = "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f";
        assert_eq!("@me".parse(), Ok(Who::Me));
        assert_eq!(id.parse(), id.parse().map(Who::Other));
        assert!("me".parse::<Who>().is_err());
        assert!("@ME".parse::<Who>().is_err());
        assert!(id.to_uppercase().parse::<Who>().is_err());
    }
}
