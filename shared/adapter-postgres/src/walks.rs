use async_trait::async_trait;
use jiff::Timestamp;
use models::{
    FullWalk, Page, PageRequest, Position, ShortTitle, ShortUser, TitleId, TitleType, UserId, Walk, WalkId,
    WalkState,
};
use ports::{Conflict, Owned, Result, WalkFilter, WalkRef, Walks};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, columns, instant};

/// The person is locked against being removed meanwhile; the title can't be, since its foreign key is checked when
/// the statement ends. One row, whatever happens: what there was, and what was done.
const ADD: &str = "
with person as (select id from users where id = $3 for key share),
title as (select id from titles where id = $2),
added as (
    insert into walks (id, title_id, user_id, state, created_at, updated_at)
    select $1, title.id, person.id, $4, $5, $6 from title, person
    on conflict do nothing
    returning title_id
),
counted as (
    update titles t set walks_count = t.walks_count + 1 from added where t.id = added.title_id
)
select exists (select from added), exists (select from title) and exists (select from person),
    (select id from walks where title_id = $2 and user_id = $3)";

const FIND: &str = concat!(
    "select ",
    columns!(walk),
    ", ",
    columns!(short_title),
    ", ",
    columns!(short_user),
    " from walks w join titles t on t.id = w.title_id join profiles p on p.user_id = w.user_id where w.id = $1"
);

/// The walk is locked first, so that what comes of it is decided on its newest version.
macro_rules! change {
    ($target:literal) => {
        concat!(
            "with target as (select * from walks where ",
            $target,
            " for no key update),
            changed as (
                update walks w set state = $3, updated_at = $4 from target
                where w.id = target.id and target.user_id = $2 and target.state <> $3
                returning w.*
            )
            select (target.user_id = $2), ",
            columns!(walk),
            " from target left join lateral (
                select * from changed union all select target.* where not exists (select from changed)
            ) w on true"
        )
    };
}

const CHANGE: &str = change!("id = $1");
const CHANGE_OWN: &str = change!("title_id = $1 and user_id = $2");

const DELETE: &str = "
with target as (select id, user_id from walks where id = $1 for update),
gone as (
    delete from walks w using target
    where w.id = target.id and target.user_id = $2
    returning w.title_id
),
counted as (
    update titles t set walks_count = t.walks_count - 1 from gone where t.id = gone.title_id
)
select user_id = $2 from target";

/// Read by index, newest first, the states filtered on the way. Without a type the titles are joined to a page that
/// is complete; with one they filter too. The person's own history bounds the work.
macro_rules! of_user {
    ($page:literal, $joined:literal) => {
        concat!(
            "select e.* from users u left join lateral (select ",
            columns!(walk),
            ", ",
            columns!(short_title),
            " from (
                select * from walks w
                where w.user_id = u.id and (w.updated_at, w.title_id) < ($2, $3)
                    and (cardinality($5) = 0 or w.state = any ($5)) ",
            $page,
            ") w join titles t on t.id = w.title_id ",
            $joined,
            ") e (id, title_id, user_id, state, created_at, updated_at) on true
            where u.id = $1 order by e.updated_at desc, e.title_id desc"
        )
    };
}

const OF_USER: &str = of_user!("order by w.updated_at desc, w.title_id desc limit $6", "");
const OF_USER_BY_TYPE: &str =
    of_user!("", "where t.type = any ($4) order by w.updated_at desc, w.title_id desc limit $6");

/// One range of the index a state, each no longer than the page, merged.
const OF_TITLE: &str = concat!(
    "select e.* from titles t left join lateral (select ",
    columns!(walk),
    ", ",
    columns!(short_user),
    " from (
            select n.* from unnest($4) s (state) cross join lateral (
                select * from walks w
                where w.title_id = t.id and w.state = s.state and (w.updated_at, w.user_id) < ($2, $3)
                order by w.updated_at desc, w.user_id desc limit $5
            ) n
            order by n.updated_at desc, n.user_id desc limit $5
        ) w
        join profiles p on p.user_id = w.user_id
    ) e (id, title_id, user_id, state, created_at, updated_at, person_id, username, avatar) on true
    where t.id = $1 order by e.updated_at desc, e.user_id desc"
);

/// The end of a newest-first page, or what stands before everything: later than any instant that is kept.
pub(crate) fn newest_after(after: Option<Position>) -> (Timestamp, Uuid) {
    after.map_or((Timestamp::MAX, Uuid::max()), |position| {
        (instant(position.value.unwrap_or_default()), position.id)
    })
}

/// The rows of a list that hangs on a parent: `None` without the parent, which gives one row of nulls when it has
/// none.
pub(crate) fn entries<T>(
    rows: &[Row],
    entry: impl Fn(&mut Columns<'_>) -> std::result::Result<Option<T>, Failure>,
) -> std::result::Result<Option<Vec<T>>, Failure> {
    if rows.is_empty() {
        return Ok(None);
    }
    rows.iter()
        .filter_map(|row| entry(&mut Columns::of(row)).transpose())
        .collect::<std::result::Result<_, _>>()
        .map(Some)
}

async fn add(connection: &Connection, walk: &Walk) -> std::result::Result<bool, Failure> {
    let (id, title, user) = (walk.id.uuid(), walk.title_id.uuid(), walk.user_id.uuid());
    let params = params![id, title, user, walk.state.number(), walk.created_at, walk.updated_at];
    let answer = connection.row(ADD, params).await;
    if answer.as_ref().is_err_and(Failure::is_dangling) {
        return Ok(false);
    }
    let row = answer?.ok_or(Failure::Overtaken)?;
    let mut columns = Columns::of(&row);
    let (added, both): (bool, bool) = (columns.take()?, columns.take()?);
    match columns.take::<Option<Uuid>>()? {
        _ if added => Ok(true),
        Some(existing) if existing == id => Ok(true),
        Some(existing) => Err(Conflict::WalkExists(WalkId::new(existing)).into()),
        None if both => Err(Failure::Overtaken),
        None => Ok(false),
    }
}

#[async_trait]
impl Walks for Postgres {
    async fn add(&self, walk: &Walk) -> Result<bool> {
        self.unit(|connection| async move { add(&connection, walk).await }).await
    }

    async fn find(&self, id: WalkId) -> Result<Option<FullWalk>> {
        self.unit(|connection| async move {
            let Some(row) = connection.row(FIND, params![id.uuid()]).await? else { return Ok(None) };
            let mut columns = Columns::of(&row);
            let Some(walk) = columns.walk()? else { return Ok(None) };
            Ok(Some(FullWalk { walk, title: columns.short_title()?, user: columns.short_user()? }))
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
        let (sql, id) = match walk {
            WalkRef::Id(id) => (CHANGE, id.uuid()),
            WalkRef::OnTitle(title) => (CHANGE_OWN, title.uuid()),
        };
        self.unit(|connection| async move {
            let row = connection.row(sql, params![id, by.uuid(), state.number(), now]).await?;
            let Some(row) = row else { return Ok(Owned::Absent) };
            let mut columns = Columns::of(&row);
            if !columns.take()? {
                return Ok(Owned::Foreign);
            }
            Ok(columns.walk()?.map_or(Owned::Absent, Owned::Done))
        })
        .await
    }

    async fn delete(&self, id: WalkId, by: UserId) -> Result<Owned<()>> {
        self.unit(|connection| async move { delete(&connection, DELETE, id.uuid(), by).await }).await
    }

    async fn of_user(
        &self,
        user: UserId,
        filter: &WalkFilter,
        page: PageRequest,
    ) -> Result<Option<Page<(Walk, ShortTitle)>>> {
        let (value, id) = newest_after(page.after);
        let kinds = &numbers(&filter.kinds, TitleType::number);
        let states = &numbers(&filter.states, WalkState::number);
        let limit = i64::from(page.limit) + 1;
        let sql = if kinds.is_empty() { OF_USER } else { OF_USER_BY_TYPE };
        let rows = self
            .unit(|connection| async move {
                let params = params![user.uuid(), value, id, kinds, states, limit];
                entries(&connection.rows(sql, params).await?, |columns| {
                    Ok(match columns.walk()? {
                        Some(walk) => Some((walk, columns.short_title()?)),
                        None => None,
                    })
                })
            })
            .await?;
        Ok(rows.map(|rows| Page::cut(rows, page.limit, |(walk, title)| position(walk, title.id.uuid()))))
    }

    async fn of_title(
        &self,
        title: TitleId,
        states: &[WalkState],
        page: PageRequest,
    ) -> Result<Option<Page<(Walk, ShortUser)>>> {
        let (value, id) = newest_after(page.after);
        let states = if states.is_empty() { WalkState::ALL } else { states };
        let mut states = numbers(states, WalkState::number);
        states.sort_unstable();
        states.dedup();
        let states = &states;
        let limit = i64::from(page.limit) + 1;
        let rows = self
            .unit(|connection| async move {
                let params = params![title.uuid(), value, id, states, limit];
                entries(&connection.rows(OF_TITLE, params).await?, |columns| {
                    Ok(match columns.walk()? {
                        Some(walk) => Some((walk, columns.short_user()?)),
                        None => None,
                    })
                })
            })
            .await?;
        Ok(rows.map(|rows| Page::cut(rows, page.limit, |(walk, user)| position(walk, user.id.uuid()))))
    }
}

/// Removes a walk or review of its owner's. Gone at the second try after a broken connection means done at the
/// first.
pub(crate) async fn delete(
    connection: &Connection,
    sql: &str,
    id: Uuid,
    by: UserId,
) -> std::result::Result<Owned<()>, Failure> {
    Ok(match connection.row(sql, params![id, by.uuid()]).await? {
        Some(row) if row.try_get(0)? => Owned::Done(()),
        Some(_) => Owned::Foreign,
        None if connection.repeated => Owned::Done(()),
        None => Owned::Absent,
    })
}

pub(crate) fn numbers<T: Copy>(words: &[T], number: impl Fn(T) -> i16) -> Vec<i16> {
    words.iter().map(|word| number(*word)).collect()
}

fn position(walk: &Walk, id: Uuid) -> Position {
    Position { value: Some(walk.updated_at.as_millisecond()), id }
}
