//! Codes and counters in Redis or Valkey, also where it is a cluster (ElastiCache Serverless always is).
//!
//! What decides is one script that touches keys of one hash tag, so that it is atomic and never crosses slots.
//! Every key has a TTL, since that cache evicts only such; whether something has expired is decided by the instant
//! that comes in, never by the TTL. Passwords, codes and addresses never reach it, only keyed digests.
//!
//! This crate knows no HTTP and no environment. To add an operation: its script under `scripts/`, its promise in
//! `contract`.

mod codes;
mod connection;
mod credentials;
mod limits;
mod script;

pub use connection::Redis;
pub use credentials::{Credentials, NoCredentials};

use jiff::Timestamp;

/// Instants in scripts are milliseconds since 1970.
fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}
