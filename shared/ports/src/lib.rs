//! What the functions need of the world, and nothing of how it is done.
//!
//! A port's method is one unit of work: it happens whole or not at all (only the deletion of an account or a
//! title may take several steps: repeated, it finishes). Absence is `Ok(None)`, a broken rule is a
//! [`Conflict`] that says which, everything else is [`Unavailable`] with its source. Stores invent no data: ids
//! and instants come in. Uniqueness is the adapter's, in the writing statement itself.
//!
//! This crate knows no driver, no HTTP and no environment. To add a port: a trait here, its promises as
//! functions of `contract`, an implementation in each adapter.

mod alerts;
mod clock;
mod codes;
mod deployment;
mod error;
mod images;
mod limits;
mod mail;
mod outage;
mod probe;
mod reviews;
mod sessions;
mod titles;
mod users;
mod walks;

pub use alerts::{Alert, AlertMemory, AlertRule, Counted, Notice, OperatorMail};
pub use clock::Clock;
pub use codes::{CodeHash, CodeSlot, Codes, Purpose};
pub use deployment::Deployment;
pub use error::{Backend, Conflict, Error, Owned, Result, Unavailable};
pub use images::{ImageError, Images};
pub use limits::{Backoff, Limits, Verdict, Window};
pub use mail::{Letter, Mail};
pub use outage::Outage;
pub use probe::Probe;
pub use reviews::{ReviewPatch, ReviewRef, Reviews};
pub use sessions::{LiveSession, NewSession, Rotated, Rotation, Session, SessionIds, Sessions, TokenHash};
pub use titles::{CoverSet, TitlePage, TitlePatch, TitleQuery, Titles};
pub use users::{AccountGone, AvatarSet, Credentials, EndSessions, NewUser, ProfilePatch, Users};
pub use walks::{WalkFilter, WalkRef, Walks};
