//! Everything on DynamoDB: the durable stores, codes and counters; and, beside any store, what operators were mailed.
//!
//! Six tables with named keys ([`tables`]), and one of alerts; one request reads one collection. A port's method is a unit of work
//! ([`DynamoDb::unit`]) that looks, then writes in one transaction on condition that what it saw is still so; who was
//! overtaken looks again, with jitter, until the deadline. What an adapter's method reads to write by is read
//! strongly; an index never is, so nothing is decided by one alone.
//!
//! - Uniqueness is a lock item in the same transaction: of an address, of a name, of a title's place. A person's walk
//!   on a title, and review of it, are unique by their key.
//! - Whoever hangs something on a title or a person counts it there in the same transaction. So a deletion marks its
//!   head first, which keeps anything new away, and takes the head last, when nothing is counted any more.
//! - What `ttl` forgets is also checked by its own instant on reading: the service lags by days.
//!
//! To add a list: the attributes of its index in `records`, the index in `tables` and in the deployment's template.

mod alerts;
mod calls;
mod codes;
mod counts;
mod dynamo;
mod entries;
mod failure;
mod item;
mod limits;
mod logins;
mod lookup;
mod meter;
mod people;
mod postings;
mod records;
mod reviews;
mod sessions;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod titles;
mod users;
mod walks;
mod write;

pub use dynamo::{DynamoDb, Settings};
pub use meter::{Consumed, Meter};
