use api::views::ChangeView;
use api::{Cursor, Error, FromQuery, PageQuery, PageView, Paged, Parameters, Path, Problem, Query, Result};
use auth::SignedIn;
use axum::extract::State;
use http::Uri;
use models::TitleId;

use crate::App;

/// Which part of a history.
pub(crate) struct HistoryQuery(PageQuery);

impl FromQuery for HistoryQuery {
    fn from_query(parameters: &mut Parameters<'_>) -> Result<Self> {
        PageQuery::take(parameters).map(Self)
    }
}

/// Who changed what of a title
#[utoipa::path(
    get, path = "/api/v1/titles/{id}/history", operation_id = "listTitleHistory", tag = "titles",
    security(("token" = [])),
    params(
        ("id" = TitleId, Path),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, description = "20 if left out."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page, newest first.", body = PageView<ChangeView>,
            headers(("Link" = String, description = "The next page, where there is one."))),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    Path(id): Path<TitleId>,
    State(app): State<App>,
    _caller: SignedIn,
    uri: Uri,
    Query(HistoryQuery(asked)): Query<HistoryQuery>,
) -> Result<Paged<ChangeView>> {
    let cursor = Cursor::of(&["title_history", &id.to_string()]);
    let page = app.titles.history(id, asked.request(&cursor)?).await?.ok_or(Error::NotFound)?;
    Ok(Paged::new(page, &cursor, &uri, |change| ChangeView::of(change, &app.media)))
}
