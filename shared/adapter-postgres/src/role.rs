use std::fmt;

use deadpool_postgres::PoolError;

use crate::connect;
use crate::settings::{Settings, SettingsError};

/// Why the functions' role is not there.
#[derive(Debug)]
pub enum RoleError {
    /// The settings can't be used, or the role's name or password holds what neither may.
    Settings(Option<SettingsError>),
    /// There is no connection.
    Connection(PoolError),
    /// Postgres refused; its message may hold the password, so its code alone is kept.
    Refused(String),
}

impl fmt::Display for RoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(Some(error)) => error.fmt(f),
            Self::Settings(None) => f.write_str("the role's name or password holds signs that neither may"),
            Self::Connection(error) => error.fmt(f),
            Self::Refused(code) => write!(f, "the role could not be made: {code}"),
        }
    }
}

impl std::error::Error for RoleError {}

/// Makes the role that the functions sign in as, or gives it this password; it may make tables in the database that
/// `admin` names. Timeouts are the role's, since a session behind a proxy must not set any (DB-4).
///
/// # Errors
/// See [`RoleError`].
pub async fn make_role(admin: &Settings, role: &str, password: &str) -> Result<(), RoleError> {
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    // A role's statements take no parameters.
    if !plain(role) || !plain(password) {
        return Err(RoleError::Settings(None));
    }
    let pool = connect::pool(admin).map_err(|error| RoleError::Settings(Some(error)))?;
    let client = pool.get().await.map_err(RoleError::Connection)?;
    let sql = format!(
        "do $$ begin
            if not exists (select from pg_roles where rolname = '{role}') then create role {role} login; end if;
        end $$;
        alter role {role} password '{password}';
        alter role {role} set statement_timeout = '5s';
        alter role {role} set lock_timeout = '2s';
        alter role {role} set idle_in_transaction_session_timeout = '10s';
        grant usage, create on schema public to {role};"
    );
    let made = client.batch_execute(&sql).await;
    made.map_err(|error| {
        RoleError::Refused(error.code().map_or_else(String::new, |code| code.code().to_owned()))
    })
}
