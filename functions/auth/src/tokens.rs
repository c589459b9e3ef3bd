use api::{Body, Client, Error, FaultKind, Faults, Json, Lang, NoQuery, Problem, Result};
use auth::{RefreshToken, SignedIn};
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use deserr::Deserr;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use jiff::SignedDuration;
use models::{Email, Language, Password};
use ports::{Letter, Rotated, Rotation, Session};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::pairs::{self, IDLE, Opening, TokenPair};
use crate::transport::Transport;

/// How many sessions a person has at the most (RT-5).
const MOST_SESSIONS: u32 = 5;
/// How long a spent refresh token still gives its successor (RT-3).
const GRACE: SignedDuration = SignedDuration::from_secs(10);

/// Who signs in.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    email: Email,
    password: Password,
}

impl Body for Login {}

/// A client that may still sign in; each request counts.
pub(crate) struct LoginClient(Client);

impl FromRequestParts<App> for LoginClient {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let client = Client::of(parts);
        app.gate.limit_login(&client).await?;
        Ok(Self(client))
    }
}

/// Signs in
#[utoipa::path(
    post, path = "/api/v1/auth/token", operation_id = "logIn", tag = "auth",
    params(("X-Token-Transport" = Option<String>, Header, description = "`cookie`: the refresh token in a cookie")),
    request_body(content = Login, example = json!({"email": "anna@example.org", "password": "лиловый трактор едет в Омск"})),
    responses(
        (status = 200, description = "Signed in.", body = TokenPair),
        (status = 401, description = "invalid_credentials", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn log_in(
    State(app): State<App>,
    LoginClient(client): LoginClient,
    transport: Transport,
    Json(body): Json<Login>,
) -> Result<Response> {
    let credentials = app.confirm.login(&body.email, &client, &body.password).await?;
    let (user, hash) = (credentials.user_id, &credentials.password_hash);
    let opening = Opening::new(&app, &client, app.clock.now());
    if !app.sessions.open(user, opening.session.clone(), hash, MOST_SESSIONS).await? {
        return Err(Error::InvalidCredentials);
    }
    tracing::info!(event = "authn_login_success", user_id = %user, "signed in");
    Ok(pairs::send(&app, &transport, opening.pair(&app, user)?, Json))
}

/// What a new pair is asked for with.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    /// Needed, unless it travels in a cookie.
    #[deserr(default)]
    #[schema(required = false)]
    refresh_token: Option<String>,
}

impl Body for Refresh {}

/// A client that may still refresh; each request counts.
pub(crate) struct RefreshClient;

impl FromRequestParts<App> for RefreshClient {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        app.gate.limit_refresh(&Client::of(parts)).await.map(|()| Self)
    }
}

/// Gives a new token pair for a refresh token
///
/// The refresh token is spent. A spent one that comes back after 10 seconds ends its session.
#[utoipa::path(
    post, path = "/api/v1/auth/token/update", operation_id = "refresh", tag = "auth",
    params(("X-Token-Transport" = Option<String>, Header, description = "`cookie`: the refresh token in a cookie")),
    request_body(content = Refresh, example = json!({"refresh_token": "prohod_rt_…"})),
    responses(
        (status = 200, description = "A new pair.", body = TokenPair),
        (status = 401, description = "refresh_invalid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    RefreshClient: RefreshClient,
    transport: Transport,
    Lang(language): Lang,
    Json(body): Json<Refresh>,
) -> Result<Response> {
    let presented = match &transport {
        Transport::Cookie(cookie) => cookie.clone().ok_or(Error::RefreshInvalid)?,
        Transport::Body => body
            .refresh_token
            .ok_or_else(|| Error::Validation(Faults::one("/refresh_token", FaultKind::Required)))?,
    };
    let pair = rotate(&app, RefreshToken::presented(presented), language).await?;
    Ok(pairs::send(&app, &transport, pair, Json))
}

async fn rotate(app: &App, presented: RefreshToken, language: Language) -> Result<TokenPair> {
    let successor = RefreshToken::make(&*app.clock);
    let now = app.clock.now();
    let rotation = Rotation {
        presented: presented.hash(),
        successor: successor.hash(),
        sealed: presented.seal(&successor, &*app.clock)?,
        now,
        grace_since: now - GRACE,
        idle_until: now + IDLE,
    };
    match app.sessions.rotate(rotation).await? {
        Rotated::New(ids) => pairs::pair(app, ids, &successor, now),
        Rotated::Again { ids, sealed, spent_at } => {
            pairs::pair(app, ids, &presented.unseal(&sealed)?, spent_at)
        }
        Rotated::Reused { ids, email, session } => {
            let (user_id, session_id) = (ids.user_id, ids.session_id);
            tracing::warn!(event = "authn_token_reuse", %user_id, %session_id, "a spent token came back");
            tell_of_reuse(app, &email, session, language).await;
            Err(Error::RefreshInvalid)
        }
        Rotated::Unknown => Err(Error::RefreshInvalid),
    }
}

/// The session is ended already; a mail that does not go changes nothing of that.
async fn tell_of_reuse(app: &App, email: &Email, session: Session, language: Language) {
    let letter = Letter::SessionReuse { at: app.clock.now(), user_agent: session.user_agent, ip: session.ip };
    if let Err(error) = app.mail.send(email, letter, language).await {
        tracing::warn!(event = "notice_unsent", %error, "the owner was not told of a reused token");
    }
}

/// Ends this session
#[utoipa::path(
    post, path = "/api/v1/auth/logout", operation_id = "logOut", tag = "auth",
    params(("X-Token-Transport" = Option<String>, Header, description = "`cookie`: also removes the cookie")),
    security(("token" = [])),
    responses((status = 204, description = "Its refresh token is dead at once, its access token within 5 seconds."))
)]
pub(crate) async fn log_out(
    State(app): State<App>,
    caller: SignedIn,
    transport: Transport,
    _: NoQuery,
) -> Result<Response> {
    app.sessions.end(caller.user_id, caller.session_id).await?;
    tracing::info!(event = "authn_token_revoked", session_id = %caller.session_id, "signed out");
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let (Transport::Cookie(_), Some(cookie)) = (transport, app.cookies.clear()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The public keys, after RFC 7517.
#[derive(Serialize, ToSchema)]
pub(crate) struct PublicKeys {
    #[schema(value_type = Vec<Object>)]
    keys: Vec<serde_json::Value>,
}

/// The public keys that verify access tokens
#[utoipa::path(
    get, path = "/api/v1/auth/.well-known/jwks.json", operation_id = "publicKeys", tag = "auth",
    responses((status = 200, description = "A JWK set.", body = PublicKeys))
)]
pub(crate) async fn public_keys(State(app): State<App>, _: NoQuery) -> Result<Response> {
    let keys = app
        .verifier
        .public_keys()
        .keys
        .iter()
        .map(serde_json::to_value)
        .collect::<std::result::Result<_, _>>();
    let mut response = Json(PublicKeys { keys: keys.map_err(anyhow::Error::from)? }).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}
