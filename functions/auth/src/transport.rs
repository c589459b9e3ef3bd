use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

/// The cookie's name.
const NAME: &str = "prohod_refresh";
/// Where it is sent, and nowhere else.
const PATH: &str = "/api/v1/auth";
/// As long as a session may rest (RT-4).
const MAX_AGE_SECONDS: u32 = 14 * 86_400;

/// Whether cookies are for https alone: everywhere but on http://127.0.0.1 and localhost.
#[derive(Debug, Clone, Copy)]
pub struct CookieSecurity {
    /// Sets `Secure`.
    pub secure: bool,
}

/// How a refresh token travels: in bodies, or, where `X-Token-Transport: cookie` asks for it, in a cookie. Without
/// that header no cookie is read or set, so that a foreign page, which can't set it, can't use the cookie.
#[derive(Debug, Clone)]
pub(crate) enum Transport {
    /// In bodies.
    Body,
    /// In a cookie; with its value where there is one.
    Cookie(Option<String>),
}

impl<S: Send + Sync> FromRequestParts<S> for Transport {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let wanted = parts.headers.get("x-token-transport").and_then(|value| value.to_str().ok());
        Ok(match wanted {
            Some(word) if word.trim().eq_ignore_ascii_case("cookie") => Self::Cookie(value(&parts.headers)),
            _ => Self::Body,
        })
    }
}

fn value(headers: &HeaderMap) -> Option<String> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME).then(|| value.to_owned()))
}

impl CookieSecurity {
    /// `Set-Cookie` for a refresh token.
    pub(crate) fn set(self, token: &str) -> Option<HeaderValue> {
        self.header(token, MAX_AGE_SECONDS)
    }

    /// `Set-Cookie` that removes it.
    pub(crate) fn clear(self) -> Option<HeaderValue> {
        self.header("", 0)
    }

    fn header(self, value: &str, max_age: u32) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text =
            format!("{NAME}={value}; Max-Age={max_age}; Path={PATH}; HttpOnly{secure}; SameSite=Strict");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_set_for_auth_alone() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=b; prohod_refresh=token=x"));
        assert_eq!(value(&headers).as_deref(), Some("token=x"));
        let set = CookieSecurity { secure: true }.set("t").unwrap();
        assert_eq!(
            set.to_str().unwrap(),
            "prohod_refresh=t; Max-Age=1209600; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict"
        );
    }
}
