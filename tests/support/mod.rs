//! What the tests are made with: a world of its own for each, people in it, and what they are answered.

mod answer;
mod clock;
mod letters;
mod people;
mod world;

pub use answer::Answer;
pub use clock::ManualClock;
pub use letters::{Letters, Sent};
pub use people::{Anybody, Person};
pub use world::World;

/// What a service's variable says, or a plain word that it is missing: a test that needs a service fails without.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
pub fn service(variable: &str) -> String {
    match std::env::var(variable) {
        Ok(value) if !value.is_empty() => value,
        _ => panic!("{variable} is not set: run the tests by `cargo dev test`"),
    }
}
