use std::error::Error as StdError;
use std::fmt;

use models::{ReviewId, TitleId, WalkId};

/// What a port answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a port did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule forbids it; nothing was changed.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The backend did not answer, or not in time, or not with what was expected.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another account has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Another account has the name, or one that looks like it.
    #[error("the username is taken")]
    UsernameTaken,
    /// There is a title of the same type, name and year.
    #[error("the title exists")]
    TitleExists(TitleId),
    /// The person has a walk on the title.
    #[error("the walk exists")]
    WalkExists(WalkId),
    /// The person has a review of the title.
    #[error("the review exists")]
    ReviewExists(ReviewId),
    /// Somebody else's walk or review hangs on the title.
    #[error("the title is in use")]
    TitleInUse,
}

/// A backend that did not answer.
#[derive(Debug)]
pub struct Unavailable {
    /// Which.
    pub backend: Backend,
    /// What it, or the way to it, said; for the log alone.
    pub source: Box<dyn StdError + Send + Sync>,
}

impl Unavailable {
    /// `backend` failed with `source`.
    pub fn new(backend: Backend, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { backend, source: source.into() }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} did not answer", self.backend.as_str())
    }
}

impl StdError for Unavailable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// What the system stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Postgres or DynamoDB: users, sessions, titles, walks, reviews.
    Database,
    /// Redis or DynamoDB: codes and counters.
    Cache,
    /// S3: pictures.
    Images,
    /// SES.
    Mail,
    /// Secrets Manager.
    Secrets,
    /// DynamoDB: what operators were mailed.
    AlertMemory,
}

impl Backend {
    /// Its name in `GET /health` and in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Images => "images",
            Self::Mail => "mail",
            Self::Secrets => "secrets",
            Self::AlertMemory => "alert_memory",
        }
    }
}

/// What came of changing a record that belongs to somebody. Ownership is in the changing statement itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owned<T> {
    /// It was the caller's, and it is done.
    Done(T),
    /// It is somebody else's, and unchanged.
    Foreign,
    /// There is none.
    Absent,
}
