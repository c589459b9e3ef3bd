use api::{Client, Result};
use auth::{RefreshToken, TokenFacts};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use jiff::{SignedDuration, Timestamp};
use models::SessionId;
use ports::{NewSession, SessionIds};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::transport::Transport;

/// How long a session may rest, and how long it may live (RT-4).
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(14 * 24);
const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a signed-in client holds.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenPair)]
pub(crate) struct TokenPair {
    /// A JWT for `Authorization: Bearer`.
    access_token: String,
    #[schema(pattern = "^Bearer$")]
    token_type: &'static str,
    /// When the access token expires, in seconds since 1970.
    #[schema(example = 1_763_808_000)]
    expires_at: i64,
    /// What the next pair is asked for with, once; `null` where it travels in a cookie.
    #[schema(required)]
    refresh_token: Option<String>,
}

/// A session about to be opened, and the token it is refreshed with.
pub(crate) struct Opening {
    pub(crate) session: NewSession,
    refresh: RefreshToken,
}

impl Opening {
    /// A session for a client at `now`.
    pub(crate) fn new(app: &App, client: &Client, now: Timestamp) -> Self {
        let refresh = RefreshToken::make(&*app.clock);
        let session = NewSession {
            id: SessionId::new(app.clock.id()),
            user_agent: client.user_agent.clone(),
            ip: client.ip.to_string(),
            refresh: refresh.hash(),
            now,
            idle_until: now + IDLE,
            expires_at: now + LIFETIME,
        };
        Self { session, refresh }
    }

    /// The pair of the session, once it is open.
    pub(crate) fn pair(&self, app: &App, user_id: models::UserId) -> Result<TokenPair> {
        pair(app, SessionIds { session_id: self.session.id, user_id }, &self.refresh, self.session.now)
    }
}

/// The pair with this refresh token: for the same token and instant always the same pair (RT-3).
pub(crate) fn pair(app: &App, ids: SessionIds, refresh: &RefreshToken, at: Timestamp) -> Result<TokenPair> {
    let SessionIds { session_id, user_id } = ids;
    let facts = TokenFacts { user_id, session_id, id: refresh.access_token_id(), issued_at: at };
    let access = app.signer.sign(facts)?;
    tracing::info!(event = "authn_token_created", user_id = %user_id, session_id = %session_id, "token pair made");
    Ok(TokenPair {
        access_token: access.jwt,
        token_type: "Bearer",
        expires_at: access.expires_at,
        refresh_token: Some(refresh.expose().to_owned()),
    })
}

/// Sends what `view` makes of the pair, with the refresh token in a cookie where the client wants it there.
pub(crate) fn send<T: IntoResponse>(
    app: &App,
    transport: &Transport,
    mut pair: TokenPair,
    view: impl FnOnce(TokenPair) -> T,
) -> Response {
    let cookie = match transport {
        Transport::Body => None,
        Transport::Cookie(_) => pair.refresh_token.take().and_then(|token| app.cookies.set(&token)),
    };
    let mut response = view(pair).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
