use std::error::Error as StdError;
use std::fmt;
use std::io;

use deadpool_postgres::PoolError;
use ports::{Backend, Conflict, Unavailable};
use tokio_postgres::error::SqlState;

/// Why a unit of work was not done.
pub(crate) enum Failure {
    /// A rule forbids it.
    Conflict(Conflict),
    /// Postgres, or the way to it, said no.
    Database(tokio_postgres::Error),
    /// There is no connection.
    NoConnection(PoolError),
    /// A statement took too long.
    TooLong,
    /// What is stored is not what this program stores.
    Stored(String),
    /// Somebody else was faster between two statements: look again.
    Overtaken,
}

/// Whether a failed unit may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It would fail again, or it would take too long.
    No,
    /// Nothing of it was done.
    Undone,
    /// It may have been done: the connection broke before the answer came.
    Unknown,
}

impl Failure {
    /// Whether another try may help (DB-3).
    pub(crate) fn again(&self) -> Again {
        match self {
            Self::Overtaken => Again::Undone,
            Self::Database(error) => match error.code() {
                Some(code) => by_code(code),
                None if error.is_closed() || is_io(error) => Again::Unknown,
                None => Again::No,
            },
            Self::NoConnection(PoolError::Backend(error)) => match error.code() {
                Some(code) => by_code(code),
                None => Again::Undone,
            },
            Self::Conflict(_) | Self::NoConnection(_) | Self::TooLong | Self::Stored(_) => Again::No,
        }
    }

    /// The constraint that was broken, if one was.
    pub(crate) fn constraint(&self, kind: &SqlState) -> Option<&str> {
        match self {
            Self::Database(error) => {
                let error = error.as_db_error().filter(|error| error.code() == kind)?;
                Some(error.constraint().unwrap_or_default())
            }
            _ => None,
        }
    }

    /// Whether something that was to be pointed at is gone, or something to be removed is pointed at.
    pub(crate) fn is_dangling(&self) -> bool {
        self.constraint(&SqlState::FOREIGN_KEY_VIOLATION).is_some()
    }

    /// Whether something unique is there already.
    pub(crate) fn is_taken(&self) -> bool {
        self.constraint(&SqlState::UNIQUE_VIOLATION).is_some()
    }
}

fn by_code(code: &SqlState) -> Again {
    // Among these a broken foreign key: a record appeared or went while another that it hangs on did.
    const UNDONE: &[SqlState] = &[
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::FOREIGN_KEY_VIOLATION,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::CANNOT_CONNECT_NOW,
    ];
    if UNDONE.contains(code) {
        Again::Undone
    } else if matches!(code.code(), "57P01" | "57P02") || code.code().starts_with("08") {
        Again::Unknown
    } else {
        Again::No
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(|source| source.is::<io::Error>())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(conflict) => conflict.fmt(f),
            // The server's detail shows values, which may be somebody's address (LOG-1): code and words alone.
            Self::Database(error) | Self::NoConnection(PoolError::Backend(error)) => {
                match error.as_db_error() {
                    Some(db) => write!(f, "{}: {}", db.code().code(), db.message()),
                    None => error.fmt(f),
                }
            }
            Self::NoConnection(error) => error.fmt(f),
            Self::TooLong => f.write_str("a statement took too long"),
            Self::Stored(what) => write!(f, "a stored value can't be read: {what}"),
            Self::Overtaken => f.write_str("others were faster each time"),
        }
    }
}

/// As it is displayed, for the same reason.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Failure {}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::NoConnection(error)
    }
}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<Failure> for ports::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict(conflict) => Self::Conflict(conflict),
            other => Self::Unavailable(Unavailable::new(Backend::Database, other)),
        }
    }
}
