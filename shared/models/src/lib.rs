//! The words of Prohod: what a title, a walk, a review and a person are, and which values they may have.
//!
//! This crate knows nothing of HTTP, of stores or of the clock. A value type has a private field and one way
//! in (`TryFrom` or `FromStr`); what it refuses it names with a [`Refusal`], which never holds the refused value.
//! Entities are plain structs, valid because their fields are; they are not `Serialize`: views and rows are made
//! at the edges.
//!
//! To add a value type: a file or a neighbour's file, `TryFrom<String>` with a [`Refusal`], a test at the foot,
//! and its line in `api::body` that lets bodies have it.

mod average;
mod email;
mod id;
mod page;
mod picture;
#[cfg(test)]
mod properties;
mod refusal;
mod review;
mod search;
mod secret;
mod text;
mod title;
mod user;
mod username;
mod walk;

pub use average::{Average, Rating};
pub use email::Email;
pub use id::{ReviewId, SessionId, TitleId, UserId, WalkId};
pub use page::{Order, Page, PageRequest, Position};
pub use picture::{Picture, PictureKind};
pub use refusal::{Format, Refusal};
pub use review::{FullReview, Review, ReviewSort, ReviewText};
pub use search::{Search, name_key, words};
pub use secret::{NewPassword, Password, TypedCode};
pub use title::{
    Change, Description, FieldChange, Name, ReleaseYear, ShortTitle, Title, TitleFields, TitleSort, TitleType,
};
pub use user::{About, Language, Link, LinkLabel, LinkUrl, Links, Role, ShortUser, Stats, User};
pub use username::Username;
pub use walk::{FullWalk, Walk, WalkState};
