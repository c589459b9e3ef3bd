//! What the functions run on: the only reader of the environment, the only opener of connections.
//!
//! A function's program hands [`run`] an assembly that opens just the backends it uses, each by a method of its
//! own, so that the binary links and the template grants no more. To add a setting: a field of [`Settings`] with
//! its variable and its default; to add a backend: a method of [`Platform`].

mod alerts;
mod backends;
mod clock;
mod deployment;
mod logging;
mod serve;
mod settings;

pub use adapter_postgres::{Loader, SeedUser};
pub use alerts::AlertBackends;
pub use backends::{Cache, Database, MailService};
pub use clock::SystemClock;
pub use deployment::AwsDeployment;
pub use logging::{start_logging, start_logging_followed};
pub use serve::{Assemble, Failure, origin, run, run_events};
pub use settings::{Settings, VARIABLES};

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use adapter_dynamodb::DynamoDb;
use api::Manners;
use api::views::MediaUrl;
use auth::{CodeMaker, Confirm, Gate, Hasher, HashingPlace, KeyRing, PasswordPolicy, Signer, Verifier};
use ports::Clock;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use deployment::Secrets;

/// A process's settings and clock, and what is made of them alone.
pub struct Platform {
    function: &'static str,
    settings: Settings,
    clock: Arc<dyn Clock>,
    place: HashingPlace,
    connections: usize,
    dynamodb: OnceLock<DynamoDb>,
    secrets: OnceCell<Secrets>,
    opening: Mutex<Vec<JoinHandle<()>>>,
}

impl Platform {
    /// The platform of a Lambda function: one request at a time, so one connection and hashes in place.
    ///
    /// # Errors
    /// Where a variable is missing or wrong; secrets are not in the error.
    pub fn of_function(function: &'static str) -> anyhow::Result<Self> {
        Ok(Self::new(function, Settings::read()?, HashingPlace::InPlace, 1))
    }

    /// The platform of a process that serves all functions: a pool, and as many hashes at once as there are cores.
    ///
    /// # Errors
    /// Where a variable is missing or wrong; secrets are not in the error.
    pub fn of_one_process() -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let settings = Settings::read()?;
        anyhow::ensure!(!settings.public_url.is_empty(), "PUBLIC_URL is not set");
        Ok(Self::new("local", settings, HashingPlace::Threads(cores), 16))
    }

    fn new(function: &'static str, settings: Settings, place: HashingPlace, connections: usize) -> Self {
        Self {
            function,
            settings,
            clock: Arc::new(SystemClock),
            place,
            connections,
            dynamodb: OnceLock::new(),
            secrets: OnceCell::new(),
            opening: Mutex::default(),
        }
    }

    /// Time and chance.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where pictures are served.
    #[must_use]
    pub fn media(&self) -> MediaUrl {
        MediaUrl(self.settings.media_url.clone().into())
    }

    /// What is asked of new passwords.
    #[must_use]
    pub const fn policy(&self) -> PasswordPolicy {
        PasswordPolicy { min_chars: self.settings.password_min_chars }
    }

    /// Checks access tokens.
    ///
    /// # Errors
    /// Where the public keys can't be read.
    pub fn verifier(&self) -> anyhow::Result<Arc<Verifier>> {
        Ok(Arc::new(Verifier::new(self.settings.public_keys()?, &self.settings.jwt_issuer)?))
    }

    /// Makes access tokens; the auth function alone has the keys. A key that is in the secret already and not in this
    /// deployment's set yet does not sign.
    ///
    /// # Errors
    /// Where there is no signing key that the set knows, or one can't be read.
    pub async fn signer(&self) -> anyhow::Result<Arc<Signer>> {
        let ring = KeyRing::parse(self.secrets().await?.signing_key()?)?;
        let ring = ring.known_to(self.settings.public_keys()?)?;
        Ok(Arc::new(Signer::new(&ring, &self.settings.jwt_issuer)?))
    }

    /// Makes and checks password hashes.
    ///
    /// # Errors
    /// Where there is no pepper (PW-1: never taken for a wrong password).
    pub async fn hasher(&self) -> anyhow::Result<Arc<Hasher>> {
        Ok(Arc::new(Hasher::new(self.secrets().await?.pepper()?, self.place, &*self.clock)?))
    }

    /// Makes mailed codes.
    ///
    /// # Errors
    /// Where there is no pepper.
    pub async fn code_maker(&self) -> anyhow::Result<Arc<CodeMaker>> {
        Ok(Arc::new(CodeMaker::new(self.secrets().await?.pepper()?)))
    }

    /// Checks who calls.
    ///
    /// # Errors
    /// Where the public keys can't be read.
    pub fn gate(&self, database: &Database, cache: &Cache) -> anyhow::Result<Arc<Gate>> {
        let (sessions, limits) = (database.sessions.clone(), cache.limits.clone());
        Ok(Arc::new(Gate::new(self.verifier()?, sessions, limits, self.clock(), self.settings.rules.clone())))
    }

    /// Checks passwords.
    ///
    /// # Errors
    /// Where there is no pepper.
    pub async fn confirm(
        &self,
        database: &Database,
        cache: &Cache,
        gate: &Arc<Gate>,
    ) -> anyhow::Result<Arc<Confirm>> {
        Ok(Arc::new(Confirm {
            users: database.users.clone(),
            limits: cache.limits.clone(),
            hasher: self.hasher().await?,
            pepper: self.secrets().await?.pepper()?.clone(),
            clock: self.clock(),
            gate: gate.clone(),
        }))
    }

    /// Begins to open a connection beside whatever else a start has to do.
    fn open(&self, opening: impl Future<Output = ports::Result<()>> + Send + 'static) {
        let opening = tokio::spawn(async {
            if let Err(error) = opening.await {
                tracing::warn!(event = "not_warm", %error, "the first request opens the connection");
            }
        });
        self.opening().push(opening);
    }

    /// Waits for what [`Platform::database`] and [`Platform::cache`] began to open; that it failed is logged. Before the
    /// first request is asked for: a start has a whole processor on Lambda, and a request a share of one.
    pub async fn opened(&self) {
        let opening = std::mem::take(&mut *self.opening());
        for connection in opening {
            // That it panicked is logged where panics are.
            let _ = connection.await;
        }
    }

    fn opening(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The manners that every response has.
    #[must_use]
    pub fn manners(&self) -> Manners {
        Manners {
            function: self.function,
            public_url: self.settings.public_url.clone(),
            cors_origins: self.settings.cors_origins.clone(),
            clock: self.clock(),
        }
    }
}
