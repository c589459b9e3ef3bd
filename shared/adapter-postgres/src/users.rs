mod deletion;
mod read;

use async_trait::async_trait;
use models::{Email, Picture, Role, SessionId, User, UserId};
use ports::{
    AccountGone, AvatarSet, Conflict, Credentials, EndSessions, NewSession, NewUser, ProfilePatch, Result,
    Users,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, links, picture};
use crate::sessions::end_all_but;
use crate::users::read::{person, user};

const REGISTER: &str = "
with account as (
    insert into users (id, email, email_key, password_hash, role, joined_at, last_auth_at)
    values ($1, $2, $3, $4, $5, $6, $6)
),
session as (
    insert into sessions (id, user_id, user_agent, ip, created_at, last_used_at, idle_until, expires_at)
    values ($9, $1, $10, $11, $13, $13, $14, $15)
),
token as (insert into refresh_tokens (token_hash, session_id) values ($12, $9))
insert into profiles (user_id, username, username_key, avatar, about, links)
values ($1, $7, $8, null, '', '[]')";

const TAKEN: &str = "
select (select id from users where email_key = $1), (select user_id from profiles where username_key = $2)";

const CREDENTIALS: &str = "select id, email, password_hash from users where id = $1";
const CREDENTIALS_BY_EMAIL: &str = "select id, email, password_hash from users where email_key = $1";

const SET_PASSWORD: &str = "
update users set password_hash = $3
where id = $1 and (password_hash = $2 or (password_hash = $3 and $4)) returning id";

const SET_EMAIL: &str =
    "update users set email = $3, email_key = $4 where id = $1 and password_hash = $2 returning id";

const SET_ROLE: &str = "update users set role = $2 where email_key = $1";

const FIND: &str = person!("with p as (select * from profiles where user_id = $1)", "null::jsonb", "");

const CHANGE: &str = person!(
    "with p as (
        update profiles set username = coalesce($2, username), username_key = coalesce($3, username_key),
            about = coalesce($4, about), links = coalesce($5, links)
        where user_id = $1 returning *
    )",
    "null::jsonb",
    ""
);

const SET_AVATAR: &str = person!(
    "with old as (select user_id, avatar from profiles where user_id = $1 for no key update),
    p as (update profiles p set avatar = $2 from old where p.user_id = old.user_id returning p.*)",
    "old.avatar",
    "cross join old"
);

async fn register(
    connection: &Connection,
    new: &NewUser,
    session: &NewSession,
) -> std::result::Result<(), Failure> {
    let (email_key, username_key) = (new.email.key(), new.username.key());
    let params = params![
        new.id.uuid(),
        new.email.shown(),
        email_key,
        new.password_hash,
        new.role.number(),
        new.now,
        new.username.as_str(),
        username_key,
        session.id.uuid(),
        session.user_agent,
        session.ip,
        &session.refresh.0[..],
        session.now,
        session.idle_until,
        session.expires_at,
    ];
    let answer = connection.run(REGISTER, params).await;
    if !answer.as_ref().is_err_and(Failure::is_taken) {
        return answer.map(drop);
    }
    let row = connection.row(TAKEN, params![email_key, username_key]).await?.ok_or(Failure::Overtaken)?;
    let own = |id: Uuid| id == new.id.uuid();
    match (row.try_get::<_, Option<Uuid>>(0)?, row.try_get::<_, Option<Uuid>>(1)?) {
        // Done before the connection broke.
        (Some(email), _) if own(email) => Ok(()),
        (Some(_), _) => Err(Conflict::EmailTaken.into()),
        (None, Some(_)) => Err(Conflict::UsernameTaken.into()),
        (None, None) => Err(Failure::Overtaken),
    }
}

fn credentials(row: Option<Row>) -> std::result::Result<Option<Credentials>, Failure> {
    let Some(row) = row else { return Ok(None) };
    let mut columns = Columns::of(&row);
    Ok(Some(Credentials {
        user_id: UserId::new(columns.take()?),
        email: columns.email()?,
        password_hash: columns.take()?,
    }))
}

/// Two statements: the sessions that end are those that are there once the account's row is locked.
async fn set_password(
    connection: &Connection,
    id: UserId,
    (old_hash, new_hash): (&str, &str),
    end: EndSessions,
) -> std::result::Result<bool, Failure> {
    let keep = match end {
        EndSessions::None => {
            let params = params![id.uuid(), old_hash, new_hash, connection.repeated];
            return Ok(connection.row(SET_PASSWORD, params).await?.is_some());
        }
        EndSessions::AllBut(session) => Some(session),
        EndSessions::All => None,
    };
    connection.begin().await?;
    let params = params![id.uuid(), old_hash, new_hash, connection.repeated];
    if connection.row(SET_PASSWORD, params).await?.is_none() {
        connection.rollback().await?;
        return Ok(false);
    }
    end_all_but(connection, id, keep).await?;
    connection.commit().await?;
    Ok(true)
}

async fn set_email(
    connection: &Connection,
    id: UserId,
    password_hash: &str,
    email: &Email,
    keep: SessionId,
) -> std::result::Result<bool, Failure> {
    connection.begin().await?;
    let params = params![id.uuid(), password_hash, email.shown(), email.key()];
    let moved = match connection.row(SET_EMAIL, params).await {
        Err(failure) if failure.is_taken() => return Err(Conflict::EmailTaken.into()),
        moved => moved?.is_some(),
    };
    if !moved {
        connection.rollback().await?;
        return Ok(false);
    }
    end_all_but(connection, id, Some(keep)).await?;
    connection.commit().await?;
    Ok(true)
}

async fn change_profile(
    connection: &Connection,
    id: UserId,
    patch: &ProfilePatch,
) -> std::result::Result<Option<User>, Failure> {
    let username = patch.username.as_ref().map(|name| name.as_str());
    let key = patch.username.as_ref().map(models::Username::key);
    let about = patch.about.as_ref().map(|about| about.as_str());
    let links = patch.links.as_ref().map(links);
    match connection.row(CHANGE, params![id.uuid(), username, key, about, links]).await {
        Err(failure) if failure.is_taken() => Err(Conflict::UsernameTaken.into()),
        row => row?.map(|row| user(&mut Columns::of(&row))).transpose(),
    }
}

#[async_trait]
impl Users for Postgres {
    async fn register(&self, user: NewUser, session: NewSession) -> Result<()> {
        let (user, session) = (&user, &session);
        self.unit(|connection| async move { register(&connection, user, session).await }).await
    }

    async fn credentials_by_email(&self, key: &str) -> Result<Option<Credentials>> {
        self.unit(|connection| async move {
            credentials(connection.row(CREDENTIALS_BY_EMAIL, params![key]).await?)
        })
        .await
    }

    async fn credentials(&self, id: UserId) -> Result<Option<Credentials>> {
        self.unit(
            |connection| async move { credentials(connection.row(CREDENTIALS, params![id.uuid()]).await?) },
        )
        .await
    }

    async fn set_password(
        &self,
        id: UserId,
        old_hash: &str,
        new_hash: &str,
        end: EndSessions,
    ) -> Result<bool> {
        self.unit(|connection| async move { set_password(&connection, id, (old_hash, new_hash), end).await })
            .await
    }

    async fn set_email(
        &self,
        id: UserId,
        password_hash: &str,
        email: &Email,
        keep: SessionId,
    ) -> Result<bool> {
        self.unit(|connection| async move { set_email(&connection, id, password_hash, email, keep).await })
            .await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>> {
        self.unit(|connection| async move {
            let row = connection.row(FIND, params![id.uuid()]).await?;
            row.map(|row| user(&mut Columns::of(&row))).transpose()
        })
        .await
    }

    async fn change_profile(&self, id: UserId, patch: ProfilePatch) -> Result<Option<User>> {
        let patch = &patch;
        self.unit(|connection| async move { change_profile(&connection, id, patch).await }).await
    }

    async fn set_avatar(&self, id: UserId, avatar: Option<Picture>) -> Result<Option<AvatarSet>> {
        let avatar = avatar.as_ref();
        self.unit(|connection| async move {
            let row = connection.row(SET_AVATAR, params![id.uuid(), picture(avatar)]).await?;
            let Some(row) = row else { return Ok(None) };
            let mut columns = Columns::of(&row);
            let user = user(&mut columns)?;
            // Set twice, a picture does not take its own place: its objects are still pointed at.
            let replaced = columns.picture()?.filter(|old| Some(old) != avatar);
            Ok(Some(AvatarSet { user, replaced }))
        })
        .await
    }

    async fn delete(&self, id: UserId, password_hash: &str) -> Result<Option<AccountGone>> {
        deletion::delete(self, id, password_hash).await
    }

    async fn set_role(&self, key: &str, role: Role) -> Result<bool> {
        self.unit(
            |connection| async move { Ok(connection.run(SET_ROLE, params![key, role.number()]).await? > 0) },
        )
        .await
    }
}
