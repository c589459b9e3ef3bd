use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;

use crate::{Error, Result};

/// The types that a picture may say it is.
const TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// A picture as the body, up to 4 MiB. What it says it is must be one of [`TYPES`]; what it is, decoding tells.
#[derive(Debug)]
pub struct Upload(pub Bytes);

impl Upload {
    /// The largest picture, in bytes (IMG-2).
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, _state: &S) -> Result<Self> {
        let query = request.uri().query().map(str::to_owned);
        let claimed =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = TYPES
            .contains(&claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str());
        let bytes = crate::body::whole_body(request, Self::MAX_BYTES).await?;
        if !known {
            return Err(Error::UnsupportedMediaType);
        }
        crate::query::none(query.as_deref())?;
        Ok(Self(bytes))
    }
}
