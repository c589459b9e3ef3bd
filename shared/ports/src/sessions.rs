use async_trait::async_trait;
use jiff::Timestamp;
use models::{Email, Role, SessionId, UserId};

use crate::Result;

/// The SHA-256 of a refresh token; the token itself is never stored (RT-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A session about to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The program that asked for it, as it calls itself; up to 300 characters.
    pub user_agent: String,
    /// The address that it came from.
    pub ip: String,
    /// Its first refresh token.
    pub refresh: TokenHash,
    /// When: also the person's `last_auth_at`.
    pub now: Timestamp,
    /// When it ends unless refreshed before.
    pub idle_until: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// A session that lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// Whose.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was opened or last refreshed.
    pub last_used_at: Timestamp,
    /// The program that opened it.
    pub user_agent: String,
    /// The address that it was opened from.
    pub ip: String,
}

/// A refresh about to happen.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The token that was presented.
    pub presented: TokenHash,
    /// The token that takes its place.
    pub successor: TokenHash,
    /// The successor, encrypted under a key that only who has the presented token can derive (RT-3).
    pub sealed: Vec<u8>,
    /// When.
    pub now: Timestamp,
    /// A spent token is answered with the same successor while it was spent after this instant.
    pub grace_since: Timestamp,
    /// When the session ends unless refreshed again before; never later than its `expires_at`.
    pub idle_until: Timestamp,
}

/// Whose token it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionIds {
    /// The session.
    pub session_id: SessionId,
    /// The person.
    pub user_id: UserId,
}

/// What came of a refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// The presented token is spent, the successor lives.
    New(SessionIds),
    /// The presented token was spent within the grace, and its successor is not spent yet: nothing changed.
    Again {
        /// Whose.
        ids: SessionIds,
        /// What [`Rotation::sealed`] was when the token was spent.
        sealed: Vec<u8>,
        /// When it was spent.
        spent_at: Timestamp,
    },
    /// A spent token came back: its session, with all its tokens, is ended.
    Reused {
        /// Whose.
        ids: SessionIds,
        /// The owner's address.
        email: Email,
        /// The session that is ended.
        session: Session,
    },
    /// No live session has this token.
    Unknown,
}

/// Sessions and their refresh tokens.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session for `user` and sets their `last_auth_at`; of more than `most` live sessions the least
    /// recently used are ended in the same step (RT-5). `false` where the person is gone, or their password
    /// hash is no longer `password_hash`: a login must not outlive a change of password that overtook it.
    async fn open(&self, user: UserId, session: NewSession, password_hash: &str, most: u32) -> Result<bool>;

    /// The session, where it lives at `now`.
    async fn find(&self, id: SessionId, now: Timestamp) -> Result<Option<LiveSession>>;

    /// Spends a refresh token and puts its successor in its place, in one step (RT-2, RT-3).
    async fn rotate(&self, rotation: Rotation) -> Result<Rotated>;

    /// The person's live sessions, most recently used first; a handful at the most.
    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>>;

    /// Ends one session of the person with all its tokens; `false` where they have none of this id.
    async fn end(&self, user: UserId, session: SessionId) -> Result<bool>;

    /// Ends all sessions of the person but one.
    async fn end_others(&self, user: UserId, keep: SessionId) -> Result<()>;
}
