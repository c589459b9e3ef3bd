//! Tables for tests: fresh ones each, gone at their end.
//!
//! They are in this process, unless `AWS_ENDPOINT_URL_DYNAMODB` names a service: then they are there, under names of
//! their own, with the region and the credentials that the environment gives.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{DynamoDb, Settings};

/// Names the service.
pub const VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// Tables of a test's own, with nothing in them. They go when this is dropped, also when the test fails.
pub struct TestTables {
    /// Where they are.
    pub config: SdkConfig,
    /// Which they are.
    pub settings: Settings,
    /// In this process they go with the test's runtime.
    elsewhere: bool,
}

impl TestTables {
    /// Makes the tables; a type's titles are spread over so many partitions.
    ///
    /// # Panics
    /// The service does not do what is asked: the test fails, and is never skipped.
    pub async fn new(shards: u16) -> Self {
        let elsewhere = is_elsewhere();
        let config = if elsewhere { named().await } else { in_process().await };
        let settings = Settings { prefix: format!("prohod-test-{}-", unique()), shards };
        let tables = Self { config, settings, elsewhere };
        tables.store().make_tables().await.expect("tables");
        tables
    }

    /// The durable store on these tables.
    #[must_use]
    pub fn store(&self) -> DynamoDb {
        DynamoDb::database(&self.config, &self.settings)
    }

    /// The address of the service.
    ///
    /// # Panics
    /// Never: it is always named.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.config.endpoint_url().map(ToOwned::to_owned).expect("an address")
    }
}

impl Drop for TestTables {
    /// On a thread of its own: the test's runtime may be gone, or busy failing.
    fn drop(&mut self) {
        if !self.elsewhere {
            return;
        }
        let settings = self.settings.clone();
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime
                .expect("a runtime")
                .block_on(async { DynamoDb::database(&named().await, &settings).drop_tables().await })
        });
        // Tables left behind are no reason to fail a test.
        let _ = dropping.join();
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn endpoint() -> Option<String> {
    std::env::var(VARIABLE).ok()
}

fn is_elsewhere() -> bool {
    endpoint().is_some()
}

#[expect(clippy::disallowed_methods, reason = "names of tables, not ids of records")]
fn unique() -> String {
    Uuid::new_v4().simple().to_string()
}

async fn named() -> SdkConfig {
    let config = aws_config::defaults(BehaviorVersion::latest());
    config.endpoint_url(endpoint().expect("an address")).load().await
}

/// A service of the test's own, which ends with the test's runtime.
async fn in_process() -> SdkConfig {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let database = dynoxide::Database::memory().expect("a database");
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(format!("http://{address}"))
        .load()
        .await
}
