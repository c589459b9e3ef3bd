use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use api::{Client, Error, Facts, Result};
use axum::extract::{FromRef, FromRequestParts};
use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use models::{Role, SessionId, UserId};
use ports::{Clock, Limits, LiveSession, Sessions, Verdict, Window};
use tokio::try_join;

use crate::{Rules, TokenError, Verifier};

/// How long a session that was seen alive counts as alive without asking (SES-1).
const CACHED: SignedDuration = SignedDuration::from_secs(5);
/// How many sessions are remembered at the most before the old ones are forgotten.
const CACHE_SIZE: usize = 10_000;

/// What stands before every endpoint that is not open: the token's check, the session's, and the limits.
pub struct Gate {
    verifier: Arc<Verifier>,
    sessions: Arc<dyn Sessions>,
    limits: Arc<dyn Limits>,
    clock: Arc<dyn Clock>,
    rules: Rules,
    seen: Mutex<HashMap<SessionId, (LiveSession, Timestamp)>>,
}

/// The caller, with a good token of a session that lives.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
    /// What they may do.
    pub role: Role,
}

/// The caller, about to write: within the limit of writes.
#[derive(Debug, Clone)]
pub struct Writer(pub SignedIn);

/// A client that may still get passwords wrong.
#[derive(Debug, Clone)]
pub struct Confirmer(pub Client);

/// The caller, about to upload a picture: within the limits of writes and uploads.
#[derive(Debug, Clone)]
pub struct Uploader(pub SignedIn);

/// The caller, about to delete a title: within the limits of writes and of such deletions.
#[derive(Debug, Clone)]
pub struct TitleDeleter(pub SignedIn);

impl Gate {
    /// A gate with nothing remembered.
    pub fn new(
        verifier: Arc<Verifier>,
        sessions: Arc<dyn Sessions>,
        limits: Arc<dyn Limits>,
        clock: Arc<dyn Clock>,
        rules: Rules,
    ) -> Self {
        Self { verifier, sessions, limits, clock, rules, seen: Mutex::default() }
    }

    /// The rules that hold here.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Checks the token of a request and that its session lives.
    ///
    /// # Errors
    /// `TokenMissing`, `TokenInvalid`, `TokenExpired`; `Unavailable` where the session can't be looked up.
    pub async fn check(&self, parts: &Parts) -> Result<SignedIn> {
        let jwt = bearer(parts)?;
        let now = self.clock.now();
        let facts = self.verifier.verify(jwt, now).map_err(|error| match error {
            TokenError::Invalid => Error::TokenInvalid,
            TokenError::Expired => Error::TokenExpired,
        })?;
        let live = self.live(facts.session_id, now).await?.ok_or(Error::TokenInvalid)?;
        if live.user_id != facts.user_id {
            return Err(Error::TokenInvalid);
        }
        if let Some(noted) = parts.extensions.get::<Facts>() {
            noted.signed_in(live.user_id);
        }
        Ok(SignedIn { user_id: live.user_id, session_id: facts.session_id, role: live.role })
    }

    async fn live(&self, id: SessionId, now: Timestamp) -> Result<Option<LiveSession>> {
        let known = self.lock().get(&id).filter(|(_, seen)| now.duration_since(*seen) < CACHED).cloned();
        if let Some((live, _)) = known {
            return Ok(Some(live));
        }
        let live = self.sessions.find(id, now).await?;
        let mut seen = self.lock();
        match &live {
            Some(live) => {
                if seen.len() >= CACHE_SIZE {
                    seen.retain(|_, (_, at)| now.duration_since(*at) < CACHED);
                }
                seen.insert(id, (live.clone(), now));
            }
            None => drop(seen.remove(&id)),
        }
        Ok(live)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, (LiveSession, Timestamp)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more under `key`. Without an answer from the cache it may be done: limits by person and that
    /// of refreshes fail open (DEG-2); the adapter logs the outage.
    async fn limit_open(&self, key: &str, window: Window) -> Result<()> {
        match self.limits.take(key, window, self.clock.now()).await {
            Ok(verdict) => allowed(verdict),
            Err(_) => Ok(()),
        }
    }

    async fn limit_user(&self, what: &str, user: UserId, window: Window) -> Result<()> {
        self.limit_open(&format!("{what}:{user}"), window).await
    }

    /// Counts one more refresh from an IP; goes on without the cache.
    ///
    /// # Errors
    /// `TooManyRequests`.
    pub async fn limit_refresh(&self, client: &Client) -> Result<()> {
        self.limit_open(&client_key("refreshes", client), self.rules.ip_refreshes).await
    }

    /// Counts one more login from an IP, which may still get passwords wrong. Also one that is refused for those counts.
    ///
    /// # Errors
    /// `TooManyRequests`, `Unavailable`.
    pub async fn limit_login(&self, client: &Client) -> Result<()> {
        // At once: neither waits for the other's way to the cache and back.
        let failed = self.check_client("failed_logins", client, self.rules.ip_failed_logins);
        try_join!(failed, self.limit_client("logins", client, self.rules.ip_logins)).map(drop)
    }

    /// Counts one more of what is done from an IP. Without an answer from the cache it may not be done: these
    /// limits fail closed (DEG-2). What turns out not to count may be given back.
    ///
    /// # Errors
    /// `TooManyRequests`, `Unavailable`.
    pub async fn limit_client(&self, what: &str, client: &Client, window: Window) -> Result<Taken> {
        let taken = Taken { key: client_key(what, client), at: self.clock.now() };
        allowed(self.limits.take(&taken.key, window, taken.at).await?)?;
        Ok(taken)
    }

    /// Takes back what [`Gate::limit_client`] counted. Where the cache does not answer, it stays counted.
    pub async fn give_back(&self, taken: Taken) {
        if let Err(error) = self.limits.give_back(&taken.key, taken.at).await {
            tracing::warn!(event = "limit_kept", %error, "what does not count was counted");
        }
    }

    /// As [`Gate::limit_client`], without counting.
    ///
    /// # Errors
    /// `TooManyRequests`, `Unavailable`.
    pub async fn check_client(&self, what: &str, client: &Client, window: Window) -> Result<()> {
        allowed(self.limits.peek(&client_key(what, client), window, self.clock.now()).await?)
    }
}

/// One that was counted.
#[derive(Debug)]
pub struct Taken {
    key: String,
    at: Timestamp,
}

fn client_key(what: &str, client: &Client) -> String {
    format!("{what}:{}", client.network())
}

fn allowed(verdict: Verdict) -> Result<()> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::RetryAfter(seconds) => Err(Error::TooManyRequests(seconds)),
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750, 2.1). Another scheme is no token at all.
fn bearer(parts: &Parts) -> Result<&str> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Error::TokenMissing)?;
    if values.next().is_some() {
        return Err(Error::TokenInvalid);
    }
    let value = value.to_str().map_err(|_| Error::TokenInvalid)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Error::TokenMissing) }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Arc<Gate>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        Arc::<Gate>::from_ref(state).check(parts).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Writer
where
    Arc<Gate>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let gate = Arc::<Gate>::from_ref(state);
        let caller = gate.check(parts).await?;
        gate.limit_user("writes", caller.user_id, gate.rules.user_writes).await?;
        Ok(Self(caller))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Confirmer
where
    Arc<Gate>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let gate = Arc::<Gate>::from_ref(state);
        let client = Client::of(parts);
        gate.check_client("failed_logins", &client, gate.rules.ip_failed_logins).await?;
        Ok(Self(client))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Uploader
where
    Arc<Gate>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Writer(caller) = Writer::from_request_parts(parts, state).await?;
        let gate = Arc::<Gate>::from_ref(state);
        gate.limit_user("uploads", caller.user_id, gate.rules.user_uploads).await?;
        Ok(Self(caller))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TitleDeleter
where
    Arc<Gate>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Writer(caller) = Writer::from_request_parts(parts, state).await?;
        let gate = Arc::<Gate>::from_ref(state);
        gate.limit_user("title_deletions", caller.user_id, gate.rules.user_title_deletions).await?;
        Ok(Self(caller))
    }
}
