use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use ports::{Backend, Error, Outage, Probe, Result, Unavailable};
use tokio::time::{Instant, sleep, timeout};

use crate::connect;
use crate::connection::Connection;
use crate::failure::{Again, Failure};
use crate::settings::{Settings, SettingsError};

/// What a unit of work may take in all, tries and pauses together: the handler has eight seconds.
const DEADLINE: Duration = Duration::from_secs(7);
/// DB-3: this many times again after the first.
const RETRIES: u32 = 3;
const PROBE: Duration = Duration::from_secs(2);

/// The durable store, on Postgres: every port of people, sessions, titles, walks and reviews.
#[derive(Clone)]
pub struct Postgres(Arc<Inner>);

struct Inner {
    pool: Pool,
    outage: Outage,
}

impl Postgres {
    /// A store that opens its connections when they are needed.
    ///
    /// # Errors
    /// Settings that can't be used.
    pub fn new(settings: &Settings) -> std::result::Result<Self, SettingsError> {
        let pool = connect::pool(settings)?;
        Ok(Self(Arc::new(Inner { pool, outage: Outage::new(Backend::Database) })))
    }

    /// Opens a connection while there is time for it: initialisation runs unthrottled on Lambda.
    ///
    /// # Errors
    /// The database does not answer; the next request tries again.
    pub async fn warm(&self) -> Result<()> {
        self.unit(|_| async move { Ok(()) }).await
    }

    /// Runs a unit of work on a connection of its own: whole, or not at all. It is tried again where that helps
    /// and there is time.
    pub(crate) async fn unit<T, Work>(&self, work: impl Fn(Arc<Connection>) -> Work) -> Result<T>
    where
        Work: Future<Output = std::result::Result<T, Failure>>,
    {
        let until = Instant::now() + DEADLINE;
        let mut repeated = false;
        for tries in 0.. {
            let failure = match timeout(until - Instant::now(), self.attempt(&work, repeated)).await {
                Ok(Ok(done)) => {
                    self.0.outage.over();
                    return Ok(done);
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::TooLong,
            };
            let again = failure.again();
            let pause = pause(tries);
            if again == Again::No || tries >= RETRIES || Instant::now() + pause >= until {
                return Err(self.failed(failure));
            }
            repeated |= again == Again::Unknown;
            sleep(pause).await;
        }
        Err(self.failed(Failure::Overtaken))
    }

    async fn attempt<T, Work>(
        &self,
        work: &impl Fn(Arc<Connection>) -> Work,
        repeated: bool,
    ) -> std::result::Result<T, Failure>
    where
        Work: Future<Output = std::result::Result<T, Failure>>,
    {
        let connection = Arc::new(Connection::new(self.0.pool.get().await?, repeated));
        let answer = work(Arc::clone(&connection)).await;
        if answer.is_err() {
            // Where this fails too, the connection is closed, which undoes as well.
            let _ = connection.rollback().await;
        }
        answer
    }

    fn failed(&self, failure: Failure) -> Error {
        let error = Error::from(failure);
        match &error {
            Error::Unavailable(Unavailable { source, .. }) => self.0.outage.noted(source),
            Error::Conflict(_) => self.0.outage.over(),
        }
        error
    }
}

/// A pause that doubles, of chance within its second half, so that those who collided do not collide again.
fn pause(tries: u32) -> Duration {
    let most = 20_u64 << tries.min(4);
    let chance = RandomState::new().hash_one(tries);
    Duration::from_millis(most / 2 + chance % (most / 2))
}

#[async_trait]
impl Probe for Postgres {
    fn backend(&self) -> Backend {
        Backend::Database
    }

    async fn probe(&self) -> Result<()> {
        let asked = self.unit(|connection| async move { connection.rows("select 1", &[]).await.map(drop) });
        match timeout(PROBE, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(self.failed(Failure::TooLong)),
        }
    }
}
