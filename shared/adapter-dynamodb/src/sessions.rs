mod end;
mod rotate;

pub(crate) use end::{AT_ONCE, ids_but};

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use models::{Role, SessionId, UserId};
use ports::{LiveSession, NewSession, Result, Rotated, Rotation, Session, Sessions, TokenHash};

use crate::DynamoDb;
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, hex, instant, n, s, text, time, ttl, uuid};
use crate::people::role;
use crate::records::{user_key, user_of};
use crate::tables::Table;
use crate::write::Write;

/// Where a session is.
pub(crate) fn session_key(id: SessionId) -> Key {
    Key::part(Table::Sessions, format!("session#{id}"), "session")
}

/// Where a token is.
pub(crate) fn token_key(digest: &str) -> Key {
    Key::part(Table::Sessions, format!("token#{digest}"), "token")
}

/// Where a session says that a token is its own.
pub(crate) fn token_of(id: SessionId, digest: &str) -> Key {
    Key::part(Table::Sessions, format!("session#{id}"), format!("token#{digest}"))
}

/// The sessions of a person, as their item names them.
pub(crate) fn session_ids(ids: impl IntoIterator<Item = SessionId>) -> AttributeValue {
    AttributeValue::Ss(ids.into_iter().map(|id| id.to_string()).collect())
}

/// A token of a session that is to live, and the session's word for it.
fn new_token(session: SessionId, user: UserId, token: TokenHash, expires_at: Timestamp) -> [Write; 2] {
    let digest = hex(&token.0);
    let token = token_key(&digest).item([
        ("session", s(session.to_string())),
        ("user", s(user.to_string())),
        ("ttl", ttl(expires_at)),
    ]);
    let word = token_of(session, &digest).item([("ttl", ttl(expires_at))]);
    [Write::put(Table::Sessions, token), Write::put(Table::Sessions, word)]
}

/// A session with its first token.
pub(crate) fn first_session(user: UserId, role: Role, new: &NewSession) -> Vec<Write> {
    let session = session_key(new.id).item([
        ("session", s(new.id.to_string())),
        ("user", s(user.to_string())),
        ("role", n(role.number())),
        ("user_agent", s(&new.user_agent)),
        ("ip", s(&new.ip)),
        ("created_at", instant(new.now)),
        ("last_used_at", instant(new.now)),
        ("idle_until", instant(new.idle_until)),
        ("expires_at", instant(new.expires_at)),
        ("ttl", ttl(new.expires_at)),
    ]);
    let mut writes = vec![Write::put(Table::Sessions, session)];
    writes.extend(new_token(new.id, user, new.refresh, new.expires_at));
    writes
}

fn session_id(item: &Item) -> Answer<SessionId> {
    Ok(SessionId::new(uuid(item, "session")?))
}

/// Whether a token of this session came back spent. From that mark on the session is over, whatever of it is still to
/// be removed.
pub(crate) fn is_reused(session: &Item) -> bool {
    session.contains_key("reused")
}

pub(crate) fn lives(session: &Item, now: Timestamp) -> Answer<bool> {
    Ok(!is_reused(session) && time(session, "idle_until")? > now && time(session, "expires_at")? > now)
}

fn session(item: &Item) -> Answer<Session> {
    Ok(Session {
        id: session_id(item)?,
        created_at: time(item, "created_at")?,
        last_used_at: time(item, "last_used_at")?,
        user_agent: text(item, "user_agent")?.to_owned(),
        ip: text(item, "ip")?.to_owned(),
    })
}

impl DynamoDb {
    /// The sessions that a person's item names and that are there, most recently used first.
    async fn sessions_of(&self, person: &Item) -> Answer<Vec<Item>> {
        let keys: Vec<_> = ids_but(person, None)?.into_iter().map(session_key).collect();
        let mut sessions: Vec<_> = self.get_all(&keys, true).await?.into_values().collect();
        let order = |item: &Item| Ok((time(item, "last_used_at")?, session_id(item)?));
        let mut failure = None;
        sessions.sort_by_key(|item| {
            std::cmp::Reverse(order(item).map_err(|error: Failure| failure = Some(error)).ok())
        });
        failure.map_or(Ok(sessions), Err)
    }

    /// The ids of the sessions that are there.
    pub(crate) async fn live_ids(&self, person: &Item) -> Answer<Vec<SessionId>> {
        self.sessions_of(person).await?.iter().map(session_id).collect()
    }

    /// Opens a session; which others ended with it. `None` where the password is another.
    async fn open_session(
        &self,
        user: UserId,
        new: &NewSession,
        (password_hash, most): (&str, u32),
    ) -> Answer<Option<Vec<SessionId>>> {
        let Some(person) = self.get(&user_key(user)).await? else { return Ok(None) };
        if text(&person, "password_hash")? != password_hash {
            return Ok(None);
        }
        let named = ids_but(&person, None)?;
        if named.contains(&new.id) {
            return Ok(Some(Vec::new()));
        }
        let mut kept = Vec::new();
        // Which are dead is asked only when there may be one too many.
        if named.len() < most as usize {
            kept.clone_from(&named);
        } else {
            for item in self.sessions_of(&person).await? {
                if lives(&item, new.now)? && kept.len() + 1 < most as usize {
                    kept.push(session_id(&item)?);
                }
            }
        }
        let ended: Vec<_> = named.iter().filter(|id| !kept.contains(id)).copied().collect();
        let opened = person.get("opened").cloned().unwrap_or_else(|| n(0));
        let set = "SET #last_auth_at = :now, #sessions = :sessions ADD #opened :one";
        let sign_in = Write::update(user_key(user), set)
            .when("#password_hash = :hash AND #opened = :opened")
            .with(":now", instant(new.now))
            .with(":sessions", session_ids(named.iter().copied().chain([new.id])))
            .with(":one", n(1))
            .with(":hash", s(password_hash))
            .with(":opened", opened);
        let mut writes = vec![sign_in];
        writes.extend(first_session(user, role(&person)?, new));
        writes.extend(ended.iter().map(|id| Write::delete(session_key(*id))));
        self.transact(&writes).await?.or_overtaken()?;
        Ok(Some(ended))
    }

    async fn live_session(&self, id: SessionId, now: Timestamp) -> Answer<Option<LiveSession>> {
        let Some(item) = self.get(&session_key(id)).await? else { return Ok(None) };
        let live = LiveSession { user_id: user_of(&item)?, role: role(&item)? };
        Ok(lives(&item, now)?.then_some(live))
    }

    async fn list_sessions(&self, user: UserId, now: Timestamp) -> Answer<Vec<Session>> {
        let Some(person) = self.get(&user_key(user)).await? else { return Ok(Vec::new()) };
        let mut sessions = Vec::new();
        for item in self.sessions_of(&person).await? {
            if lives(&item, now)? {
                sessions.push(session(&item)?);
            }
        }
        Ok(sessions)
    }
}

#[async_trait]
impl Sessions for DynamoDb {
    async fn open(&self, user: UserId, session: NewSession, password_hash: &str, most: u32) -> Result<bool> {
        let ended = self.unit(|| self.open_session(user, &session, (password_hash, most))).await?;
        self.tidy(user, ended.as_deref().unwrap_or_default()).await;
        Ok(ended.is_some())
    }

    async fn find(&self, id: SessionId, now: Timestamp) -> Result<Option<LiveSession>> {
        self.unit(|| self.live_session(id, now)).await
    }

    async fn rotate(&self, rotation: Rotation) -> Result<Rotated> {
        let rotated = self.unit(|| self.rotate_token(&rotation)).await?;
        if let Rotated::Reused { ids, .. } = &rotated {
            // Over already. That the owner hears of it does not wait for what can't be removed now.
            self.tidy(ids.user_id, &[ids.session_id]).await;
        }
        Ok(rotated)
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        self.unit(|| self.list_sessions(user, now)).await
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool> {
        self.unit(|| self.end_session(user, session)).await
    }

    async fn end_others(&self, user: UserId, keep: SessionId) -> Result<()> {
        self.unit(|| self.end_all_but(user, keep)).await
    }
}
