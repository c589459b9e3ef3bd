use api::views::{ReviewView, WalkView, WithTitle};
use api::{Cursor, Error, FromQuery, PageQuery, PageView, Paged, Parameters, Path, Problem, Query, Result};
use auth::SignedIn;
use axum::extract::State;
use http::Uri;
use models::{TitleType, WalkState};
use ports::WalkFilter;

use crate::App;
use crate::profile::{UserIdOrMe, Who};

/// Which walks of a person.
pub(crate) struct WalksQuery {
    filter: WalkFilter,
    page: PageQuery,
}

impl FromQuery for WalksQuery {
    fn from_query(parameters: &mut Parameters<'_>) -> Result<Self> {
        let page = PageQuery::take(parameters);
        let (kinds, states) = (parameters.all_parsed("type"), parameters.all_parsed("state"));
        Ok(Self { page: page?, filter: WalkFilter { kinds: kinds?, states: states? } })
    }
}

/// A person's walks
#[utoipa::path(
    get, path = "/api/v1/user/{user_id}/walks", operation_id = "listUserWalks", tag = "user",
    security(("token" = [])),
    params(
        ("user_id" = inline(UserIdOrMe), Path),
        ("type" = Option<Vec<TitleType>>, Query, style = Form, explode, description = "Repeatable; all if left out."),
        ("state" = Option<Vec<WalkState>>, Query, style = Form, explode, description = "Repeatable; all if left out."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, description = "20 if left out."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page, newest change first.", body = PageView<WithTitle<WalkView>>,
            headers(("Link" = String, description = "The next page, where there is one."))),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn walks(
    Path(who): Path<Who>,
    State(app): State<App>,
    caller: SignedIn,
    uri: Uri,
    Query(asked): Query<WalksQuery>,
) -> Result<Paged<WithTitle<WalkView>>> {
    let id = who.id(&caller);
    let owner = id.to_string();
    let mut list = vec!["user_walks", owner.as_str()];
    list.extend(asked.filter.kinds.iter().map(|kind| kind.as_str()));
    list.push("in");
    list.extend(asked.filter.states.iter().map(|state| state.as_str()));
    let cursor = Cursor::of(&list);
    let page = app.walks.of_user(id, &asked.filter, asked.page.request(&cursor)?).await?;
    let page = page.ok_or(Error::NotFound)?;
    Ok(Paged::new(page, &cursor, &uri, |(walk, title)| WithTitle::of(walk, title, &app.media)))
}

/// Which reviews of a person.
pub(crate) struct ReviewsQuery {
    kinds: Vec<TitleType>,
    page: PageQuery,
}

impl FromQuery for ReviewsQuery {
    fn from_query(parameters: &mut Parameters<'_>) -> Result<Self> {
        let page = PageQuery::take(parameters);
        let kinds = parameters.all_parsed("type");
        Ok(Self { page: page?, kinds: kinds? })
    }
}

/// A person's reviews
#[utoipa::path(
    get, path = "/api/v1/user/{user_id}/reviews", operation_id = "listUserReviews", tag = "user",
    security(("token" = [])),
    params(
        ("user_id" = inline(UserIdOrMe), Path),
        ("type" = Option<Vec<TitleType>>, Query, style = Form, explode, description = "Repeatable; all if left out."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, description = "20 if left out."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page, newest change first.", body = PageView<WithTitle<ReviewView>>,
            headers(("Link" = String, description = "The next page, where there is one."))),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reviews(
    Path(who): Path<Who>,
    State(app): State<App>,
    caller: SignedIn,
    uri: Uri,
    Query(asked): Query<ReviewsQuery>,
) -> Result<Paged<WithTitle<ReviewView>>> {
    let id = who.id(&caller);
    let owner = id.to_string();
    let mut list = vec!["user_reviews", owner.as_str()];
    list.extend(asked.kinds.iter().map(|kind| kind.as_str()));
    let cursor = Cursor::of(&list);
    let page = app.reviews.of_user(id, &asked.kinds, asked.page.request(&cursor)?).await?;
    let page = page.ok_or(Error::NotFound)?;
    Ok(Paged::new(page, &cursor, &uri, |(review, title)| WithTitle::of(review, title, &app.media)))
}
