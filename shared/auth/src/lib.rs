//! Who somebody is: passwords, mailed codes, tokens, and the [`SignedIn`] extractor that makes being signed in a
//! type in a handler's signature. No routes, no store: it works on the ports.
//!
//! To add an extractor with a limit of its own: a rule in [`Rules`], a newtype beside [`Writer`].

mod codes;
mod confirm;
mod gate;
mod keys;
mod limits;
mod passwords;
mod pepper;
mod refresh;
mod ring;
mod strength;
#[cfg(test)]
mod tests_support;
mod threads;
mod tokens;

pub use codes::{CODE_TRIES, CODE_VALIDITY, CodeMaker, MadeCode};
pub use confirm::Confirm;
pub use gate::{Confirmer, Gate, SignedIn, Taken, TitleDeleter, Uploader, Writer};
pub use keys::{KeyMaterial, generate};
pub use limits::Rules;
pub use passwords::{Hasher, HashingPlace, Verified};
pub use pepper::Pepper;
pub use refresh::RefreshToken;
pub use ring::KeyRing;
pub use strength::{PasswordPolicy, Subject};
pub use tokens::{AccessToken, Signer, TokenError, TokenFacts, Verifier};
