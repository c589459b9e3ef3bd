use async_trait::async_trait;
use jiff::Timestamp;
use models::{
    FullWalk, Order, Page, PageRequest, Position, ShortTitle, ShortUser, TitleId, UserId, Walk, WalkId,
    WalkState,
};
use ports::{Conflict, Owned, Result, WalkFilter, WalkRef, Walks};
use uuid::Uuid;

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::counts::Counts;
use crate::entries::{Added, after_time};
use crate::failure::{Answer, Failure};
use crate::item::{Item, instant, n, s};
use crate::lookup::{Lookup, Range};
use crate::records::{self, Kind, title_key, user_key, walk, walk_item, walk_orders, walks_of_title};
use crate::tables::{BY_UPDATE, BY_USER, Table};
use crate::write::Write;

fn position(walk: &Walk, id: Uuid) -> Position {
    Position { value: Some(walk.updated_at.as_millisecond()), id }
}

impl DynamoDb {
    async fn add_walk(&self, walk: &Walk) -> Answer<bool> {
        let of = (Kind::Walk, walk.id.uuid());
        match self.add_entry(of, walk_item(walk), Counts::walk(1), &Item::new()).await? {
            Added::Done => Ok(true),
            Added::Exists(existing) => Err(Conflict::WalkExists(WalkId::new(existing)).into()),
            Added::Nowhere => Ok(false),
        }
    }

    async fn change_walk(
        &self,
        which: WalkRef,
        by: UserId,
        (state, now): (WalkState, Timestamp),
    ) -> Answer<Owned<Walk>> {
        let (title, id) = match which {
            WalkRef::OnTitle(title) => (title, None),
            WalkRef::Id(id) => match self.locate(Kind::Walk, id.uuid()).await? {
                Some((title, user)) if user == by => (title, Some(id)),
                Some(_) => return Ok(Owned::Foreign),
                None => return Ok(Owned::Absent),
            },
        };
        let key = Kind::Walk.key(title, by);
        let Some(item) = self.get(&key).await? else { return Ok(Owned::Absent) };
        let before = walk(&item)?;
        if id.is_some_and(|id| id != before.id) {
            return Ok(Owned::Absent);
        }
        if before.state == state {
            return Ok(Owned::Done(before));
        }
        let new = Walk { state, updated_at: now, ..before.clone() };
        let set = "SET #state = :state, #updated_at = :now, #user_order = :user_order, #of_title = :of_title, \
            #title_order = :title_order";
        let [_, (_, user_order), (_, of_title), (_, title_order)] = walk_orders(&new);
        let write = Write::update(key, set)
            .when("#entry = :entry AND #state = :before")
            .with(":entry", s(before.id.to_string()))
            .with(":before", n(before.state.number()))
            .with(":state", n(state.number()))
            .with(":now", instant(now))
            .with(":user_order", user_order)
            .with(":of_title", of_title)
            .with(":title_order", title_order);
        match self.update(&write, Gives::After).await? {
            Updated::Done(item) => Ok(Owned::Done(walk(&item)?)),
            Updated::Refused(_) => Err(Failure::Overtaken),
        }
    }

    /// Removes a walk or review of its owner's.
    pub(crate) async fn delete_entry(&self, kind: Kind, id: Uuid, by: UserId) -> Answer<Owned<()>> {
        let Some((title, user)) = self.locate(kind, id).await? else { return Ok(Owned::Absent) };
        if user != by {
            return Ok(Owned::Foreign);
        }
        match self.get(&kind.key(title, user)).await? {
            Some(item) => self.remove_entries(&[item]).await.map(Owned::Done),
            // It goes at this very moment.
            None => Err(Failure::Overtaken),
        }
    }

    async fn walks_of_user(
        &self,
        user: UserId,
        filter: &WalkFilter,
        page: &PageRequest,
    ) -> Answer<Option<Vec<(Walk, ShortTitle)>>> {
        let range = Range::after("", Order::Desc, after_time(page).as_deref());
        let of_user = records::of_user(Kind::Walk, user);
        let lookup = Lookup::of_index(Table::Entries, &BY_USER, of_user, (range, Order::Desc));
        let WalkFilter { kinds, states } = filter;
        let chosen = |walk: &Walk| states.is_empty() || states.contains(&walk.state);
        let read = |item: &Item| walk(item).map(|walk| Some(walk).filter(chosen));
        let walks = self.with_titles((lookup, usize::from(page.limit) + 1), kinds, read);
        self.of_somebody(user, walks).await
    }

    /// What a person has, `None` where there is no such person.
    pub(crate) async fn of_somebody<T>(
        &self,
        user: UserId,
        list: impl Future<Output = Answer<Vec<T>>>,
    ) -> Answer<Option<Vec<T>>> {
        let key = user_key(user);
        let (person, list) = futures::future::try_join(self.get(&key), list).await?;
        Ok(person.map(|_| list))
    }

    /// What hangs on a title, `None` where there is no such title.
    pub(crate) async fn of_something<T>(
        &self,
        title: TitleId,
        list: impl Future<Output = Answer<Vec<T>>>,
    ) -> Answer<Option<Vec<T>>> {
        let key = title_key(title);
        let (title, list) = futures::future::try_join(self.get(&key), list).await?;
        Ok(title.map(|_| list))
    }

    /// One stretch a state, merged.
    async fn walks_on_title(
        &self,
        title: TitleId,
        states: &[WalkState],
        page: &PageRequest,
    ) -> Answer<Option<Vec<(Walk, ShortUser)>>> {
        let range = Range::after("", Order::Desc, after_time(page).as_deref());
        let chosen = WalkState::ALL.iter().filter(|state| states.is_empty() || states.contains(state));
        let lookups = chosen.map(|state| {
            let of_title = walks_of_title(title, *state);
            Lookup::of_index(Table::Entries, &BY_UPDATE, of_title, (range.clone(), Order::Desc))
        });
        let wanted = (lookups.collect(), usize::from(page.limit) + 1);
        let walks = self.with_users(wanted, walk, |walk, user| Some((walk, user?)));
        self.of_something(title, walks).await
    }
}

#[async_trait]
impl Walks for DynamoDb {
    async fn add(&self, walk: &Walk) -> Result<bool> {
        self.unit(|| self.add_walk(walk)).await
    }

    async fn find(&self, id: WalkId) -> Result<Option<FullWalk>> {
        self.unit(|| async {
            let Some((item, title, user)) = self.full(Kind::Walk, id.uuid()).await? else { return Ok(None) };
            Ok(Some(FullWalk { walk: walk(&item)?, title, user }))
        })
        .await
    }

    async fn change(
        &self,
        walk: WalkRef,
        by: UserId,
        state: WalkState,
        now: Timestamp,
    ) -> Result<Owned<Walk>> {
        self.unit(|| self.change_walk(walk, by, (state, now))).await
    }

    async fn delete(&self, id: WalkId, by: UserId) -> Result<Owned<()>> {
        self.unit(|| self.delete_entry(Kind::Walk, id.uuid(), by)).await
    }

    async fn of_user(
        &self,
        user: UserId,
        filter: &WalkFilter,
        page: PageRequest,
    ) -> Result<Option<Page<(Walk, ShortTitle)>>> {
        let walks = self.unit(|| self.walks_of_user(user, filter, &page)).await?;
        Ok(walks.map(|walks| Page::cut(walks, page.limit, |(walk, title)| position(walk, title.id.uuid()))))
    }

    async fn of_title(
        &self,
        title: TitleId,
        states: &[WalkState],
        page: PageRequest,
    ) -> Result<Option<Page<(Walk, ShortUser)>>> {
        let walks = self.unit(|| self.walks_on_title(title, states, &page)).await?;
        Ok(walks.map(|walks| Page::cut(walks, page.limit, |(walk, user)| position(walk, user.id.uuid()))))
    }
}
