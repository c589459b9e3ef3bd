use async_trait::async_trait;
use jiff::Timestamp;
use models::{
    FullWalk, Page, PageRequest, ShortTitle, ShortUser, TitleId, TitleType, UserId, Walk, WalkId, WalkState,
};

use crate::{Owned, Result};

/// Which walk: by its id, or the caller's own on a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkRef {
    /// By its id.
    Id(WalkId),
    /// The caller's own on this title.
    OnTitle(TitleId),
}

/// Which of a person's walks; an empty list means all.
#[derive(Debug, Clone, Default)]
pub struct WalkFilter {
    /// On titles of these types.
    pub kinds: Vec<TitleType>,
    /// In these states.
    pub states: Vec<WalkState>,
}

/// Walks.
#[async_trait]
pub trait Walks: Send + Sync {
    /// Adds a walk and counts it at its title; `false`, and nothing written, where there is no such title.
    ///
    /// # Errors
    /// `WalkExists` where the person has one on the title.
    async fn add(&self, walk: &Walk) -> Result<bool>;

    /// The walk with its title and person.
    async fn find(&self, id: WalkId) -> Result<Option<FullWalk>>;

    /// Changes the state; `updated_at` moves only where the state does.
    async fn change(
        &self,
        walk: WalkRef,
        by: UserId,
        state: WalkState,
        now: Timestamp,
    ) -> Result<Owned<Walk>>;

    /// Removes a walk and its count at the title.
    async fn delete(&self, id: WalkId, by: UserId) -> Result<Owned<()>>;

    /// A person's walks, by the last change and title id, newest first; `None` where there is no such person.
    async fn of_user(
        &self,
        user: UserId,
        filter: &WalkFilter,
        page: PageRequest,
    ) -> Result<Option<Page<(Walk, ShortTitle)>>>;

    /// A title's walks, by the last change and user id, newest first; in these states, or in all where there
    /// are none given. `None` where there is no such title.
    async fn of_title(
        &self,
        title: TitleId,
        states: &[WalkState],
        page: PageRequest,
    ) -> Result<Option<Page<(Walk, ShortUser)>>>;
}
