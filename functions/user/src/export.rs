use api::views::{ChangeView, Instant, OwnUserView, ReviewView, WalkView, WithTitle};
use api::{Error, Json, NoQuery, Result};
use auth::SignedIn;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::TryFutureExt as _;
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use models::{Page, PageRequest, SessionId};
use ports::{Session, WalkFilter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// Everything the system holds of a person but credentials.
#[derive(Serialize, ToSchema)]
pub(crate) struct Export {
    user: OwnUserView,
    sessions: Vec<ExportedSession>,
    walks: Vec<WithTitle<WalkView>>,
    reviews: Vec<WithTitle<ReviewView>>,
    /// What they changed of titles.
    title_changes: Vec<ExportedChange>,
}

/// A session, as it is exported.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedSession {
    #[schema(value_type = SessionId)]
    id: String,
    created_at: Instant,
    last_used_at: Instant,
    user_agent: String,
    ip: String,
}

impl From<Session> for ExportedSession {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: Instant(session.created_at),
            last_used_at: Instant(session.last_used_at),
            user_agent: session.user_agent,
            ip: session.ip,
        }
    }
}

/// A change of a title, as it is exported.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedChange {
    #[schema(value_type = models::TitleId)]
    title_id: String,
    #[serde(flatten)]
    change: ChangeView,
}

/// Everything the system holds of oneself, as a download
#[utoipa::path(
    get, path = "/api/v1/user/@me/export", operation_id = "exportMe", tag = "user", security(("token" = [])),
    responses((status = 200, description = "One JSON document.", body = Export,
        headers(("Content-Disposition" = String))))
)]
pub(crate) async fn export(State(app): State<App>, caller: SignedIn, _: NoQuery) -> Result<Response> {
    let (id, media) = (caller.user_id, &app.media);
    let user = app.users.find(id).await?.ok_or(Error::TokenInvalid)?;
    let sessions = app.sessions.list(id, app.clock.now()).await?;
    let all = WalkFilter::default();
    let walks = whole(|page| app.walks.of_user(id, &all, page)).await?;
    let reviews = whole(|page| app.reviews.of_user(id, &[], page)).await?;
    let changes = whole(|page| app.titles.changes_by(id, page).map_ok(Some)).await?;
    let change = |change: models::Change| ExportedChange {
        title_id: change.title_id.to_string(),
        change: ChangeView::of(change, media),
    };
    let export = Export {
        user: OwnUserView::of(&user, media),
        sessions: sessions.into_iter().map(Into::into).collect(),
        walks: walks.into_iter().map(|(walk, title)| WithTitle::of(walk, title, media)).collect(),
        reviews: reviews.into_iter().map(|(review, title)| WithTitle::of(review, title, media)).collect(),
        title_changes: changes.into_iter().map(change).collect(),
    };
    let mut response = Json(export).into_response();
    let download = HeaderValue::from_static(r#"attachment; filename="prohod-export.json""#);
    response.headers_mut().insert(CONTENT_DISPOSITION, download);
    Ok(response)
}

/// Reads a list from its first page to its last.
async fn whole<T, F: Future<Output = ports::Result<Option<Page<T>>>>>(
    read: impl Fn(PageRequest) -> F,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let page = read(PageRequest { limit: 100, after }).await?.ok_or(Error::TokenInvalid)?;
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}
