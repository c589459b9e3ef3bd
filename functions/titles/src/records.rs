use api::views::{ReviewView, WalkView, WithUser};
use api::{Cursor, Error, FromQuery, PageQuery, PageView, Paged, Parameters, Path, Problem, Query, Result};
use auth::SignedIn;
use axum::extract::State;
use http::Uri;
use models::{Order, ReviewSort, TitleId, WalkState};

use crate::App;

/// Which reviews of a title, in which order.
pub(crate) struct ReviewsQuery {
    sort: ReviewSort,
    order: Order,
    page: PageQuery,
}

impl FromQuery for ReviewsQuery {
    fn from_query(parameters: &mut Parameters<'_>) -> Result<Self> {
        let page = PageQuery::take(parameters);
        let (sort, order) = (parameters.parsed("sort"), parameters.parsed("order"));
        Ok(Self {
            page: page?,
            sort: sort?.unwrap_or(ReviewSort::UpdatedAt),
            order: order?.unwrap_or(Order::Desc),
        })
    }
}

/// A title's reviews
#[utoipa::path(
    get, path = "/api/v1/titles/{id}/reviews", operation_id = "listTitleReviews", tag = "titles",
    security(("token" = [])),
    params(
        ("id" = TitleId, Path),
        ("sort" = inline(Option<ReviewSort>), Query, description = "`updated_at` if left out."),
        ("order" = inline(Option<Order>), Query, description = "`desc` if left out."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, description = "20 if left out."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page.", body = PageView<WithUser<ReviewView>>,
            headers(("Link" = String, description = "The next page, where there is one."))),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reviews(
    Path(id): Path<TitleId>,
    State(app): State<App>,
    _caller: SignedIn,
    uri: Uri,
    Query(asked): Query<ReviewsQuery>,
) -> Result<Paged<WithUser<ReviewView>>> {
    let sort = match asked.sort {
        ReviewSort::UpdatedAt => "updated_at",
        ReviewSort::Rating => "rating",
    };
    let order = match asked.order {
        Order::Asc => "asc",
        Order::Desc => "desc",
    };
    let cursor = Cursor::of(&["title_reviews", &id.to_string(), sort, order]);
    let page = app.reviews.of_title(id, asked.sort, asked.order, asked.page.request(&cursor)?).await?;
    let page = page.ok_or(Error::NotFound)?;
    Ok(Paged::new(page, &cursor, &uri, |(review, user)| WithUser::of(review, user, &app.media)))
}

/// Which walks on a title.
pub(crate) struct WalksQuery {
    states: Vec<WalkState>,
    page: PageQuery,
}

impl FromQuery for WalksQuery {
    fn from_query(parameters: &mut Parameters<'_>) -> Result<Self> {
        let page = PageQuery::take(parameters);
        let states = parameters.all_parsed("state");
        Ok(Self { page: page?, states: states? })
    }
}

/// A title's walks
#[utoipa::path(
    get, path = "/api/v1/titles/{id}/walks", operation_id = "listTitleWalks", tag = "titles",
    security(("token" = [])),
    params(
        ("id" = TitleId, Path),
        ("state" = Option<Vec<WalkState>>, Query, style = Form, explode, description = "Repeatable; all if left out."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, description = "20 if left out."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page, newest change first.", body = PageView<WithUser<WalkView>>,
            headers(("Link" = String, description = "The next page, where there is one."))),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn walks(
    Path(id): Path<TitleId>,
    State(app): State<App>,
    _caller: SignedIn,
    uri: Uri,
    Query(asked): Query<WalksQuery>,
) -> Result<Paged<WithUser<WalkView>>> {
    let owner = id.to_string();
    let mut list = vec!["title_walks", owner.as_str()];
    list.extend(asked.states.iter().map(|state| state.as_str()));
    let cursor = Cursor::of(&list);
    let page = app.walks.of_title(id, &asked.states, asked.page.request(&cursor)?).await?;
    let page = page.ok_or(Error::NotFound)?;
    Ok(Paged::new(page, &cursor, &uri, |(walk, user)| WithUser::of(walk, user, &app.media)))
}
