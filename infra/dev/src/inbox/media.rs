//! The pictures, served as production's CDN does: one content type, never sniffed, cached for good.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Source, fetch};
use crate::environment::BUCKET;

/// Gives a picture of the bucket.
pub async fn picture(State(source): State<Source>, Path(key): Path<String>) -> Response {
    if !is_key(&key) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match fetch::status(&format!("{}/{BUCKET}/{key}", source.aws)).await {
        Ok((200, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "image/jpeg"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, bytes).into_response()
        }
        Ok((404, _)) => StatusCode::NOT_FOUND.into_response(),
        Ok(_) | Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// Whether this can be one of our keys: anything else must not reach the bucket's own paths and queries.
fn is_key(key: &str) -> bool {
    let letters =
        |part: &str| part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
    key.split('/').all(|part| !part.is_empty() && part != "." && letters(part)) && !key.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_paths() {
        for key in ["a.jpg", "covers/0f3a/large.jpg", "a_b-c/1.2.jpg"] {
            assert!(is_key(key), "{key}");
        }
        for wrong in
            ["", "/a", "a/", "a//b", "..", "a/../b", "a..b", "./a", "A.jpg", "a b", "a?acl", "a%2fb", "ф"]
        {
            assert!(!is_key(wrong), "{wrong}");
        }
    }
}
