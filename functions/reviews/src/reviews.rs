use api::views::{ReviewView, WithBoth};
use api::{Body, Error, Faults, Json, NoQuery, Patch, Path, Problem, Result};
use auth::{SignedIn, Writer};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deserr::Deserr;
use http::StatusCode;
use http::header::LOCATION;
use models::{Rating, Review, ReviewId, ReviewText, TitleId};
use ports::{Owned, ReviewPatch, ReviewRef};
use utoipa::ToSchema;

use crate::App;

/// A review about to be written.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title_id": "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f", "rating": 87, "text": "Quiet and long."}))]
pub(crate) struct NewReview {
    title_id: TitleId,
    rating: Rating,
    /// May be empty: a mark without words.
    text: ReviewText,
}

impl Body for NewReview {}

/// Reviews a title
///
/// The title's average has it when the call returns.
#[utoipa::path(
    post, path = "/api/v1/reviews", operation_id = "addReview", tag = "reviews", security(("token" = [])),
    request_body = NewReview,
    responses(
        (status = 201, description = "Written.", body = ReviewView,
            headers(("Location" = String, description = "Where the review is."))),
        (status = 404, description = "not_found: there is no such title", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "review_exists, with `existing_id`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<NewReview>,
) -> Result<Response> {
    let now = app.clock.now();
    let review = Review {
        id: ReviewId::new(app.clock.id()),
        title_id: body.title_id,
        user_id: caller.user_id,
        rating: body.rating,
        text: body.text,
        created_at: now,
        updated_at: now,
    };
    if !app.reviews.add(&review).await? {
        return Err(Error::NotFound);
    }
    let location = [(LOCATION, format!("/api/v1/reviews/{}", review.id))];
    Ok((StatusCode::CREATED, location, Json(ReviewView::from(review))).into_response())
}

/// What of one's own review of a title is to change.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title_id": "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f", "rating": 90}))]
#[schema(min_properties = 2)]
pub(crate) struct OwnReviewChange {
    title_id: TitleId,
    #[deserr(default)]
    #[schema(value_type = Rating, required = false)]
    rating: Patch<Rating>,
    #[deserr(default)]
    #[schema(value_type = ReviewText, required = false)]
    text: Patch<ReviewText>,
}

impl Body for OwnReviewChange {
    const OF_PATCH: bool = true;

    fn changes_nothing(&self) -> bool {
        self.rating.0.is_none() && self.text.0.is_none()
    }
}

/// Changes one's own review of a title
#[utoipa::path(
    patch, path = "/api/v1/reviews", operation_id = "changeOwnReview", tag = "reviews", security(("token" = [])),
    request_body = OwnReviewChange,
    responses(
        (status = 200, description = "Changed, or as it was.", body = ReviewView),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "validation, nothing_to_change", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change_own(
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<OwnReviewChange>,
) -> Result<Json<ReviewView>> {
    let patch = ReviewPatch { rating: body.rating.0, text: body.text.0 };
    apply(&app, ReviewRef::OfTitle(body.title_id), &caller, patch).await
}

/// What of a review is to change.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rating": 90, "text": "Better the second time."}))]
#[schema(min_properties = 1)]
pub(crate) struct ReviewChange {
    #[deserr(default)]
    #[schema(value_type = Rating, required = false)]
    rating: Patch<Rating>,
    #[deserr(default)]
    #[schema(value_type = ReviewText, required = false)]
    text: Patch<ReviewText>,
}

impl Body for ReviewChange {
    const OF_PATCH: bool = true;

    fn changes_nothing(&self) -> bool {
        self.rating.0.is_none() && self.text.0.is_none()
    }
}

/// Changes one's own review
#[utoipa::path(
    patch, path = "/api/v1/reviews/{id}", operation_id = "changeReview", tag = "reviews", security(("token" = [])),
    params(("id" = ReviewId, Path)),
    request_body = ReviewChange,
    responses(
        (status = 200, description = "Changed, or as it was.", body = ReviewView),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "validation, nothing_to_change", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    Path(id): Path<ReviewId>,
    State(app): State<App>,
    Writer(caller): Writer,
    Json(body): Json<ReviewChange>,
) -> Result<Json<ReviewView>> {
    let patch = ReviewPatch { rating: body.rating.0, text: body.text.0 };
    apply(&app, ReviewRef::Id(id), &caller, patch).await
}

async fn apply(
    app: &App,
    review: ReviewRef,
    caller: &SignedIn,
    patch: ReviewPatch,
) -> Result<Json<ReviewView>> {
    match app.reviews.change(review, caller.user_id, patch, app.clock.now()).await? {
        Owned::Done(review) => Ok(Json(review.into())),
        Owned::Foreign => Err(Error::Forbidden),
        Owned::Absent => Err(Error::NotFound),
    }
}

/// A review with its title and its author
#[utoipa::path(
    get, path = "/api/v1/reviews/{id}", operation_id = "showReview", tag = "reviews", security(("token" = [])),
    params(("id" = ReviewId, Path)),
    responses(
        (status = 200, description = "The review.", body = WithBoth<ReviewView>),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    Path(id): Path<ReviewId>,
    State(app): State<App>,
    _caller: SignedIn,
    _: NoQuery,
) -> Result<Json<WithBoth<ReviewView>>> {
    let review = app.reviews.find(id).await?.ok_or(Error::NotFound)?;
    Ok(Json(WithBoth::review(review, &app.media)))
}

/// Removes one's own review
#[utoipa::path(
    delete, path = "/api/v1/reviews/{id}", operation_id = "removeReview", tag = "reviews", security(("token" = [])),
    params(("id" = ReviewId, Path)),
    responses(
        (status = 204, description = "Removed; the title's average follows."),
        (status = 403, description = "forbidden", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    Path(id): Path<ReviewId>,
    State(app): State<App>,
    Writer(caller): Writer,
    _: NoQuery,
) -> Result<StatusCode> {
    match app.reviews.delete(id, caller.user_id).await? {
        Owned::Done(()) => Ok(StatusCode::NO_CONTENT),
        Owned::Foreign => Err(Error::Forbidden),
        Owned::Absent => Err(Error::NotFound),
    }
}
