//! What walks and reviews share: how one is added, how several go, and how their other ends are joined to them.

use std::collections::{HashMap, HashSet};

use models::{PageRequest, Position, ShortTitle, ShortUser, TitleId, TitleType, UserId};
use uuid::Uuid;

use crate::DynamoDb;
use crate::counts::{self, Counts, IS_THERE, STAYS};
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, s, sortable_millis, text, uuid};
use crate::lookup::{Filling, Lookup};
use crate::records::{Kind, mark, short_title, short_user, title_key, title_of, user_key, user_of};
use crate::tables::Table;
use crate::write::Write;

/// What came of adding a walk or a review.
pub(crate) enum Added {
    Done,
    /// There is one: its id.
    Exists(Uuid),
    /// The title or the person is not there.
    Nowhere,
}

impl DynamoDb {
    /// Adds an entry, and counts it at its title and its person in the same step. The title is as it was seen.
    pub(crate) async fn add_entry(
        &self,
        (kind, id): (Kind, Uuid),
        item: Item,
        by: Counts,
        seen: &Item,
    ) -> Answer<Added> {
        let (title, user) = (title_of(&item)?, user_of(&item)?);
        let pointer = kind.pointer(id).item([("title", s(title.to_string())), ("user", s(user.to_string()))]);
        let writes = [
            Write::put(Table::Entries, item).new_only(),
            Write::put(Table::Entries, pointer).new_only(),
            counts::of_title(title, by, seen, STAYS)?,
            counts::of_user(user, by, STAYS),
        ];
        let committed = self.transact(&writes).await?;
        if let Some(existing) = committed.found(0) {
            let existing = uuid(existing, "entry")?;
            return Ok(if existing == id { Added::Done } else { Added::Exists(existing) });
        }
        let stays = |item: Option<&Item>| item.is_some_and(|item| !item.contains_key("going"));
        if committed.refused(2) && !stays(committed.found(2)) || committed.refused(3) {
            return Ok(Added::Nowhere);
        }
        committed.or_overtaken().map(|()| Added::Done)
    }

    /// Where the walk or review with this id is.
    pub(crate) async fn locate(&self, kind: Kind, id: Uuid) -> Answer<Option<(TitleId, UserId)>> {
        let Some(pointer) = self.get(&kind.pointer(id)).await? else { return Ok(None) };
        Ok(Some((title_of(&pointer)?, user_of(&pointer)?)))
    }

    /// The walk or review with this id, with its title and its person; `None` where one of them is not there.
    pub(crate) async fn full(&self, kind: Kind, id: Uuid) -> Answer<Option<(Item, ShortTitle, ShortUser)>> {
        let Some((title, user)) = self.locate(kind, id).await? else { return Ok(None) };
        let keys = [kind.key(title, user), title_key(title), user_key(user)];
        let mut found = self.get_all(&keys, true).await?;
        let [entry, title, user] = keys.map(|key| found.remove(&key));
        let (Some(entry), Some(title), Some(user)) = (entry, title, user) else { return Ok(None) };
        if uuid(&entry, "entry")? != id {
            // It went since, and another one took its place.
            return Ok(None);
        }
        Ok(Some((entry, short_title(&title)?, short_user(&user)?)))
    }

    /// Removes entries in one step: walks and reviews with what is counted of them, changes with what their people
    /// count. Of one title or of one person, few enough for a transaction.
    pub(crate) async fn remove_entries(&self, entries: &[Item]) -> Answer<()> {
        let mut writes = Vec::new();
        let mut titles: HashMap<TitleId, Counts> = HashMap::new();
        let mut users: HashMap<UserId, Counts> = HashMap::new();
        for item in entries {
            let entry = Removed::of(item)?;
            writes.extend(entry.writes()?);
            if let Some(user) = entry.user {
                let counts = users.entry(user).or_default();
                *counts = counts.plus(entry.counts);
            }
            if entry.kind.is_some() {
                let counts = titles.entry(entry.title).or_default();
                *counts = counts.plus(entry.counts);
            }
        }
        let seen =
            self.titles_seen(titles.iter().filter(|(_, by)| by.reviews != 0).map(|(id, _)| *id)).await?;
        let nothing = Item::new();
        for (id, by) in titles {
            let seen = seen.get(&title_key(id)).unwrap_or(&nothing);
            writes.push(counts::of_title(id, by, seen, IS_THERE)?);
        }
        writes.extend(users.into_iter().map(|(id, by)| counts::of_user(id, by, IS_THERE)));
        self.transact(&writes).await?.or_overtaken()
    }

    async fn titles_seen(&self, ids: impl Iterator<Item = TitleId>) -> Answer<HashMap<Key, Item>> {
        let keys: Vec<_> = ids.map(title_key).collect();
        self.get_all(&keys, true).await
    }

    /// A person's entries with their titles, those of these types, and those that `read` chooses.
    pub(crate) async fn with_titles<T>(
        &self,
        (lookup, wanted): (Lookup, usize),
        kinds: &[TitleType],
        read: impl Fn(&Item) -> Answer<Option<T>>,
    ) -> Answer<Vec<(T, ShortTitle)>> {
        let mut filling = Filling::new(vec![lookup], wanted);
        while let Some(items) = self.next_of(&mut filling).await? {
            let mut chosen = Vec::new();
            for item in &items {
                if let Some(entry) = read(item)? {
                    chosen.push((title_of(item)?, entry));
                }
            }
            let titles = self.short_titles(chosen.iter().map(|(id, _)| *id)).await?;
            let title = |id| titles.get(&id).filter(|title| kinds.is_empty() || kinds.contains(&title.kind));
            filling.keep(chosen.into_iter().filter_map(|(id, entry)| Some((entry, title(id)?.clone()))));
        }
        Ok(filling.done())
    }

    /// A title's entries, or changes, with their people, who may be gone; those that `join` chooses.
    pub(crate) async fn with_users<T, U>(
        &self,
        (lookups, wanted): (Vec<Lookup>, usize),
        read: impl Fn(&Item) -> Answer<T>,
        join: impl Fn(T, Option<ShortUser>) -> Option<U>,
    ) -> Answer<Vec<U>> {
        let mut filling = Filling::new(lookups, wanted);
        while let Some(items) = self.next_of(&mut filling).await? {
            let mut entries = Vec::new();
            for item in &items {
                let user = item.contains_key("user").then(|| user_of(item)).transpose()?;
                entries.push((user, read(item)?));
            }
            let users = self.short_users(entries.iter().filter_map(|(id, _)| *id)).await?;
            let user = |id: Option<UserId>| users.get(&id?).cloned();
            filling.keep(entries.into_iter().filter_map(|(id, entry)| join(entry, user(id))));
        }
        Ok(filling.done())
    }

    /// Titles in their short form. One that is not there is left out.
    async fn short_titles(&self, ids: impl Iterator<Item = TitleId>) -> Answer<HashMap<TitleId, ShortTitle>> {
        let keys: HashSet<_> = ids.map(title_key).collect();
        let titles = self.get_all(&Vec::from_iter(keys), false).await?;
        titles.values().map(|item| short_title(item).map(|title| (title.id, title))).collect()
    }

    /// People in their short form. One who is not there is left out.
    async fn short_users(&self, ids: impl Iterator<Item = UserId>) -> Answer<HashMap<UserId, ShortUser>> {
        let keys: HashSet<_> = ids.map(user_key).collect();
        let users = self.get_all(&Vec::from_iter(keys), false).await?;
        users.values().map(|item| short_user(item).map(|user| (user.id, user))).collect()
    }
}

/// An entry that goes: of a kind, or a title's change.
struct Removed<'a> {
    item: &'a Item,
    kind: Option<Kind>,
    title: TitleId,
    user: Option<UserId>,
    counts: Counts,
}

impl<'a> Removed<'a> {
    fn of(item: &'a Item) -> Answer<Self> {
        let part = text(item, "part")?;
        let (kind, counts) = match part.split('#').next() {
            Some("walk") => (Some(Kind::Walk), Counts::walk(-1)),
            Some("review") => (Some(Kind::Review), Counts::review(-1, mark(item)?)),
            Some("change") => (None, Counts::change(-1)),
            _ => return Err(Failure::Stored("part".to_owned())),
        };
        let user = item.contains_key("user").then(|| user_of(item)).transpose()?;
        Ok(Self { item, kind, title: title_of(item)?, user, counts })
    }

    /// A review's mark must still be the one that is taken off the title's sum.
    fn writes(&self) -> Answer<Vec<Write>> {
        let delete = Write::delete(Key::of_item(Table::Entries, self.item)?);
        let Some(kind) = self.kind else { return Ok(vec![delete.when(IS_THERE)]) };
        let id = text(self.item, "entry")?;
        let same = delete.with(":entry", s(id));
        let same = match self.item.get("rating") {
            Some(rating) => {
                same.when("#entry = :entry AND #rating = :rating").with(":rating", rating.clone())
            }
            None => same.when("#entry = :entry"),
        };
        Ok(vec![same, Write::delete(kind.pointer(id))])
    }
}

/// The order in a list by time of what a page comes after.
pub(crate) fn after_time(page: &PageRequest) -> Option<String> {
    page.after.map(|Position { value, id }| format!("{}#{id}", sortable_millis(value.unwrap_or_default())))
}
