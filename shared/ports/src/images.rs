use async_trait::async_trait;
use bytes::Bytes;
use models::{Picture, PictureKind};

use crate::{Error, Result};

/// Why a picture was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Not a JPEG, PNG, WebP or GIF.
    #[error("not a picture of a known kind")]
    Unsupported,
    /// It claims to be one and can't be decoded, or is too large in pixels.
    #[error("the picture can't be read")]
    Unreadable,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Pictures: decoded, turned upright, re-encoded without metadata, and kept under keys that can't be guessed.
#[async_trait]
pub trait Images: Send + Sync {
    /// Makes the sizes of `kind` out of `upload` and stores them under `<folder>/<name>`.
    ///
    /// # Errors
    /// See [`ImageError`]; in each case nothing is left behind that anything points to.
    async fn put(
        &self,
        kind: PictureKind,
        name: &str,
        upload: Bytes,
    ) -> std::result::Result<Picture, ImageError>;

    /// Removes the objects of a picture; fine where they are gone.
    async fn remove(&self, picture: &Picture) -> Result<()>;
}
