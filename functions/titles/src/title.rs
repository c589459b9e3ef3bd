use api::views::{ReviewView, TitleView, WalkView};
use api::{Body, Error, FaultKind, Faults, Json, NoQuery, Patch, Path, Problem, Result, Whole, pictures};
use auth::{SignedIn, TitleDeleter, Writer};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deserr::Deserr;
use http::StatusCode;
use http::header::LOCATION;
use jiff::Timestamp;
use models::{Description, Name, Refusal, ReleaseYear, Role, Title, TitleFields, TitleId, TitleType};
use ports::{TitlePage, TitlePatch};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// Adds the fault of a year that is too far ahead, which the clock alone can tell.
fn check_year(body: &serde_json::Value, now: Timestamp, faults: &mut Faults) {
    let last = i64::from(ReleaseYear::last(now));
    if Whole::of(&body["release_year"]).is_some_and(|year| year.0 > last) {
        let range = Refusal::OutOfRange { min: ReleaseYear::FIRST.into(), max: last };
        faults.push("/release_year", FaultKind::Refused(range));
    }
}

/// A title about to be added.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Сталкер", "description": "", "type": "movie", "release_year": 1979}))]
pub(crate) struct NewTitle {
    name: Name,
    /// May be empty.
    description: Description,
    #[deserr(rename = "type")]
    r#type: TitleType,
    /// Up to next year plus 10.
    release_year: ReleaseYear,
}

impl Body for NewTitle {
    fn check(body: &serde_json::Value, now: Timestamp, faults: &mut Faults) {
        check_year(body, now, faults);
    }
}

/// Adds a title
///
/// Type, name (compared as search compares) and year together are unique.
#[utoipa::path(
    post, path = "/api/v1/titles", operation_id = "addTitle", tag = "titles", security(("token" = [])),
    request_body = NewTitle,
    responses(
        (status = 201, description = "Added.", body = TitleView,
            headers(("Location" = String, description = "Where the title is."))),
        (status = 409, description = "title_exists, with `existing_id`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Writer(_caller): Writer,
    Json(body): Json<NewTitle>,
) -> Result<Response> {
    let now = app.clock.now();
    let title = Title {
        id: TitleId::new(app.clock.id()),
        fields: TitleFields {
            name: body.name,
            description: body.description,
            kind: body.r#type,
            release_year: body.release_year,
        },
        cover: None,
        rating: None,
        reviews_count: 0,
        walks_count: 0,
        created_at: now,
        updated_at: now,
    };
    app.titles.add(title.clone()).await?;
    let location = [(LOCATION, format!("/api/v1/titles/{}", title.id))];
    Ok((StatusCode::CREATED, location, Json(TitleView::of(title, &app.media))).into_response())
}

/// A title as the caller sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct TitleForMe {
    #[serde(flatten)]
    title: TitleView,
    #[schema(required)]
    my_walk: Option<WalkView>,
    #[schema(required)]
    my_review: Option<ReviewView>,
}

/// A title with one's own walk and review
#[utoipa::path(
    get, path = "/api/v1/titles/{id}", operation_id = "showTitle", tag = "titles", security(("token" = [])),
    params(("id" = TitleId, Path)),
    responses(
        (status = 200, description = "The title.", body = TitleForMe),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    Path(id): Path<TitleId>,
    State(app): State<App>,
    caller: SignedIn,
    _: NoQuery,
) -> Result<Json<TitleForMe>> {
    let TitlePage { title, my_walk, my_review } =
        app.titles.find(id, caller.user_id).await?.ok_or(Error::NotFound)?;
    Ok(Json(TitleForMe {
        title: TitleView::of(title, &app.media),
        my_walk: my_walk.map(Into::into),
        my_review: my_review.map(Into::into),
    }))
}

/// What of a title is to change.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"release_year": 1979}))]
#[schema(min_properties = 1)]
pub(crate) struct TitleChange {
    #[deserr(default)]
    #[schema(value_type = Name, required = false)]
    name: Patch<Name>,
    #[deserr(default)]
    #[schema(value_type = Description, required = false)]
    description: Patch<Description>,
    #[deserr(default, rename = "type")]
    #[schema(value_type = TitleType, required = false)]
    r#type: Patch<TitleType>,
    #[deserr(default)]
    #[schema(value_type = ReleaseYear, required = false)]
    release_year: Patch<ReleaseYear>,
}

impl Body for TitleChange {
    const OF_PATCH: bool = true;

    fn check(body: &serde_json::Value, now: Timestamp, faults: &mut Faults) {
        check_year(body, now, faults);
    }

    fn changes_nothing(&self) -> bool {
        self.name.0.is_none()
            && self.description.0.is_none()
            && self.r#type.0.is_none()
            && self.release_year.0.is_none()
    }
}

/// Changes a title
///
/// The change goes into its history.
#[utoipa::path(
    patch, path = "/api/v1/titles/{id}", operation_id = "changeTitle", tag = "titles", security(("token" = [])),
    params(("id" = TitleId, Path)),
    request_body = TitleChange,
    responses(
        (status = 200, description = "Changed, or as it was.", body = TitleView),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "title_exists, with `existing_id`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "validation, nothing_to_change", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    Path(id): Path<TitleId>,
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<TitleChange>,
) -> Result<Json<TitleView>> {
    let patch = TitlePatch {
        name: body.name.0,
        description: body.description.0,
        kind: body.r#type.0,
        release_year: body.release_year.0,
    };
    let (change_id, now) = (app.clock.id(), app.clock.now());
    let title = app.titles.change(id, patch, caller.user_id, change_id, now).await?.ok_or(Error::NotFound)?;
    Ok(Json(TitleView::of(title, &app.media)))
}

/// Removes a title
///
/// Only while nobody else's walk or review hangs on it, unless the caller is a moderator.
#[utoipa::path(
    delete, path = "/api/v1/titles/{id}", operation_id = "removeTitle", tag = "titles", security(("token" = [])),
    params(("id" = TitleId, Path)),
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "title_in_use", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    Path(id): Path<TitleId>,
    State(app): State<App>,
    TitleDeleter(caller): TitleDeleter,
    _: NoQuery,
) -> Result<StatusCode> {
    let moderator = caller.role == Role::Moderator;
    let title = app.titles.delete(id, caller.user_id, moderator).await?.ok_or(Error::NotFound)?;
    if moderator {
        let (user_id, walks, reviews) = (caller.user_id, title.walks_count, title.reviews_count);
        tracing::warn!(
            event = "sensitive_delete", title_id = %id, %user_id, walks, reviews, "a moderator removed a title"
        );
    }
    if let Some(cover) = &title.cover {
        pictures::let_go(&*app.images, cover).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_field_is_called_type() {
        let body = json!({"name": "Сталкер", "description": "", "type": "movie", "release_year": 1979});
        let title = deserr::deserialize::<NewTitle, _, Faults>(body).expect("a title");
        assert_eq!(title.r#type, TitleType::Movie);
        let body = json!({"type": "anime"});
        let change = deserr::deserialize::<TitleChange, _, Faults>(body).expect("a change");
        assert_eq!(change.r#type.0, Some(TitleType::Anime));
        assert!(!change.changes_nothing());
    }

    #[test]
    fn the_last_year_moves_with_the_clock() {
        let now = "2026-11-22T10:52:00Z".parse().expect("an instant");
        let faults = |year: serde_json::Value| {
            let mut faults = Faults::default();
            NewTitle::check(&json!({"release_year": year}), now, &mut faults);
            faults.iter().map(|fault| (fault.pointer.clone(), fault.kind)).collect::<Vec<_>>()
        };
        assert_eq!(faults(json!(2037)), []);
        assert_eq!(faults(json!(2037.0)), []);
        // What is no whole number is for the field itself to refuse.
        assert_eq!(faults(json!("2038")), []);
        let range = FaultKind::Refused(Refusal::OutOfRange { min: 1870, max: 2037 });
        assert_eq!(faults(json!(2038)), [("/release_year".to_owned(), range)]);
        assert_eq!(faults(json!(2038.0)), [("/release_year".to_owned(), range)]);
    }
}
