//! What the tests are made with: a world of its own for each, people in it, and what they are answered.

mod answer;
mod clock;
mod letters;
mod pages;
mod people;
mod pictures;
mod server;
mod store;
mod untouched;
mod world;

pub use answer::Answer;
pub use clock::ManualClock;
pub use letters::Letters;
pub use pages::next_page;
pub use people::{Anybody, Person};
pub use pictures::{BUCKET, MEDIA, kept, largest, photograph, picture, png, stored};
pub use server::Server;
pub use store::{Kept, Store, authority};
pub use world::{World, images};

/// A well-formed id that nothing has.
pub const ABSENT: &str = "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f";

/// What a service's variable says, or a plain word that it is missing: a test that needs a service fails without.
pub fn service(variable: &str) -> String {
    setting(variable).unwrap_or_else(|| panic!("{variable} is not set: run the tests by `cargo dev test`"))
}

/// What a variable says that may be left out.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
pub fn setting(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
