use std::fmt;

use deadpool_postgres::PoolError;

use crate::connect;
use crate::settings::{Settings, SettingsError};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Why the schema is not up to date.
#[derive(Debug)]
pub enum MigrationError {
    /// The settings can't be used.
    Settings(SettingsError),
    /// There is no connection.
    Connection(PoolError),
    /// The session can't be set up.
    Session(tokio_postgres::Error),
    /// A migration failed; it was undone.
    Migration(refinery::Error),
}

impl fmt::Display for MigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Connection(error) => error.fmt(f),
            Self::Session(error) => error.fmt(f),
            Self::Migration(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MigrationError {}

/// A migration may take longer than a statement of the functions, and waits no longer for a lock than they may have to
/// wait for it. The connection is its own and ends with it.
const PATIENCE: &str =
    "set statement_timeout = 0; set lock_timeout = '5s'; set idle_in_transaction_session_timeout = 0";

/// Brings the schema up to date; nothing where it is. Run on deployment, one at a time, never when a function
/// starts. On a session of its own: refinery prepares its statements by name, and RDS Proxy keeps such a session to one
/// connection. A migration that is there and unknown here is a newer release's, which added and took nothing away: an
/// older one is deployed again beside it.
///
/// # Errors
/// See [`MigrationError`].
pub async fn migrate(settings: &Settings) -> Result<(), MigrationError> {
    let pool = connect::pool(settings).map_err(MigrationError::Settings)?;
    let mut client = pool.get().await.map_err(MigrationError::Connection)?;
    client.batch_execute(PATIENCE).await.map_err(MigrationError::Session)?;
    let runner = embedded::migrations::runner().set_abort_missing(false);
    let report = runner.run_async(&mut **client).await.map_err(MigrationError::Migration)?;
    for migration in report.applied_migrations() {
        tracing::info!(event = "migrated", %migration, "the schema has changed");
    }
    Ok(())
}

/// A number that changes with any migration.
#[cfg(feature = "testing")]
pub(crate) fn checksum() -> u64 {
    let runner = embedded::migrations::runner();
    runner.get_migrations().iter().fold(0, |sum, migration| sum.rotate_left(7) ^ migration.checksum())
}
