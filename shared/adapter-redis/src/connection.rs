use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ports::{Backend, Error, Outage, Probe, Result, Unavailable};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, RedisError, RedisResult};
use tokio::sync::Mutex;

use crate::credentials::Credentials;
use crate::script::{Call, Script};

/// TO-1: for an answer.
const ANSWER: Duration = Duration::from_millis(250);
/// For a connection, with its TLS handshake.
const CONNECT: Duration = Duration::from_millis(500);
/// For everything, with the wait for a connection that somebody else is opening: callers must not queue up behind
/// a server that takes connections and says nothing.
const WHOLE: Duration = Duration::from_millis(750);

/// The store of what is short-lived.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    credentials: Option<Arc<dyn Credentials>>,
    shared: Mutex<Shared>,
    outage: Outage,
    members: AtomicU64,
}

/// The connection, opened when it is first needed, and anew when it breaks; shared by all, since answers are matched
/// to questions on one connection.
#[derive(Default)]
struct Shared {
    connection: Option<MultiplexedConnection>,
    /// Which one it is, counted: who finds an old one broken must not throw away the new one.
    number: u64,
}

impl Redis {
    /// The store at `redis://…`, or `rediss://…` with TLS. Nothing is opened yet.
    ///
    /// # Errors
    /// An address that can't be read; it is not in the error, since it may hold a password.
    pub fn new(url: &str) -> Result<Self> {
        Self::open(url, None)
    }

    /// As [`Redis::new`], with credentials that are asked for whenever a connection is opened.
    ///
    /// # Errors
    /// An address that can't be read; it is not in the error, since it may hold a password.
    pub fn with_credentials(url: &str, credentials: Arc<dyn Credentials>) -> Result<Self> {
        Self::open(url, Some(credentials))
    }

    fn open(url: &str, credentials: Option<Arc<dyn Credentials>>) -> Result<Self> {
        // Said outright: the driver panics where it finds no provider of cryptography, or two. One that was chosen
        // before is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::open(url).map_err(|_| unavailable("the cache's address can't be read"))?;
        let members = AtomicU64::new(std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), url));
        let (shared, outage) = (Mutex::default(), Outage::new(Backend::Cache));
        Ok(Self(Arc::new(Inner { client, credentials, shared, outage, members })))
    }

    /// A name for an entry or a claim that no other has, also of other processes.
    pub(crate) fn member(&self) -> String {
        format!("{:x}", self.0.members.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs a script. A connection that broke is replaced once; it may have broken after the script ran, so that what may
    /// not be done twice has a name of its own in its arguments, by which the script knows it again.
    pub(crate) async fn run<T: FromRedisValue>(&self, call: &Call<'_>) -> Result<T> {
        let answer = tokio::time::timeout(WHOLE, async {
            match self.attempt(call).await {
                Err(error) if is_broken(&error) => self.attempt(call).await,
                other => other,
            }
        });
        let too_late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
        self.noted(answer.await.unwrap_or_else(too_late))
    }

    async fn attempt<T: FromRedisValue>(&self, call: &Call<'_>) -> RedisResult<T> {
        let (mut connection, number) = self.connection().await?;
        let answer = call.run(&mut connection).await;
        if answer.is_err() {
            // Whatever it was, the next call opens another: a failover leaves this one at a server that only reads.
            self.forget(number).await;
        }
        answer
    }

    async fn connection(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut shared = self.0.shared.lock().await;
        if let Some(connection) = &shared.connection {
            return Ok((connection.clone(), shared.number));
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        let client = self.client().await?;
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        shared.number += 1;
        shared.connection = Some(connection.clone());
        Ok((connection, shared.number))
    }

    async fn client(&self) -> RedisResult<Client> {
        let Some(credentials) = &self.0.credentials else {
            return Ok(self.0.client.clone());
        };
        let (user, password) = credentials.now().await.map_err(|error| {
            RedisError::from((ErrorKind::AuthenticationFailed, "no credentials", error.to_string()))
        })?;
        let info = self.0.client.get_connection_info().clone();
        let settings = info.redis_settings().clone().set_username(user).set_password(password);
        Client::open(info.set_redis_settings(settings))
    }

    async fn forget(&self, number: u64) {
        let mut shared = self.0.shared.lock().await;
        if shared.number == number {
            shared.connection = None;
        }
    }

    fn noted<T>(&self, answer: RedisResult<T>) -> Result<T> {
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
        let script = Script::new("return 1");
        self.run::<i64>(script.call().key("probe".to_owned())).await.map(drop)
    }
}
