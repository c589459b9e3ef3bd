use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use ports::{Backend, Error, Outage, Probe, Result, Unavailable};
use tokio::time::{Instant, sleep, timeout};

use crate::failure::{Answer, Failure};
use crate::meter::Meter;
use crate::tables::{self, Table};

/// What a unit of work may take in all, tries and pauses together: the handler has eight seconds.
const DEADLINE: Duration = Duration::from_secs(7);
/// What one call may take, with the SDK's own second try.
const CALL: Duration = Duration::from_millis(2_500);
const ATTEMPT: Duration = Duration::from_millis(1_200);
const CONNECT: Duration = Duration::from_millis(800);
const PROBE: Duration = Duration::from_secs(2);

/// Which tables, and over how many partitions a type's list is spread.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What stands before the tables' names, such as `prohod-`.
    pub prefix: String,
    /// How many partitions of each index hold the titles of one type, from 1. It may grow, never shrink: titles stay
    /// in the partition that they were added to.
    pub shards: u16,
}

/// Everything on DynamoDB: the durable ports, and codes and limits.
#[derive(Clone)]
pub struct DynamoDb(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) client: Client,
    prefix: String,
    pub(crate) shards: u16,
    pub(crate) backend: Backend,
    outage: Outage,
    pub(crate) meter: Option<Arc<Meter>>,
}

impl DynamoDb {
    /// The durable store.
    #[must_use]
    pub fn database(config: &SdkConfig, settings: &Settings) -> Self {
        Self::with(Builder::from(config), settings, Backend::Database, None)
    }

    /// The store of codes and counters: the same, over the same connections, which calls itself the cache when it
    /// fails.
    #[must_use]
    pub fn as_cache(&self) -> Self {
        Self(Arc::new(Inner {
            client: self.0.client.clone(),
            prefix: self.0.prefix.clone(),
            shards: self.0.shards,
            backend: Backend::Cache,
            outage: Outage::new(Backend::Cache),
            meter: self.0.meter.clone(),
        }))
    }

    /// What operators were mailed, on a table of its own beside any store.
    #[must_use]
    pub fn alert_memory(config: &SdkConfig, prefix: &str) -> Self {
        let settings = Settings { prefix: prefix.to_owned(), shards: 1 };
        Self::with(Builder::from(config), &settings, Backend::AlertMemory, None)
    }

    pub(crate) fn with(
        config: Builder,
        settings: &Settings,
        backend: Backend,
        meter: Option<Arc<Meter>>,
    ) -> Self {
        let patience = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(CALL)
            .build();
        let retries = RetryConfig::standard().with_max_attempts(2);
        let config = config.timeout_config(patience).retry_config(retries).build();
        Self(Arc::new(Inner {
            client: Client::from_conf(config),
            prefix: settings.prefix.clone(),
            shards: settings.shards.max(1),
            backend,
            outage: Outage::new(backend),
            meter,
        }))
    }

    /// Makes the tables of the store and of codes that are not there. For development and tests: a deployment's are
    /// the template's.
    ///
    /// # Errors
    /// The service does not answer.
    pub async fn make_tables(&self) -> Result<()> {
        let (client, all) = (&self.0.client, Table::ALL);
        let made = all.map(|table| async move { tables::make(client, &self.table(table), table).await });
        let made = futures::future::try_join_all(made).await;
        made.map(drop).map_err(|failure| self.failed(failure))
    }

    /// Makes the table of alerts, unless it is there. For development and tests as well.
    ///
    /// # Errors
    /// The service does not answer.
    pub async fn make_alert_table(&self) -> Result<()> {
        let made = tables::make(&self.0.client, &self.table(Table::Alerts), Table::Alerts).await;
        made.map_err(|failure| self.failed(failure))
    }

    /// Removes the tables with everything in them. For tests.
    ///
    /// # Errors
    /// The service does not answer.
    pub async fn drop_tables(&self) -> Result<()> {
        for table in Table::ALL {
            let dropped = self.0.client.delete_table().table_name(self.table(table)).send().await;
            dropped.map_err(|error| self.failed(Failure::of(&error)))?;
        }
        Ok(())
    }

    /// A table's name.
    pub(crate) fn table(&self, table: Table) -> String {
        format!("{}{}", self.0.prefix, table.name())
    }

    /// Runs a unit of work: whole, or not at all. It is tried again while others are faster and there is time.
    pub(crate) async fn unit<T, Work>(&self, work: impl Fn() -> Work) -> Result<T>
    where
        Work: Future<Output = Answer<T>>,
    {
        let until = Instant::now() + DEADLINE;
        for tries in 0.. {
            let failure = match timeout(until - Instant::now(), work()).await {
                Ok(Ok(done)) => {
                    self.0.outage.over();
                    return Ok(done);
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::TooLong,
            };
            let pause = pause(tries);
            if !failure.passes() || Instant::now() + pause >= until {
                return Err(self.failed(failure));
            }
            sleep(pause).await;
        }
        Err(self.failed(Failure::Overtaken))
    }

    fn failed(&self, failure: Failure) -> Error {
        let error = failure.into_error(self.0.backend);
        match &error {
            Error::Unavailable(Unavailable { source, .. }) => self.0.outage.noted(source),
            Error::Conflict(_) => self.0.outage.over(),
        }
        error
    }
}

/// A pause that doubles, of chance within its second half, so that those who collided do not collide again.
pub(crate) fn pause(tries: u32) -> Duration {
    let most = 8_u64 << tries.min(5);
    let chance = RandomState::new().hash_one(tries);
    Duration::from_millis(most / 2 + chance % (most / 2))
}

#[async_trait]
impl Probe for DynamoDb {
    fn backend(&self) -> Backend {
        self.0.backend
    }

    async fn probe(&self) -> Result<()> {
        let table = if self.0.backend == Backend::Cache { Table::Codes } else { Table::Users };
        let key = crate::item::Key::of(table, "probe");
        let asked = self.unit(|| async { self.get(&key).await.map(drop) });
        match timeout(PROBE, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(self.failed(Failure::TooLong)),
        }
    }
}
