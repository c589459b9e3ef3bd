use jiff::Timestamp;

use crate::title::words_enum;
use crate::{ShortTitle, ShortUser, TitleId, UserId, WalkId};

words_enum! {
    /// How far a person is with a title.
    WalkState {
        /// Not begun, but wanted.
        Planned = 1, "planned";
        /// Begun.
        InProgress = 2, "in_progress";
        /// Begun and resting.
        OnHold = 3, "on_hold";
        /// Begun and given up.
        Dropped = 4, "dropped";
        /// Finished.
        Completed = 5, "completed";
        /// Finished with all that is in it.
        HundredPercent = 6, "hundred_percent";
    }
}

/// One person's progress on one title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Its id.
    pub id: WalkId,
    /// The title.
    pub title_id: TitleId,
    /// The person.
    pub user_id: UserId,
    /// How far they are.
    pub state: WalkState,
    /// When the walk was made.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

/// A walk with both its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullWalk {
    /// The walk.
    pub walk: Walk,
    /// Its title.
    pub title: ShortTitle,
    /// Its person.
    pub user: ShortUser,
}
