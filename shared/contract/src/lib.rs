//! What every adapter must do, whatever it is made of: one function a promise, over the ports alone.
//!
//! An adapter stamps the promises out as tests of its own, with an expression that gives each test a world:
//!
//! ```ignore
//! contract::store_tests!(stores().await);
//! contract::cache_tests!(cache().await);
//! ```
//!
//! Each test makes its own data under keys of chance, so that tests may run at once and in several processes.
//! Time comes in through the ports: nothing here sleeps. This crate knows no driver.
//!
//! To add a promise: a `pub async fn` in the port's module, named as a sentence, and its name in the list of
//! `list.rs`; a test there checks that none is forgotten.

mod cache;
pub mod catalogue;
/// Time and chance for the tests: the clock is moved by hand.
pub mod chance;
pub mod codes;
pub mod limits;
mod list;
pub mod made;
pub mod ratings;
pub mod removal;
pub mod reviews;
pub mod sessions;
/// The durable stores, and quick ways to fill them and to read them whole.
pub mod stores;
pub mod titles;
pub mod users;
pub mod walks;

pub use cache::Cache;
pub use stores::Stores;
#[doc(hidden)]
pub use tokio;
