use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

/// Why there is no password; for the log alone.
pub type PasswordError = Box<dyn std::error::Error + Send + Sync>;

/// Gives the password of a connection about to be opened, such as a token of IAM that lives for minutes.
pub type PasswordSource = Arc<dyn Fn() -> BoxFuture<'static, Result<String, PasswordError>> + Send + Sync>;

/// How to reach Postgres.
#[derive(Clone)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`. TLS with the server's name verified is used unless it says
    /// `sslmode=disable` or the host is this machine.
    pub url: String,
    /// Takes the place of the password in the address.
    pub password: Option<PasswordSource>,
    /// Certificate authorities to trust, as PEM, in the place of the system's.
    pub authorities: Option<Vec<u8>>,
    /// How many connections at the most: 1 on Lambda, where an environment serves one request at a time.
    pub connections: usize,
}

impl Settings {
    /// One connection to `url`, the password in it, the system's certificate authorities.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), password: None, authorities: None, connections: 1 }
    }
}

/// The address may hold a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// Settings that can't be used. Never holds the address.
#[derive(Debug)]
pub enum SettingsError {
    /// The address is not one of Postgres.
    Address,
    /// No certificate authority could be read.
    Authorities,
    /// The cryptography of this build lacks something that TLS needs, or the pool can't be made.
    Build(String),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("the database's address can't be read"),
            Self::Authorities => f.write_str("no certificate authority could be read"),
            Self::Build(why) => write!(f, "the way to the database can't be made: {why}"),
        }
    }
}

impl std::error::Error for SettingsError {}
