use api::views::Instant;
use api::{Error, Json, NoQuery, Path, Problem, Result};
use auth::{SignedIn, Writer};
use axum::extract::State;
use http::StatusCode;
use models::SessionId;
use ports::Session;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// A session, as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    #[schema(value_type = SessionId)]
    id: String,
    created_at: Instant,
    /// When it was opened or last refreshed.
    last_used_at: Instant,
    /// The program that opened it.
    user_agent: String,
    /// The address that it was opened from.
    ip: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionView {
    fn of(session: Session, current: SessionId) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: Instant(session.created_at),
            last_used_at: Instant(session.last_used_at),
            user_agent: session.user_agent,
            ip: session.ip,
            current: session.id == current,
        }
    }
}

/// One's sessions, most recently used first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList {
    items: Vec<SessionView>,
}

/// One's sessions
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", operation_id = "listSessions", tag = "auth", security(("token" = [])),
    responses((status = 200, description = "All of them; five at the most.", body = SessionList))
)]
pub(crate) async fn list(State(app): State<App>, caller: SignedIn, _: NoQuery) -> Result<Json<SessionList>> {
    let sessions = app.sessions.list(caller.user_id, app.clock.now()).await?;
    let items = sessions.into_iter().map(|session| SessionView::of(session, caller.session_id)).collect();
    Ok(Json(SessionList { items }))
}

/// Ends one of one's sessions
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", operation_id = "endSession", tag = "auth", security(("token" = [])),
    params(("id" = SessionId, Path)),
    responses(
        (status = 204, description = "Ended."),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end(
    Path(id): Path<SessionId>,
    State(app): State<App>,
    Writer(caller): Writer,
    _: NoQuery,
) -> Result<StatusCode> {
    if !app.sessions.end(caller.user_id, id).await? {
        return Err(Error::NotFound);
    }
    tracing::info!(event = "authn_token_revoked", session_id = %id, "session ended");
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one's sessions but this
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions", operation_id = "endOtherSessions", tag = "auth", security(("token" = [])),
    responses((status = 204, description = "Ended."))
)]
pub(crate) async fn end_others(
    State(app): State<App>,
    Writer(caller): Writer,
    _: NoQuery,
) -> Result<StatusCode> {
    app.sessions.end_others(caller.user_id, caller.session_id).await?;
    tracing::info!(event = "authn_token_revoked", user_id = %caller.user_id, "all other sessions ended");
    Ok(StatusCode::NO_CONTENT)
}
