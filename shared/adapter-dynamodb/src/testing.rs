//! Tables for tests: fresh ones each, gone at their end.
//!
//! They are in this process, unless `AWS_ENDPOINT_URL_DYNAMODB` names a service: then they are there, under names of
//! their own, with the region and the credentials that the environment gives.

mod audit;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
    SharedCredentialsProvider,
};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::SdkConfig;
use ports::Backend;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::item::{Item, Key};
use crate::tables::Table;
use crate::{DynamoDb, Meter, Settings};

/// Names the service.
pub const VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// Tables of a test's own, with nothing in them. They go when this is dropped, also when the test fails.
pub struct TestTables {
    /// Where they are.
    pub config: SdkConfig,
    /// Which they are.
    pub settings: Settings,
    /// The service in this process, which ends when this is dropped.
    _ours: Option<oneshot::Sender<()>>,
}

impl TestTables {
    /// Makes the tables; a type's titles are spread over so many partitions.
    ///
    /// # Panics
    /// The service does not do what is asked: the test fails, and is never skipped.
    pub async fn new(shards: u16) -> Self {
        let (config, ours) = match named() {
            Some(config) => (config, None),
            None => in_process().await,
        };
        let settings = Settings { prefix: format!("prohod-test-{}-", unique()), shards };
        let tables = Self { config, settings, _ours: ours };
        tables.store().make_tables().await.expect("tables");
        tables
    }

    /// The durable store on these tables.
    #[must_use]
    pub fn store(&self) -> DynamoDb {
        DynamoDb::database(&self.config, &self.settings)
    }

    /// The durable store, whose calls are metered.
    #[must_use]
    pub fn metered(&self, meter: Arc<Meter>) -> DynamoDb {
        DynamoDb::with(Builder::from(&self.config), &self.settings, Backend::Database, Some(meter))
    }

    /// The durable store, whose connection is cut after so many calls.
    #[must_use]
    pub fn store_that_stops(&self, calls: u32) -> DynamoDb {
        let config = Builder::from(&self.config).interceptor(Stop { left: AtomicU32::new(calls) });
        DynamoDb::with(config, &self.settings, Backend::Database, None)
    }

    /// The durable store; to the call after so many it is answered once that the service failed, though all was done.
    #[must_use]
    pub fn store_that_mishears(&self, calls: u32) -> DynamoDb {
        let config = Builder::from(&self.config).interceptor(Mishear { left: AtomicU32::new(calls) });
        DynamoDb::with(config, &self.settings, Backend::Database, None)
    }

    /// What operators were mailed, on a table beside these.
    ///
    /// # Panics
    /// The service does not do what is asked.
    pub async fn alert_memory(&self) -> DynamoDb {
        let memory = DynamoDb::alert_memory(&self.config, &self.settings.prefix);
        memory.make_alert_table().await.expect("a table");
        memory
    }

    /// The address of the service.
    ///
    /// # Panics
    /// Never: it is always named.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.config.endpoint_url().expect("an address")
    }

    /// Every item, as its table and key with slashes between, and its attributes; in order.
    ///
    /// # Panics
    /// The service does not do what is asked.
    pub async fn items(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for table in Table::ALL {
            for item in self.of(table).await {
                let key = Key::of_item(table, &item).expect("a key");
                let parts = [table.name().to_owned(), key.id].into_iter().chain(key.part);
                all.insert(parts.collect::<Vec<_>>().join("/"), plain(&AttributeValue::M(item)));
            }
        }
        all
    }

    async fn of(&self, table: Table) -> Vec<Item> {
        let store = self.store();
        let scan = store.0.client.scan().table_name(store.table(table)).consistent_read(true);
        let items = scan.into_paginator().items().send();
        items.collect::<Result<Vec<_>, _>>().await.expect("items")
    }

    /// Takes the people away as an outage does, and gives back what brings them again.
    ///
    /// # Panics
    /// The service does not do what is asked.
    pub async fn take_users(&self) -> Taken {
        let store = self.store();
        let taken = Taken(self.of(Table::Users).await);
        let gone = store.0.client.delete_table().table_name(store.table(Table::Users)).send().await;
        gone.expect("a table less");
        taken
    }

    /// The people are there again.
    ///
    /// # Panics
    /// The service does not do what is asked.
    pub async fn give_users(&self, taken: Taken) {
        let store = self.store();
        store.make_tables().await.expect("tables");
        store.put_all(taken.0.into_iter().map(|item| (Table::Users, item))).await.expect("people");
    }
}

/// Lets so many calls through.
#[derive(Debug)]
struct Stop {
    left: AtomicU32,
}

impl Intercept for Stop {
    fn name(&self) -> &'static str {
        "stop"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _runtime: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let next = |left: u32| left.checked_sub(1);
        let let_through = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        let_through.map(drop).map_err(|_| "the connection is cut".into())
    }
}

/// Spoils one answer, after so many good ones.
#[derive(Debug)]
struct Mishear {
    left: AtomicU32,
}

impl Intercept for Mishear {
    fn name(&self) -> &'static str {
        "mishear"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _runtime: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // It wraps round after the one that is spoilt, and never comes to nothing again.
        if self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            *context.response_mut().status_mut() = 500_u16.try_into()?;
        }
        Ok(())
    }
}

/// People who are away.
pub struct Taken(Vec<Item>);

impl Drop for TestTables {
    /// On a thread of its own: the test's runtime may be gone, or busy failing.
    fn drop(&mut self) {
        let (None, settings) = (&self._ours, self.settings.clone()) else { return };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let config = named().expect("the service");
                let store = DynamoDb::database(&config, &settings);
                // Few tests have one.
                let _ = store.0.client.delete_table().table_name(store.table(Table::Alerts)).send().await;
                store.drop_tables().await
            })
        });
        // Tables left behind are no reason to fail a test.
        let _ = dropping.join();
    }
}

#[expect(clippy::disallowed_methods, reason = "names of tables, not ids of records")]
fn unique() -> String {
    Uuid::new_v4().simple().to_string()
}

/// The service that the environment names.
#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn named() -> Option<SdkConfig> {
    Some(at(std::env::var(VARIABLE).ok()?))
}

/// A service that asks nobody who they are.
pub fn at(endpoint: String) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

/// A service of the test's own, on a thread of its own: the test may block while it waits for a process.
async fn in_process() -> (SdkConfig, Option<oneshot::Sender<()>>) {
    let (ours, ended) = oneshot::channel::<()>();
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
            tell.send(listener.local_addr().expect("an address")).expect("somebody who waits");
            let database = dynoxide::Database::memory().expect("a database");
            // Connections that are kept alive are not waited for.
            tokio::select! {
                served = dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()) => {
                    served.expect("a service");
                }
                _ = ended => {}
            }
        });
    });
    let address = told.await.expect("an address");
    (at(format!("http://{address}")), Some(ours))
}

/// A value as a text that is the same each time.
fn plain(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            let sorted: BTreeMap<_, _> = map.iter().map(|(name, value)| (name, plain(value))).collect();
            format!("{sorted:?}")
        }
        AttributeValue::L(list) => format!("{:?}", list.iter().map(plain).collect::<Vec<_>>()),
        AttributeValue::Ss(set) => format!("{:?}", set.iter().collect::<BTreeSet<_>>()),
        other => format!("{other:?}"),
    }
}
