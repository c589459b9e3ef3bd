//! What titles and people count of the entries that hang on them.

use models::{Average, TitleId, UserId};

use crate::failure::Answer;
use crate::item::{Item, count, n, s};
use crate::records::{marks, rating_order, title_key, user_key};
use crate::write::Write;

/// How a title's or a person's counts move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) walks: i64,
    pub(crate) reviews: i64,
    /// The sum of the reviews' marks.
    pub(crate) marks: i64,
    /// Changes of titles, of people alone.
    pub(crate) changes: i64,
}

impl Counts {
    pub(crate) const fn walk(by: i64) -> Self {
        Self { walks: by, reviews: 0, marks: 0, changes: 0 }
    }

    pub(crate) fn review(by: i64, mark: models::Rating) -> Self {
        Self { walks: 0, reviews: by, marks: by * i64::from(mark.get()), changes: 0 }
    }

    pub(crate) const fn change(by: i64) -> Self {
        Self { walks: 0, reviews: 0, marks: 0, changes: by }
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            walks: self.walks + other.walks,
            reviews: self.reviews + other.reviews,
            marks: self.marks + other.marks,
            changes: self.changes + other.changes,
        }
    }
}

/// The condition that somebody or something is there to stay.
pub(crate) const STAYS: &str = "attribute_exists(#id) AND attribute_not_exists(#going)";
/// The condition that it is there, be it about to go.
pub(crate) const IS_THERE: &str = "attribute_exists(#id)";

/// Moves a title's counts. `seen` is the title whose marks are moved: the sum, the count and the place in the list by
/// rating follow in one step, on condition that the marks are still those.
pub(crate) fn of_title(id: TitleId, by: Counts, seen: &Item, condition: &str) -> Answer<Write> {
    if by.reviews == 0 && by.marks == 0 {
        let walks = Write::update(title_key(id), "ADD #walks_count :walks");
        return Ok(walks.when(condition).with(":walks", n(by.walks)));
    }
    let (sum, reviews) = marks(seen)?;
    let (new_sum, new_reviews) = (sum + by.marks, reviews + by.reviews);
    let rating = Average::of(new_sum, new_reviews);
    let set = "SET #rating_sum = :new_sum, #rating_count = :new_reviews, #rating_order = :order \
        ADD #walks_count :walks";
    let same = "#rating_sum = :sum AND #rating_count = :reviews";
    Ok(Write::update(title_key(id), set)
        .when(format!("{condition} AND {same}"))
        .with(":new_sum", n(new_sum))
        .with(":new_reviews", n(new_reviews))
        .with(":order", s(rating_order(rating, id)))
        .with(":walks", n(by.walks))
        .with(":sum", n(sum))
        .with(":reviews", n(reviews)))
}

/// Moves a person's counts.
pub(crate) fn of_user(id: UserId, by: Counts, condition: &str) -> Write {
    Write::update(user_key(id), "ADD #walks :walks, #reviews :reviews, #marks :marks, #changes :changes")
        .when(condition)
        .with(":walks", n(by.walks))
        .with(":reviews", n(by.reviews))
        .with(":marks", n(by.marks))
        .with(":changes", n(by.changes))
}

/// What a person counts.
pub(crate) fn read(user: &Item) -> Answer<Counts> {
    Ok(Counts {
        walks: count(user, "walks")?,
        reviews: count(user, "reviews")?,
        marks: count(user, "marks")?,
        changes: count(user, "changes")?,
    })
}
