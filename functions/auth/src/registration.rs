use api::views::OwnUserView;
use api::{Body, Client, Error, Faults, Json, Problem, Result};
use auth::Subject;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use deserr::Deserr;
use http::StatusCode;
use http::request::Parts;
use models::{About, Email, Links, NewPassword, Role, Stats, TypedCode, User, UserId, Username};
use ports::{NewUser, Purpose};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::codes::Claim;
use crate::pairs::{self, Opening, TokenPair};
use crate::transport::Transport;

/// A person about to be registered.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    email: Email,
    username: Username,
    password: NewPassword,
    code: TypedCode,
}

impl Body for Registration {}

/// A person who is now registered and signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    user: OwnUserView,
    tokens: TokenPair,
}

/// A client that may still register and try codes.
pub(crate) struct Registrar(Client);

impl FromRequestParts<App> for Registrar {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let client = Client::of(parts);
        let rules = app.gate.rules();
        app.gate.check_client("registrations", &client, rules.ip_registrations).await?;
        app.gate.limit_client("code_checks", &client, rules.ip_code_checks).await?;
        Ok(Self(client))
    }
}

/// Registers a person
///
/// A right code that is refused for another reason (name taken, weak password) is neither spent nor counted.
#[utoipa::path(
    post, path = "/api/v1/auth/signin", operation_id = "register", tag = "auth",
    params(("X-Token-Transport" = Option<String>, Header, description = "`cookie`: the refresh token in a cookie")),
    request_body(content = Registration, example = json!({"email": "anna@example.org", "username": "anna",
        "password": "лиловый трактор едет в Омск", "code": "K7QM-2XPD"})),
    responses(
        (status = 201, description = "Registered and signed in.", body = Registered),
        (status = 409, description = "email_taken, username_taken", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "validation, invalid_code, weak_password", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    Registrar(client): Registrar,
    transport: Transport,
    Json(body): Json<Registration>,
) -> Result<Response> {
    app.policy.check(&body.password, Subject { email: &body.email, username: &body.username })?;
    // Before the work, so that parallel registrations can't slip past; what comes to nothing does not count.
    let taken = app.gate.limit_client("registrations", &client, app.gate.rules().ip_registrations).await?;
    let registered = claim_and_register(&app, &client, body).await;
    if registered.is_err() {
        app.gate.give_back(taken).await;
    }
    let (user, tokens) = registered?;
    let view = |tokens| {
        let user = OwnUserView::of(&user, &app.media);
        (StatusCode::CREATED, Json(Registered { user, tokens })).into_response()
    };
    Ok(pairs::send(&app, &transport, tokens, view))
}

async fn claim_and_register(app: &App, client: &Client, body: Registration) -> Result<(User, TokenPair)> {
    let claim = Claim::take(app, Purpose::Registration, &body.email, None, &body.code).await?;
    claim.settle(register(app, client, body).await).await
}

async fn register(app: &App, client: &Client, body: Registration) -> Result<(User, TokenPair)> {
    let password_hash = app.hasher.hash(&body.password.into(), &app.clock).await?;
    let now = app.clock.now();
    let new = NewUser {
        id: UserId::new(app.clock.id()),
        email: body.email,
        username: body.username,
        password_hash,
        role: Role::User,
        now,
    };
    let opening = Opening::new(app, client, now);
    app.users.register(new.clone(), opening.session.clone()).await?;
    let pair = opening.pair(app, new.id)?;
    Ok((fresh(new)?, pair))
}

/// What a person is when they have just registered; the store need not be asked.
fn fresh(new: NewUser) -> Result<User> {
    Ok(User {
        id: new.id,
        username: new.username,
        avatar: None,
        about: About::try_from(String::new()).map_err(anyhow::Error::from)?,
        links: Links::default(),
        joined_at: new.now,
        stats: Stats::default(),
        email: new.email,
        last_auth_at: new.now,
        role: new.role,
    })
}
