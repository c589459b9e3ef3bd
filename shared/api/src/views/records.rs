use models::{FullReview, FullWalk, Review, ShortTitle, ShortUser, Walk, WalkState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Instant, MediaUrl, ShortTitleView, ShortUserView};

/// One person's progress on one title.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Walk)]
pub struct WalkView {
    #[schema(value_type = models::WalkId)]
    id: String,
    #[schema(value_type = models::TitleId)]
    title_id: String,
    #[schema(value_type = models::UserId)]
    user_id: String,
    #[schema(value_type = WalkState)]
    state: &'static str,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Walk> for WalkView {
    fn from(walk: Walk) -> Self {
        Self {
            id: walk.id.to_string(),
            title_id: walk.title_id.to_string(),
            user_id: walk.user_id.to_string(),
            state: walk.state.as_str(),
            created_at: Instant(walk.created_at),
            updated_at: Instant(walk.updated_at),
        }
    }
}

/// One person's mark for one title, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewView {
    #[schema(value_type = models::ReviewId)]
    id: String,
    #[schema(value_type = models::TitleId)]
    title_id: String,
    #[schema(value_type = models::UserId)]
    user_id: String,
    #[schema(value_type = models::Rating)]
    rating: u8,
    #[schema(value_type = models::ReviewText)]
    text: String,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        Self {
            id: review.id.to_string(),
            title_id: review.title_id.to_string(),
            user_id: review.user_id.to_string(),
            rating: review.rating.get(),
            text: review.text.as_str().to_owned(),
            created_at: Instant(review.created_at),
            updated_at: Instant(review.updated_at),
        }
    }
}

/// A walk or a review with its title.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithTitle<T> {
    #[serde(flatten)]
    record: T,
    title: ShortTitleView,
}

impl<T> WithTitle<T> {
    /// The view of a record and its title.
    pub fn of(record: impl Into<T>, title: ShortTitle, media: &MediaUrl) -> Self {
        Self { record: record.into(), title: ShortTitleView::of(title, media) }
    }
}

/// A walk or a review with its person.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithUser<T> {
    #[serde(flatten)]
    record: T,
    user: ShortUserView,
}

impl<T> WithUser<T> {
    /// The view of a record and its person.
    pub fn of(record: impl Into<T>, user: ShortUser, media: &MediaUrl) -> Self {
        Self { record: record.into(), user: ShortUserView::of(user, media) }
    }
}

/// A walk or a review with its title and its person.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithBoth<T> {
    #[serde(flatten)]
    record: T,
    title: ShortTitleView,
    user: ShortUserView,
}

impl WithBoth<WalkView> {
    /// The view of a walk.
    #[must_use]
    pub fn walk(full: FullWalk, media: &MediaUrl) -> Self {
        let FullWalk { walk, title, user } = full;
        Self {
            record: walk.into(),
            title: ShortTitleView::of(title, media),
            user: ShortUserView::of(user, media),
        }
    }
}

impl WithBoth<ReviewView> {
    /// The view of a review.
    #[must_use]
    pub fn review(full: FullReview, media: &MediaUrl) -> Self {
        let FullReview { review, title, user } = full;
        Self {
            record: review.into(),
            title: ShortTitleView::of(title, media),
            user: ShortUserView::of(user, media),
        }
    }
}
