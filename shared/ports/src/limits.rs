use async_trait::async_trait;
use jiff::Timestamp;

use crate::Result;

/// So many times in so long, sliding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many times at the most, at least 1.
    pub count: u32,
    /// In how many seconds, at least 1.
    pub seconds: u32,
}

/// How failures at an account slow down the next try (BF-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Failures that are free, and in what time.
    pub free: Window,
    /// Seconds to wait after the first failure beyond; each further one doubles it.
    pub first_seconds: u32,
    /// The longest wait in seconds.
    pub most_seconds: u32,
    /// For how many seconds an address from which the account signed in has a bucket of its own.
    pub known_seconds: u32,
}

/// Whether something may be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// Not before so many seconds, at least 1.
    RetryAfter(u32),
}

/// Counters of what somebody did lately. Keys are opaque to the store.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Counts one more under `key`, unless the window is full. Atomic: of any number of calls at once, as many
    /// are allowed as have room.
    async fn take(&self, key: &str, window: Window, now: Timestamp) -> Result<Verdict>;

    /// Whether [`Limits::take`] would be allowed; counts nothing.
    async fn peek(&self, key: &str, window: Window, now: Timestamp) -> Result<Verdict>;

    /// Takes back one that [`Limits::take`] counted under `key` at `taken`; nothing where there is none.
    async fn give_back(&self, key: &str, taken: Timestamp) -> Result<()>;

    /// Before a password is checked: counts a failure in advance, so that parallel tries can't slip past, in
    /// the bucket of `(account, ip)` where the account signed in from `ip` before, else in the account's.
    /// Refused, and nothing counted, while that bucket waits.
    async fn login_begin(&self, account: &str, ip: &str, rule: &Backoff, now: Timestamp) -> Result<Verdict>;

    /// The password was right: the failures of the bucket are forgotten, and `ip` is remembered as known.
    async fn login_succeeded(&self, account: &str, ip: &str, rule: &Backoff, now: Timestamp) -> Result<()>;
}
