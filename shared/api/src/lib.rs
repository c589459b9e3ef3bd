//! HTTP manners, the same in every function: how a body is read, how an error looks, what a page is, what is
//! logged, what goes into every response.
//!
//! This crate knows no store, no driver and no environment, and has no routes. A handler takes its arguments by
//! the extractors here ([`Path`], [`Query`], [`Json`], [`Upload`]) in the order in which the contract checks
//! them, and answers [`Error`] where it can't. To add an error: a variant of [`Error`], its line in `code`, its
//! texts in `texts`; the compiler asks for each.

mod body;
mod error;
mod faults;
mod json;
mod language;
mod layers;
mod openapi;
mod paging;
mod path;
pub mod pictures;
mod problem;
mod query;
mod request;
mod texts;
mod upload;
pub mod views;

pub use body::{Body, Json, Patch, Whole};
pub use error::{Error, Result, Weakness};
pub use faults::{Fault, FaultKind, Faults};
pub use language::Lang;
pub use layers::{Manners, with_manners};
pub use openapi::{document, refused};
pub use paging::{Cursor, PageQuery, PageView, Paged};
pub use path::{Path, PathId};
pub use problem::Problem;
pub use query::{FromQuery, NoQuery, Parameters, Query};
pub use request::{Client, Facts, Origin};
pub use texts::Texts;
pub use upload::Upload;
