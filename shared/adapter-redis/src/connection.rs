use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ports::{Backend, Error, Outage, Probe, Result, Unavailable};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, RedisError, ScriptInvocation};
use tokio::sync::Mutex;

/// TO-1.
const TIMEOUT: Duration = Duration::from_millis(250);

/// The store of what is short-lived.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    /// Opened when it is first needed, and anew when it breaks; shared by all, since answers are matched to
    /// questions on one connection.
    connection: Mutex<Option<MultiplexedConnection>>,
    outage: Outage,
    members: AtomicU64,
}

impl Redis {
    /// The store at `redis://…`, or `rediss://…` with TLS. Nothing is opened yet.
    ///
    /// # Errors
    /// An address that can't be read; it is not in the error, since it may hold a password.
    pub fn new(url: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|_| unavailable("the cache's address can't be read"))?;
        let members = AtomicU64::new(std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), url));
        let outage = Outage::new(Backend::Cache);
        Ok(Self(Arc::new(Inner { client, connection: Mutex::default(), outage, members })))
    }

    /// A name for an entry that no other entry has, also of other processes.
    pub(crate) fn member(&self) -> String {
        format!("{:x}", self.0.members.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs a script. A connection that broke while nobody used it is replaced once.
    pub(crate) async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T> {
        let answer = match self.attempt(script).await {
            Err(error) if is_broken(&error) => self.attempt(script).await,
            other => other,
        };
        self.noted(answer)
    }

    async fn attempt<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> std::result::Result<T, RedisError> {
        let mut connection = self.connection().await?;
        let answer = script.invoke_async(&mut connection).await;
        if answer.as_ref().is_err_and(|error: &RedisError| is_broken(error) || error.is_timeout()) {
            *self.0.connection.lock().await = None;
        }
        answer
    }

    async fn connection(&self) -> std::result::Result<MultiplexedConnection, RedisError> {
        let mut shared = self.0.connection.lock().await;
        if let Some(connection) = &*shared {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connection = self.0.client.get_multiplexed_async_connection_with_config(&config).await?;
        *shared = Some(connection.clone());
        Ok(connection)
    }

    fn noted<T>(&self, answer: std::result::Result<T, RedisError>) -> Result<T> {
        match answer {
            Ok(value) => {
                self.0.outage.over();
                Ok(value)
            }
            Err(error) => {
                self.0.outage.noted(&error);
                Err(unavailable(error))
            }
        }
    }
}

/// A timeout is not among these: the server may be doing what it was asked.
fn is_broken(error: &RedisError) -> bool {
    error.is_connection_dropped()
        || error.is_connection_refusal()
        || (error.is_io_error() && !error.is_timeout())
}

fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Unavailable::new(Backend::Cache, source).into()
}

#[async_trait]
impl Probe for Redis {
    fn backend(&self) -> Backend {
        Backend::Cache
    }

    async fn probe(&self) -> Result<()> {
        let script = redis::Script::new("return 1");
        self.run::<i64>(&script.key("probe")).await.map(drop)
    }
}
