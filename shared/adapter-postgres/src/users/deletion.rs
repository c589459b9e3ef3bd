use models::UserId;
use ports::{AccountGone, Result};

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::Columns;

/// So many records at once: a person with a long history is removed in several transactions.
const BATCH: i64 = 1_000;

/// Removes up to so many of the person's walks and reviews; their titles' counts follow. Entries are locked by
/// title, then the titles by id: nobody who locks in this order waits in a circle.
const ENTRIES: &str = "
with doomed_reviews as (
    select id from reviews where user_id = $1 order by title_id limit $2 for update
),
doomed_walks as (
    select id from walks where user_id = $1 order by title_id limit $2 for update
),
reviews_gone as (
    delete from reviews r using doomed_reviews d
    where r.id = d.id returning r.title_id, r.rating
),
walks_gone as (
    delete from walks w using doomed_walks d
    where w.id = d.id returning w.title_id
),
gone as (
    select title_id, sum(rating) as rating_sum, sum(reviews) as reviews, sum(walks) as walks
    from (
        select title_id, rating, 1 as reviews, 0 as walks from reviews_gone
        union all select title_id, 0, 0, 1 from walks_gone
    ) each
    group by title_id
),
locked as materialized (
    select id from titles where id in (select title_id from gone) order by id for no key update
),
counted as (
    update titles t set rating_sum = t.rating_sum - gone.rating_sum,
        rating_count = t.rating_count - gone.reviews, walks_count = t.walks_count - gone.walks
    from gone join locked on locked.id = gone.title_id where t.id = gone.title_id
)
select (select count(*) from reviews_gone) = $2 or (select count(*) from walks_gone) = $2";

const IS_THEIRS: &str = "select exists (select from users where id = $1 and password_hash = $2)";

/// Locked so that nothing new can hang on the account while it goes.
const LOCK: &str = "select id from users where id = $1 and password_hash = $2 for update";

const ACCOUNT: &str = "
with history as (update title_history set user_id = null where user_id = $1),
doomed as (select id from sessions where user_id = $1 order by id for update),
tokens as (delete from refresh_tokens where session_id in (select id from doomed)),
sessions_gone as (delete from sessions where id in (select id from doomed)),
profile as (delete from profiles where user_id = $1 returning avatar),
account as (delete from users where id = $1)
select avatar from profile";

/// Removes the account, its head record last: whatever interrupts this, it can be repeated.
pub(crate) async fn delete(store: &Postgres, id: UserId, password_hash: &str) -> Result<Option<AccountGone>> {
    let theirs =
        store.unit(|connection| async move { is_theirs(&connection, id, password_hash).await }).await?;
    if !theirs {
        return Ok(None);
    }
    while store.unit(|connection| async move { entries(&connection, id).await }).await? {}
    store.unit(|connection| async move { account(&connection, id, password_hash).await }).await
}

async fn is_theirs(
    connection: &Connection,
    id: UserId,
    password_hash: &str,
) -> std::result::Result<bool, Failure> {
    let row = connection.row(IS_THEIRS, params![id.uuid(), password_hash]).await?;
    Ok(row.ok_or(Failure::Overtaken)?.try_get(0)?)
}

/// `true` where there may be more.
async fn entries(connection: &Connection, id: UserId) -> std::result::Result<bool, Failure> {
    let row = connection.row(ENTRIES, params![id.uuid(), BATCH]).await?;
    Ok(row.ok_or(Failure::Overtaken)?.try_get(0)?)
}

/// The account with what was written since.
async fn account(
    connection: &Connection,
    id: UserId,
    password_hash: &str,
) -> std::result::Result<Option<AccountGone>, Failure> {
    connection.begin().await?;
    if connection.row(LOCK, params![id.uuid(), password_hash]).await?.is_none() {
        connection.rollback().await?;
        return Ok(connection.repeated.then(AccountGone::default));
    }
    while entries(connection, id).await? {}
    let row = connection.row(ACCOUNT, params![id.uuid()]).await?.ok_or(Failure::Overtaken)?;
    let avatar = Columns::of(&row).picture()?;
    connection.commit().await?;
    Ok(Some(AccountGone { avatar }))
}
