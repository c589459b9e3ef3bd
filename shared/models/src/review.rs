use std::str::FromStr;

use jiff::Timestamp;

use crate::text::text;
use crate::{Rating, Refusal, ReviewId, ShortTitle, ShortUser, TitleId, UserId};

text! {
    /// A review's text: up to 10,000 characters; empty is a mark without words.
    ReviewText, 0..=10_000, lines: true
}

/// One person's mark for one title, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// The title.
    pub title_id: TitleId,
    /// The person.
    pub user_id: UserId,
    /// The mark.
    pub rating: Rating,
    /// The words.
    pub text: ReviewText,
    /// When it was written.
    pub created_at: Timestamp,
    /// When mark or words last changed.
    pub updated_at: Timestamp,
}

/// A review with both its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullReview {
    /// The review.
    pub review: Review,
    /// Its title.
    pub title: ShortTitle,
    /// Its author.
    pub user: ShortUser,
}

/// By what a title's reviews are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ReviewSort {
    /// By the last change, then user id.
    UpdatedAt,
    /// By the mark, then user id.
    Rating,
}

impl FromStr for ReviewSort {
    type Err = Refusal;

    fn from_str(word: &str) -> Result<Self, Refusal> {
        match word {
            "updated_at" => Ok(Self::UpdatedAt),
            "rating" => Ok(Self::Rating),
            _ => Err(Refusal::NotOneOf(&["updated_at", "rating"])),
        }
    }
}
