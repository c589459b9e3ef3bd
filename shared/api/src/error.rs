use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use models::{ReviewId, TitleId, WalkId};
use ports::{Backend, Conflict, Unavailable};
use uuid::Uuid;

use crate::Faults;

/// What a handler answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that an endpoint may refuse or fail with. Which status and code that is, is said in
/// [`Error::status`] and [`Error::code`]; what people read, in `texts`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is no JSON, or JSON that two readers could read differently.
    #[error("malformed JSON")]
    MalformedJson,
    /// The endpoint has no such query parameter.
    #[error("unknown parameter")]
    UnknownParameter(String),
    /// A query parameter is missing, stands twice or has a value that it can't have.
    #[error("invalid parameter")]
    InvalidParameter(&'static str),
    /// The cursor is none of this list, filter and sort.
    #[error("invalid cursor")]
    InvalidCursor,
    /// No access token.
    #[error("no token")]
    TokenMissing,
    /// An access token that is none of ours, or whose session ended.
    #[error("invalid token")]
    TokenInvalid,
    /// An access token that was ours until it expired.
    #[error("expired token")]
    TokenExpired,
    /// Wrong address or password: one answer for both.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// The refresh token is unknown, spent or expired.
    #[error("invalid refresh token")]
    RefreshInvalid,
    /// The record is somebody else's.
    #[error("forbidden")]
    Forbidden,
    /// No such route or record.
    #[error("not found")]
    NotFound,
    /// The route is there, the method is not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// A rule of the stores forbids it.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The body is too large.
    #[error("too large")]
    TooLarge,
    /// The body is of a type that the endpoint does not take.
    #[error("unsupported media type")]
    UnsupportedMediaType,
    /// The body has faults.
    #[error("validation")]
    Validation(Faults),
    /// A PATCH that names no field.
    #[error("nothing to change")]
    NothingToChange,
    /// The current password, asked for once more, is wrong.
    #[error("wrong password")]
    WrongPassword,
    /// The mailed code is wrong, used, expired or spent: one answer for all.
    #[error("invalid code")]
    InvalidCode,
    /// The new password is too easy to guess, or the old one again.
    #[error("weak password")]
    WeakPassword(Weakness),
    /// The picture claims to be one and can't be decoded.
    #[error("unreadable image")]
    UnreadableImage,
    /// A limit is reached; again after so many seconds.
    #[error("too many requests")]
    TooManyRequests(u32),
    /// Our own fault; the cause is for the log alone.
    #[error("internal")]
    Internal(anyhow::Error),
    /// A backend did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// `GET /health` found backends that do not answer.
    #[error("unhealthy")]
    Unhealthy(Vec<Backend>),
    /// The handler's time is over, or there is no room for more work of this kind.
    #[error("no answer in time")]
    Busy,
}

/// Why a password is weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// A list of common passwords has it, or it is a word and little more.
    Common,
    /// It is mostly the e-mail, the username or the product's name.
    Personal,
    /// It is guessed quickly: a pattern, a walk over the keyboard, a date.
    Guessable,
    /// It is the current one.
    Same,
    /// It is shorter than this deployment asks for.
    TooShort(usize),
}

impl Error {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::MalformedJson
            | Self::UnknownParameter(_)
            | Self::InvalidParameter(_)
            | Self::InvalidCursor => StatusCode::BAD_REQUEST,
            Self::TokenMissing
            | Self::TokenInvalid
            | Self::TokenExpired
            | Self::InvalidCredentials
            | Self::RefreshInvalid => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Validation(_)
            | Self::NothingToChange
            | Self::WrongPassword
            | Self::InvalidCode
            | Self::WeakPassword(_)
            | Self::UnreadableImage => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) | Self::Unhealthy(_) | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable code that programs test.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::UnknownParameter(_) => "unknown_parameter",
            Self::InvalidParameter(_) => "invalid_parameter",
            Self::InvalidCursor => "invalid_cursor",
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::InvalidCredentials => "invalid_credentials",
            Self::RefreshInvalid => "refresh_invalid",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict(Conflict::EmailTaken) => "email_taken",
            Self::Conflict(Conflict::UsernameTaken) => "username_taken",
            Self::Conflict(Conflict::TitleExists(_)) => "title_exists",
            Self::Conflict(Conflict::WalkExists(_)) => "walk_exists",
            Self::Conflict(Conflict::ReviewExists(_)) => "review_exists",
            Self::Conflict(Conflict::TitleInUse) => "title_in_use",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Validation(_) => "validation",
            Self::NothingToChange => "nothing_to_change",
            Self::WrongPassword => "wrong_password",
            Self::InvalidCode => "invalid_code",
            Self::WeakPassword(_) => "weak_password",
            Self::UnreadableImage => "unreadable_image",
            Self::TooManyRequests(_) => "too_many_requests",
            Self::Internal(_) => "internal",
            Self::Unavailable(_) | Self::Unhealthy(_) | Self::Busy => "unavailable",
        }
    }

    /// The id of the record that is there already.
    #[must_use]
    pub fn existing_id(&self) -> Option<Uuid> {
        match self {
            Self::Conflict(Conflict::TitleExists(id)) => Some(TitleId::uuid(*id)),
            Self::Conflict(Conflict::WalkExists(id)) => Some(WalkId::uuid(*id)),
            Self::Conflict(Conflict::ReviewExists(id)) => Some(ReviewId::uuid(*id)),
            _ => None,
        }
    }

    /// After how many seconds to come again.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyRequests(seconds) => Some(*seconds),
            Self::Unavailable(_) | Self::Unhealthy(_) | Self::Busy => Some(5),
            _ => None,
        }
    }

    /// The challenge of RFC 6750, 3.
    #[must_use]
    pub const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::TokenMissing => Some("Bearer"),
            Self::TokenInvalid => {
                Some(r#"Bearer error="invalid_token", error_description="The token is not valid""#)
            }
            Self::TokenExpired => {
                Some(r#"Bearer error="invalid_token", error_description="The token has expired""#)
            }
            Self::InvalidCredentials | Self::RefreshInvalid => Some("Bearer"),
            _ => None,
        }
    }
}

impl From<ports::Error> for Error {
    fn from(error: ports::Error) -> Self {
        match error {
            ports::Error::Conflict(conflict) => Self::Conflict(conflict),
            ports::Error::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// An error on its way to the one layer that renders it: that layer knows the request's language and id.
#[derive(Debug, Clone)]
pub(crate) struct Unrendered(pub(crate) Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Unrendered(Arc::new(self)));
        response
    }
}
