use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use models::Refusal;

use crate::Error;

/// The one parameter of a path. One that is malformed names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

/// What can stand in a path.
pub trait PathId: FromStr<Err = Refusal> {}

impl PathId for models::TitleId {}
impl PathId for models::WalkId {}
impl PathId for models::ReviewId {}
impl PathId for models::SessionId {}

impl<T: PathId, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::NotFound)?;
        let (_, value) = params.iter().next().ok_or(Error::NotFound)?;
        value.parse().map(Self).map_err(|_| Error::NotFound)
    }
}
