//! Storing an uploaded picture and letting go of a replaced one, the same for avatars and covers.

use bytes::Bytes;
use models::{Picture, PictureKind};
use ports::{Clock, ImageError, Images};

use crate::{Error, Result};

/// Stores an upload under a name that can't be guessed (IMG-4).
///
/// # Errors
/// `UnsupportedMediaType`, `UnreadableImage`, `Unavailable`.
pub async fn put(
    images: &dyn Images,
    kind: PictureKind,
    upload: Bytes,
    clock: &dyn Clock,
) -> Result<Picture> {
    let mut random = [0; 16];
    clock.fill(&mut random);
    let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    images.put(kind, &name, upload).await.map_err(|error| match error {
        ImageError::Unsupported => Error::UnsupportedMediaType,
        ImageError::Unreadable => Error::UnreadableImage,
        ImageError::Store(error) => error.into(),
    })
}

/// Removes a picture that nothing points to any more. What can't be removed now stays behind unseen, and is
/// named in the log.
pub async fn let_go(images: &dyn Images, picture: &Picture) {
    if let Err(error) = images.remove(picture).await {
        tracing::warn!(event = "picture_left_behind", key = picture.key, %error, "nothing points to it");
    }
}
