use api::views::{WalkView, WithBoth};
use api::{Body, Error, Faults, Json, NoQuery, Patch, Path, Problem, Result};
use auth::{SignedIn, Writer};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deserr::Deserr;
use http::StatusCode;
use http::header::LOCATION;
use models::{TitleId, Walk, WalkId, WalkState};
use ports::{Owned, WalkRef};
use utoipa::ToSchema;

use crate::App;

/// A walk about to be made.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title_id": "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f", "state": "completed"}))]
pub(crate) struct NewWalk {
    title_id: TitleId,
    state: WalkState,
}

impl Body for NewWalk {}

/// Marks a title
#[utoipa::path(
    post, path = "/api/v1/walks", operation_id = "addWalk", tag = "walks", security(("token" = [])),
    request_body = NewWalk,
    responses(
        (status = 201, description = "Marked.", body = WalkView,
            headers(("Location" = String, description = "Where the walk is."))),
        (status = 404, description = "not_found: there is no such title", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "walk_exists, with `existing_id`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<NewWalk>,
) -> Result<Response> {
    let now = app.clock.now();
    let walk = Walk {
        id: WalkId::new(app.clock.id()),
        title_id: body.title_id,
        user_id: caller.user_id,
        state: body.state,
        created_at: now,
        updated_at: now,
    };
    if !app.walks.add(&walk).await? {
        return Err(Error::NotFound);
    }
    let location = [(LOCATION, format!("/api/v1/walks/{}", walk.id))];
    Ok((StatusCode::CREATED, location, Json(WalkView::from(walk))).into_response())
}

/// One's own walk on a title, with its new state.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title_id": "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f", "state": "hundred_percent"}))]
pub(crate) struct OwnStateChange {
    title_id: TitleId,
    #[deserr(default)]
    #[schema(value_type = WalkState)]
    state: Patch<WalkState>,
}

impl Body for OwnStateChange {
    const OF_PATCH: bool = true;

    fn changes_nothing(&self) -> bool {
        self.state.0.is_none()
    }
}

/// Changes one's own walk on a title
#[utoipa::path(
    patch, path = "/api/v1/walks", operation_id = "changeOwnWalk", tag = "walks", security(("token" = [])),
    request_body = OwnStateChange,
    responses(
        (status = 200, description = "Changed, or as it was.", body = WalkView),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "validation, nothing_to_change", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change_own(
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<OwnStateChange>,
) -> Result<Json<WalkView>> {
    let state = body.state.0.ok_or(Error::NothingToChange)?;
    set_state(&app, WalkRef::OnTitle(body.title_id), &caller, state).await
}

/// A walk's new state.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "hundred_percent"}))]
pub(crate) struct StateChange {
    #[deserr(default)]
    #[schema(value_type = WalkState)]
    state: Patch<WalkState>,
}

impl Body for StateChange {
    const OF_PATCH: bool = true;

    fn changes_nothing(&self) -> bool {
        self.state.0.is_none()
    }
}

/// Changes one's own walk
#[utoipa::path(
    patch, path = "/api/v1/walks/{id}", operation_id = "changeWalk", tag = "walks", security(("token" = [])),
    params(("id" = WalkId, Path)),
    request_body = StateChange,
    responses(
        (status = 200, description = "Changed, or as it was.", body = WalkView),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "validation, nothing_to_change", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    Path(id): Path<WalkId>,
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<StateChange>,
) -> Result<Json<WalkView>> {
    let state = body.state.0.ok_or(Error::NothingToChange)?;
    set_state(&app, WalkRef::Id(id), &caller, state).await
}

async fn set_state(app: &App, walk: WalkRef, caller: &SignedIn, state: WalkState) -> Result<Json<WalkView>> {
    match app.walks.change(walk, caller.user_id, state, app.clock.now()).await? {
        Owned::Done(walk) => Ok(Json(walk.into())),
        Owned::Foreign => Err(Error::Forbidden),
        Owned::Absent => Err(Error::NotFound),
    }
}

/// A walk with its title and its person
#[utoipa::path(
    get, path = "/api/v1/walks/{id}", operation_id = "showWalk", tag = "walks", security(("token" = [])),
    params(("id" = WalkId, Path)),
    responses(
        (status = 200, description = "The walk.", body = WithBoth<WalkView>),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    Path(id): Path<WalkId>,
    State(app): State<App>,
    _caller: SignedIn,
    _: NoQuery,
) -> Result<Json<WithBoth<WalkView>>> {
    let walk = app.walks.find(id).await?.ok_or(Error::NotFound)?;
    Ok(Json(WithBoth::walk(walk, &app.media)))
}

/// Removes one's own walk
#[utoipa::path(
    delete, path = "/api/v1/walks/{id}", operation_id = "removeWalk", tag = "walks", security(("token" = [])),
    params(("id" = WalkId, Path)),
    responses(
        (status = 204, description = "Removed."),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    Path(id): Path<WalkId>,
    State(app): State<App>,
    Writer(caller): Writer,
    _: NoQuery,
) -> Result<StatusCode> {
    match app.walks.delete(id, caller.user_id).await? {
        Owned::Done(()) => Ok(StatusCode::NO_CONTENT),
        Owned::Foreign => Err(Error::Forbidden),
        Owned::Absent => Err(Error::NotFound),
    }
}
