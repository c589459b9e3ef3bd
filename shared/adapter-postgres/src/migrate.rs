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
    /// A migration failed; it was undone.
    Migration(refinery::Error),
}

impl fmt::Display for MigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Connection(error) => error.fmt(f),
            Self::Migration(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MigrationError {}

/// Brings the schema up to date; nothing where it is. Run on deployment, one at a time, never when a function
/// starts. Straight to Postgres rather than through a pooler: refinery prepares its statements by name.
///
/// # Errors
/// See [`MigrationError`].
pub async fn migrate(settings: &Settings) -> Result<(), MigrationError> {
    let pool = connect::pool(settings).map_err(MigrationError::Settings)?;
    let mut client = pool.get().await.map_err(MigrationError::Connection)?;
    embedded::migrations::runner().run_async(&mut **client).await.map_err(MigrationError::Migration)?;
    Ok(())
}

/// A number that changes with any migration.
#[cfg(feature = "testing")]
pub(crate) fn checksum() -> u64 {
    let runner = embedded::migrations::runner();
    runner.get_migrations().iter().fold(0, |sum, migration| sum.rotate_left(7) ^ migration.checksum())
}
