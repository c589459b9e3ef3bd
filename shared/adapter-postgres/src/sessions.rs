use async_trait::async_trait;
use jiff::Timestamp;
use models::{SessionId, UserId};
use ports::{LiveSession, NewSession, Result, Rotated, Rotation, Session, SessionIds, Sessions};
use tokio_postgres::Row;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::Columns;

/// A function of the database's own, from `migrations/V6__open_session.sql`.
const OPEN: &str = "select open_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const FIND: &str = "
select s.user_id, u.role from sessions s join users u on u.id = s.user_id
where s.id = $1 and s.idle_until > $2 and s.expires_at > $2";

/// The session is locked first, then its tokens. Of any number of refreshes with one token, the first finds it
/// unspent; the others wait at the lock, find it spent, and give no row.
const ROTATE: &str = "
with token as (
    select t.token_hash, s.id as session_id, s.user_id
    from refresh_tokens t join sessions s on s.id = t.session_id
    where t.token_hash = $1 and t.spent_at is null and s.idle_until > $4 and s.expires_at > $4
    for no key update of s
),
spent as (
    update refresh_tokens t set spent_at = $4, successor = $2, sealed = $3
    from token where t.token_hash = token.token_hash and t.spent_at is null
    returning token.session_id, token.user_id
),
successor as (
    insert into refresh_tokens (token_hash, session_id) select $2, session_id from spent
),
erased as (
    update refresh_tokens t set sealed = null
    from spent where t.session_id = spent.session_id and t.successor = $1
),
used as (
    update sessions s set last_used_at = $4, idle_until = least($5, s.expires_at)
    from spent where s.id = spent.session_id
)
select session_id, user_id from spent";

const SPENT: &str = "
select s.id, s.user_id, t.spent_at, t.successor = $2, n.spent_at is null, t.sealed
from refresh_tokens t join sessions s on s.id = t.session_id
left join refresh_tokens n on n.token_hash = t.successor
where t.token_hash = $1 and s.idle_until > $3 and s.expires_at > $3";

/// Ends the session whole and tells what it was; who comes second finds nothing.
const END_REUSED: &str = "
with doomed as (select id from sessions where id = $1 for update),
tokens as (delete from refresh_tokens where session_id in (select id from doomed)),
gone as (delete from sessions s using doomed where s.id = doomed.id returning s.*)
select u.email, gone.id, gone.created_at, gone.last_used_at, gone.user_agent, gone.ip
from gone join users u on u.id = gone.user_id";

const LIST: &str = "
select id, created_at, last_used_at, user_agent, ip from sessions
where user_id = $1 and idle_until > $2 and expires_at > $2
order by last_used_at desc, id desc";

const END: &str = "
with doomed as (select id from sessions where user_id = $1 and id = $2 order by id for update),
tokens as (delete from refresh_tokens where session_id in (select id from doomed))
delete from sessions where id in (select id from doomed)";

const END_OTHERS: &str = "
with doomed as (
    select id from sessions where user_id = $1 and ($2::uuid is null or id <> $2) order by id for update
),
tokens as (delete from refresh_tokens where session_id in (select id from doomed))
delete from sessions where id in (select id from doomed)";

/// Ends the person's sessions, all of them or all but one.
pub(crate) async fn end_all_but(
    connection: &Connection,
    user: UserId,
    keep: Option<SessionId>,
) -> std::result::Result<(), Failure> {
    let keep = keep.map(SessionId::uuid);
    connection.run(END_OTHERS, params![user.uuid(), keep]).await.map(drop)
}

fn session(columns: &mut Columns<'_>) -> std::result::Result<Session, Failure> {
    Ok(Session {
        id: SessionId::new(columns.take()?),
        created_at: columns.take()?,
        last_used_at: columns.take()?,
        user_agent: columns.take()?,
        ip: columns.take()?,
    })
}

fn ids(columns: &mut Columns<'_>) -> std::result::Result<SessionIds, Failure> {
    Ok(SessionIds { session_id: SessionId::new(columns.take()?), user_id: UserId::new(columns.take()?) })
}

async fn open(
    connection: &Connection,
    user: UserId,
    new: &NewSession,
    (password_hash, most): (&str, u32),
) -> std::result::Result<bool, Failure> {
    let (id, refresh) = (new.id.uuid(), &new.refresh.0[..]);
    let (agent, ip) = (new.user_agent.as_str(), new.ip.as_str());
    let others = i64::from(most.saturating_sub(1));
    let params = params![
        user.uuid(),
        password_hash,
        id,
        agent,
        ip,
        refresh,
        new.now,
        new.idle_until,
        new.expires_at,
        others
    ];
    let row = connection.row(OPEN, params).await?.ok_or(Failure::Overtaken)?;
    Ok(row.try_get(0)?)
}

async fn rotate(connection: &Connection, rotation: &Rotation) -> std::result::Result<Rotated, Failure> {
    let (presented, successor) = (&rotation.presented.0[..], &rotation.successor.0[..]);
    let sealed = rotation.sealed.as_slice();
    let params = params![presented, successor, sealed, rotation.now, rotation.idle_until];
    if let Some(row) = connection.row(ROTATE, params).await? {
        return Ok(Rotated::New(ids(&mut Columns::of(&row))?));
    }
    match connection.row(SPENT, params![presented, successor, rotation.now]).await? {
        Some(row) => not_first(connection, rotation, &row).await,
        None => Ok(Rotated::Unknown),
    }
}

/// What comes of a token that is spent.
async fn not_first(
    connection: &Connection,
    rotation: &Rotation,
    row: &Row,
) -> std::result::Result<Rotated, Failure> {
    let mut columns = Columns::of(row);
    let ids = ids(&mut columns)?;
    // Unspent after all: it came to life between the statements.
    let spent_at = columns.take::<Option<Timestamp>>()?.ok_or(Failure::Overtaken)?;
    let ours = columns.take::<Option<bool>>()?.unwrap_or_default();
    let successor_unspent = columns.take()?;
    let sealed = columns.take::<Option<Vec<u8>>>()?;
    if ours {
        // This very refresh was done before the connection broke.
        return Ok(Rotated::New(ids));
    }
    if let Some(sealed) = sealed
        && successor_unspent
        && spent_at > rotation.grace_since
    {
        return Ok(Rotated::Again { ids, sealed, spent_at });
    }
    let Some(row) = connection.row(END_REUSED, params![ids.session_id.uuid()]).await? else {
        return Ok(Rotated::Unknown);
    };
    let mut columns = Columns::of(&row);
    Ok(Rotated::Reused { ids, email: columns.email()?, session: session(&mut columns)? })
}

#[async_trait]
impl Sessions for Postgres {
    async fn open(&self, user: UserId, session: NewSession, password_hash: &str, most: u32) -> Result<bool> {
        let session = &session;
        self.unit(|connection| async move { open(&connection, user, session, (password_hash, most)).await })
            .await
    }

    async fn find(&self, id: SessionId, now: Timestamp) -> Result<Option<LiveSession>> {
        self.unit(|connection| async move {
            let Some(row) = connection.row(FIND, params![id.uuid(), now]).await? else { return Ok(None) };
            let mut columns = Columns::of(&row);
            Ok(Some(LiveSession { user_id: UserId::new(columns.take()?), role: columns.role()? }))
        })
        .await
    }

    async fn rotate(&self, rotation: Rotation) -> Result<Rotated> {
        let rotation = &rotation;
        self.unit(|connection| async move { rotate(&connection, rotation).await }).await
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        self.unit(|connection| async move {
            let rows = connection.rows(LIST, params![user.uuid(), now]).await?;
            rows.iter().map(|row| session(&mut Columns::of(row))).collect()
        })
        .await
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool> {
        self.unit(|connection| async move {
            let ended = connection.run(END, params![user.uuid(), session.uuid()]).await?;
            Ok(ended > 0 || connection.repeated)
        })
        .await
    }

    async fn end_others(&self, user: UserId, keep: SessionId) -> Result<()> {
        self.unit(|connection| async move { end_all_but(&connection, user, Some(keep)).await }).await
    }
}
