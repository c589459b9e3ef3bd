mod amend;
mod deletion;
mod history;
mod list;
mod search;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use models::{Change, Page, PageRequest, Picture, Title, TitleFields, TitleId, UserId};
use ports::{Conflict, CoverSet, Result, TitlePage, TitlePatch, TitleQuery, Titles};
use uuid::Uuid;

use crate::DynamoDb;
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, hex, s};
use crate::postings::Rewording;
use crate::records::{self, Kind, title_item, title_key, title_of};
use crate::tables::Table;
use crate::titles::amend::Amendment;
use crate::write::Write;

/// The lock of a type, name and year. The name is digested, since it may be longer than a key.
pub(crate) fn place(fields: &TitleFields) -> Key {
    let name = hex(digest(&SHA256, fields.name.key().as_bytes()).as_ref());
    Key::of(Table::Titles, format!("place#{}#{}#{name}", fields.kind.number(), fields.release_year.get()))
}

/// Takes a place, unless it is taken.
fn take(fields: &TitleFields, id: TitleId) -> Write {
    Write::put(Table::Titles, place(fields).item([("title", s(id.to_string()))])).new_only()
}

/// Gives a place back that is this title's.
fn give_back(fields: &TitleFields, id: TitleId) -> Write {
    Write::delete(place(fields)).when("#title = :title").with(":title", s(id.to_string()))
}

/// What stands in the way of a title at a place.
fn taken(lock: &Item) -> Answer<Failure> {
    Ok(Conflict::TitleExists(title_of(lock)?).into())
}

impl DynamoDb {
    async fn add_title(&self, title: &Title) -> Answer<()> {
        let item = title_item(title, self.shard_of(title.id));
        let writes = vec![take(&title.fields, title.id), Write::put(Table::Titles, item).new_only()];
        let committed = self.transact_reworded(writes, Rewording::of_new(title.id, &title.fields)).await?;
        match committed.found(0) {
            // Done at another try.
            Some(lock) if title_of(lock)? == title.id => Ok(()),
            Some(lock) => Err(taken(lock)?),
            None => committed.or_overtaken(),
        }
    }

    /// The partition of its type's lists that a new title goes to. Ids end in chance.
    fn shard_of(&self, id: TitleId) -> u16 {
        let shard = id.uuid().as_u128() % u128::from(self.0.shards);
        u16::try_from(shard).unwrap_or_default()
    }

    async fn title_page(&self, id: TitleId, viewer: UserId) -> Answer<Option<TitlePage>> {
        let keys = [title_key(id), Kind::Walk.key(id, viewer), Kind::Review.key(id, viewer)];
        let mut found = self.get_all(&keys, true).await?;
        let [title, walk, review] = keys.map(|key| found.remove(&key));
        let Some(title) = title else { return Ok(None) };
        Ok(Some(TitlePage {
            title: records::title(&title)?,
            my_walk: walk.as_ref().map(records::walk).transpose()?,
            my_review: review.as_ref().map(records::review).transpose()?,
        }))
    }
}

#[async_trait]
impl Titles for DynamoDb {
    async fn add(&self, title: Title) -> Result<()> {
        self.unit(|| self.add_title(&title)).await
    }

    async fn find(&self, id: TitleId, viewer: UserId) -> Result<Option<TitlePage>> {
        self.unit(|| self.title_page(id, viewer)).await
    }

    async fn list(&self, query: &TitleQuery, page: PageRequest) -> Result<Page<Title>> {
        let titles = self.unit(|| self.titles(query, &page)).await?;
        Ok(Page::cut(titles, page.limit, |title| list::position(query.sort, title)))
    }

    async fn change(
        &self,
        id: TitleId,
        patch: TitlePatch,
        by: UserId,
        change_id: Uuid,
        now: Timestamp,
    ) -> Result<Option<Title>> {
        let amendment = Amendment { id, by, change_id, now };
        let edit = |title: &mut Title| {
            patch.apply(&mut title.fields);
        };
        let amended = self.unit(|| self.amend(amendment, &edit)).await?;
        Ok(amended.map(|(_, title)| title))
    }

    async fn set_cover(
        &self,
        id: TitleId,
        cover: Picture,
        by: UserId,
        change_id: Uuid,
        now: Timestamp,
    ) -> Result<Option<CoverSet>> {
        let amendment = Amendment { id, by, change_id, now };
        let edit = |title: &mut Title| title.cover = Some(cover.clone());
        let amended = self.unit(|| self.amend(amendment, &edit)).await?;
        // Set twice, a picture does not take its own place: its objects are still pointed at.
        Ok(amended
            .map(|(before, title)| CoverSet { replaced: before.cover.filter(|old| *old != cover), title }))
    }

    async fn delete(&self, id: TitleId, by: UserId, even_in_use: bool) -> Result<Option<Title>> {
        self.delete_title(id, by, even_in_use).await
    }

    async fn history(&self, id: TitleId, page: PageRequest) -> Result<Option<Page<Change>>> {
        let changes = self.unit(|| self.changes_of_title(id, &page)).await?;
        Ok(changes.map(|changes| history::cut(changes, page.limit)))
    }

    async fn changes_by(&self, user: UserId, page: PageRequest) -> Result<Page<Change>> {
        let changes = self.unit(|| self.changes_of_user(user, &page)).await?;
        Ok(history::cut(changes, page.limit))
    }
}
