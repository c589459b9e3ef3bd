use models::{Title, TitleId, UserId};
use ports::{Conflict, Result};

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, columns};

/// So many records at once: a well-known title is removed in several transactions.
const BATCH: i64 = 1_000;

/// The title, and whether somebody else's walk or review hangs on it.
const LOOK: &str = concat!(
    "select exists (select from walks where title_id = $1 and user_id <> $2)
        or exists (select from reviews where title_id = $1 and user_id <> $2), ",
    columns!(title),
    " from titles t where t.id = $1"
);

/// Removes up to so many walks and reviews, locked by person; the title's counts follow, since others see it yet.
const ENTRIES: &str = "
with doomed_reviews as (
    select id from reviews where title_id = $1 order by user_id limit $2 for update
),
doomed_walks as (
    select id from walks where title_id = $1 order by user_id limit $2 for update
),
reviews_gone as (
    delete from reviews r using doomed_reviews d
    where r.id = d.id returning r.rating
),
walks_gone as (
    delete from walks w using doomed_walks d
    where w.id = d.id returning 1
),
counted as (
    update titles t set rating_sum = t.rating_sum - (select coalesce(sum(rating), 0) from reviews_gone),
        rating_count = t.rating_count - (select count(*) from reviews_gone),
        walks_count = t.walks_count - (select count(*) from walks_gone)
    where t.id = $1 and (exists (select from reviews_gone) or exists (select from walks_gone))
)
select (select count(*) from reviews_gone) = $2 or (select count(*) from walks_gone) = $2";

/// The caller's own records, the words, the history and the title. Whatever else hangs on it, also since a moment,
/// breaks a foreign key, and the unit looks again. That the records are counted makes them be locked before the
/// title, as everywhere.
const TITLE: &str = concat!(
    "with review as (delete from reviews where title_id = $1 and user_id = $2 returning 1),
    walk as (delete from walks where title_id = $1 and user_id = $2 returning 1),
    words as (delete from title_words where title_id = $1),
    history as (delete from title_history where title_id = $1)
    delete from titles t
    where t.id = $1 and (select count(*) from review) + (select count(*) from walk) >= 0 returning ",
    columns!(title)
);

pub(crate) async fn delete(
    store: &Postgres,
    id: TitleId,
    by: UserId,
    even_in_use: bool,
) -> Result<Option<Title>> {
    let looked = store.unit(|connection| async move { look(&connection, id, by).await }).await?;
    let Some((in_use, title)) = looked else { return Ok(None) };
    if !even_in_use {
        if in_use {
            return Err(Conflict::TitleInUse.into());
        }
        let gone = store.unit(|connection| async move { unless_in_use(&connection, id, by).await }).await?;
        return Ok(gone.then_some(title));
    }
    while store.unit(|connection| async move { entries(&connection, id).await }).await? {}
    let gone = store.unit(|connection| async move { whole(&connection, id, by).await }).await?;
    Ok(gone.then_some(title))
}

async fn look(
    connection: &Connection,
    id: TitleId,
    by: UserId,
) -> std::result::Result<Option<(bool, Title)>, Failure> {
    let Some(row) = connection.row(LOOK, params![id.uuid(), by.uuid()]).await? else { return Ok(None) };
    let mut columns = Columns::of(&row);
    Ok(Some((columns.take()?, columns.title()?)))
}

/// `true` where there may be more.
async fn entries(connection: &Connection, id: TitleId) -> std::result::Result<bool, Failure> {
    let row = connection.row(ENTRIES, params![id.uuid(), BATCH]).await?;
    Ok(row.ok_or(Failure::Overtaken)?.try_get(0)?)
}

/// What hangs on the title is decided by its foreign keys, when it goes.
async fn unless_in_use(
    connection: &Connection,
    id: TitleId,
    by: UserId,
) -> std::result::Result<bool, Failure> {
    match connection.row(TITLE, params![id.uuid(), by.uuid()]).await {
        Err(failure) if failure.is_dangling() => match look(connection, id, by).await? {
            Some((true, _)) => Err(Conflict::TitleInUse.into()),
            _ => Err(Failure::Overtaken),
        },
        row => Ok(row?.is_some() || connection.repeated),
    }
}

/// The title with what was written since.
async fn whole(connection: &Connection, id: TitleId, by: UserId) -> std::result::Result<bool, Failure> {
    while entries(connection, id).await? {}
    match connection.row(TITLE, params![id.uuid(), by.uuid()]).await {
        Err(failure) if failure.is_dangling() => Err(Failure::Overtaken),
        row => Ok(row?.is_some() || connection.repeated),
    }
}
