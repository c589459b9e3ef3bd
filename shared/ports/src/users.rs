use async_trait::async_trait;
use jiff::Timestamp;
use models::{About, Email, Links, Picture, Role, SessionId, User, UserId, Username};

use crate::{NewSession, Result};

/// A person about to be registered.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Their id.
    pub id: UserId,
    /// Their address.
    pub email: Email,
    /// Their name.
    pub username: Username,
    /// Their password's hash, a PHC string.
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
    /// When: `joined_at` and `last_auth_at`.
    pub now: Timestamp,
}

/// What a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// Their password's hash, a PHC string.
    pub password_hash: String,
}

/// Which sessions end with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSessions {
    /// None.
    None,
    /// All but this one.
    AllBut(SessionId),
    /// All.
    All,
}

/// What of a profile is to change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfilePatch {
    /// The name.
    pub username: Option<Username>,
    /// The text about oneself.
    pub about: Option<About>,
    /// The links, all of them.
    pub links: Option<Links>,
}

/// A profile with its new picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarSet {
    /// The person, with the change.
    pub user: User,
    /// The picture that was there before, whose objects nothing points to any more.
    pub replaced: Option<Picture>,
}

/// An account that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountGone {
    /// The picture that it had, whose objects nothing points to any more. `None` also where the removal was repeated
    /// after an answer that never came.
    pub avatar: Option<Picture>,
}

/// People: accounts and profiles.
#[async_trait]
pub trait Users: Send + Sync {
    /// Registers a person and opens their first session.
    ///
    /// # Errors
    /// `EmailTaken`, `UsernameTaken`: nothing was written.
    async fn register(&self, user: NewUser, session: NewSession) -> Result<()>;

    /// The account of the address with this [`Email::key`].
    async fn credentials_by_email(&self, key: &str) -> Result<Option<Credentials>>;

    /// The account with this id.
    async fn credentials(&self, id: UserId) -> Result<Option<Credentials>>;

    /// Puts `new_hash` in the place of `old_hash` and ends sessions in the same step. `false`, and nothing
    /// changed, where the hash is no longer `old_hash` or the person is gone.
    async fn set_password(
        &self,
        id: UserId,
        old_hash: &str,
        new_hash: &str,
        end: EndSessions,
    ) -> Result<bool>;

    /// Moves the account to `email` and ends all its sessions but `keep` in the same step. `false`, and nothing
    /// changed, where the hash is no longer `password_hash` or the person is gone.
    ///
    /// # Errors
    /// `EmailTaken`: nothing was written.
    async fn set_email(
        &self,
        id: UserId,
        password_hash: &str,
        email: &Email,
        keep: SessionId,
    ) -> Result<bool>;

    /// The person with their numbers.
    async fn find(&self, id: UserId) -> Result<Option<User>>;

    /// Changes a profile; `None` where the person is gone.
    ///
    /// # Errors
    /// `UsernameTaken`: nothing was written.
    async fn change_profile(&self, id: UserId, patch: ProfilePatch) -> Result<Option<User>>;

    /// Sets or removes the picture; `None` where the person is gone.
    async fn set_avatar(&self, id: UserId, avatar: Option<Picture>) -> Result<Option<AvatarSet>>;

    /// Removes the account with its walks, reviews and sessions; the titles' ratings and counts follow, their
    /// history forgets who it was. Interrupted and repeated, it finishes. `None` where there is none, or the
    /// hash is no longer `password_hash`.
    async fn delete(&self, id: UserId, password_hash: &str) -> Result<Option<AccountGone>>;

    /// Gives a role to the account with this [`Email::key`]; `false` where there is none.
    async fn set_role(&self, key: &str, role: Role) -> Result<bool>;
}
