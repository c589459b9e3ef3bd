use async_trait::async_trait;
use jiff::Timestamp;
use models::{
    FullReview, Order, Page, PageRequest, Rating, Review, ReviewId, ReviewSort, ReviewText, ShortTitle,
    ShortUser, TitleId, TitleType, UserId,
};

use crate::{Owned, Result};

/// Which review: by its id, or the caller's own of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewRef {
    /// By its id.
    Id(ReviewId),
    /// The caller's own of this title.
    OfTitle(TitleId),
}

/// What of a review is to change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ReviewPatch {
    /// The mark.
    pub rating: Option<Rating>,
    /// The words.
    pub text: Option<ReviewText>,
}

/// Reviews. Whatever happens to one is in its title's sum and count when the call returns, in one step (DB-2).
#[async_trait]
pub trait Reviews: Send + Sync {
    /// Adds a review; `false`, and nothing written, where there is no such title.
    ///
    /// # Errors
    /// `ReviewExists` where the person has one of the title.
    async fn add(&self, review: &Review) -> Result<bool>;

    /// The review with its title and author.
    async fn find(&self, id: ReviewId) -> Result<Option<FullReview>>;

    /// Changes mark or words; `updated_at` moves only where one of them does.
    async fn change(
        &self,
        review: ReviewRef,
        by: UserId,
        patch: ReviewPatch,
        now: Timestamp,
    ) -> Result<Owned<Review>>;

    /// Removes a review.
    async fn delete(&self, id: ReviewId, by: UserId) -> Result<Owned<()>>;

    /// A person's reviews of titles of these types (of all where none are given), by the last change and title
    /// id, newest first; `None` where there is no such person.
    async fn of_user(
        &self,
        user: UserId,
        kinds: &[TitleType],
        page: PageRequest,
    ) -> Result<Option<Page<(Review, ShortTitle)>>>;

    /// A title's reviews; `None` where there is no such title.
    async fn of_title(
        &self,
        title: TitleId,
        sort: ReviewSort,
        order: Order,
        page: PageRequest,
    ) -> Result<Option<Page<(Review, ShortUser)>>>;
}
