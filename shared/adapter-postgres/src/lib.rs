//! The durable store on Postgres: people, sessions, titles, walks and reviews.
//!
//! Every statement is unnamed and its parameters carry their types: one round trip, and nothing is left behind on
//! a connection that a pooler may give to somebody else next (DB-4). A unit of work is one statement wherever one
//! can do it, else one transaction; it is tried again whole where that helps ([`Postgres`] does that for all).
//! Ownership and uniqueness are in the statement that writes. Locks are taken in one order everywhere: person,
//! session, walk or review, title.
//!
//! This crate knows no HTTP and no environment. To add a method: its statement as a constant next to it, of
//! literals and bound values alone, and a promise in `contract`. To change the schema: another file in
//! `migrations/`; those that were released stay as they are.

mod connect;
mod connection;
mod failure;
mod load;
mod migrate;
mod params;
mod postgres;
mod reviews;
mod role;
mod rows;
mod sessions;
mod settings;
#[cfg(feature = "testing")]
pub mod testing;
mod titles;
mod users;
mod walks;

pub use load::{Loader, SeedUser};
pub use migrate::{MigrationError, migrate};
pub use postgres::Postgres;
pub use role::{RoleError, make_role};
pub use settings::{PasswordError, PasswordSource, Settings, SettingsError};
