use async_trait::async_trait;
use jiff::Timestamp;
use models::{
    Change, Description, Name, Order, Page, PageRequest, Picture, ReleaseYear, Review, Search, Title,
    TitleFields, TitleId, TitleSort, TitleType, UserId, Walk,
};
use uuid::Uuid;

use crate::Result;

/// Which titles, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleQuery {
    /// Types are never mixed.
    pub kind: TitleType,
    /// What somebody looks for; all titles where `None`.
    pub search: Option<Search>,
    /// By what.
    pub sort: TitleSort,
    /// In which direction.
    pub order: Order,
}

/// A title as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitlePage {
    /// The title.
    pub title: Title,
    /// Their walk on it.
    pub my_walk: Option<Walk>,
    /// Their review of it.
    pub my_review: Option<Review>,
}

/// What of a title is to change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TitlePatch {
    /// The name.
    pub name: Option<Name>,
    /// The description.
    pub description: Option<Description>,
    /// The type.
    pub kind: Option<TitleType>,
    /// The year of release.
    pub release_year: Option<ReleaseYear>,
}

impl TitlePatch {
    /// Puts what is to change in its place.
    pub fn apply(&self, fields: &mut TitleFields) {
        if let Some(name) = &self.name {
            fields.name = name.clone();
        }
        if let Some(description) = &self.description {
            fields.description = description.clone();
        }
        fields.kind = self.kind.unwrap_or(fields.kind);
        fields.release_year = self.release_year.unwrap_or(fields.release_year);
    }
}

/// A title with its new cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverSet {
    /// The title, with the change.
    pub title: Title,
    /// The cover that was there before, whose objects nothing points to any more.
    pub replaced: Option<Picture>,
}

/// The shared catalogue.
#[async_trait]
pub trait Titles: Send + Sync {
    /// Adds a title that has no reviews and walks yet.
    ///
    /// # Errors
    /// `TitleExists` where type, name (by its key) and year are another title's.
    async fn add(&self, title: Title) -> Result<()>;

    /// The title with the viewer's walk and review, in one round trip.
    async fn find(&self, id: TitleId, viewer: UserId) -> Result<Option<TitlePage>>;

    /// A page of the catalogue, in one round trip.
    async fn list(&self, query: &TitleQuery, page: PageRequest) -> Result<Page<Title>>;

    /// Changes a title and writes its history under `change_id`; where the values are those already there,
    /// neither `updated_at` nor the history changes. `None` where there is none.
    ///
    /// # Errors
    /// `TitleExists`: nothing was written.
    async fn change(
        &self,
        id: TitleId,
        patch: TitlePatch,
        by: UserId,
        change_id: Uuid,
        now: Timestamp,
    ) -> Result<Option<Title>>;

    /// Sets the cover and writes the history; `None` where there is no such title.
    async fn set_cover(
        &self,
        id: TitleId,
        cover: Picture,
        by: UserId,
        change_id: Uuid,
        now: Timestamp,
    ) -> Result<Option<CoverSet>>;

    /// Removes a title with the walks and reviews on it, and returns the title as it was. Interrupted and
    /// repeated, it finishes.
    ///
    /// # Errors
    /// `TitleInUse` while somebody else's walk or review hangs on it, unless `even_in_use`.
    async fn delete(&self, id: TitleId, by: UserId, even_in_use: bool) -> Result<Option<Title>>;

    /// The title's changes, newest first; `None` where there is no such title.
    async fn history(&self, id: TitleId, page: PageRequest) -> Result<Option<Page<Change>>>;

    /// The changes that a person made to any title, newest first.
    async fn changes_by(&self, user: UserId, page: PageRequest) -> Result<Page<Change>>;
}
