use api::{Body, Error, Faults, Json, Lang, Problem, Result, Weakness};
use auth::{Confirmer, Subject, Writer};
use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use models::{Email, Language, NewPassword, Password, TypedCode};
use ports::{Credentials, EndSessions, Letter, Purpose};
use utoipa::ToSchema;

use crate::App;
use crate::codes::{Claim, CodeTrier};

/// The password one has and the one to have.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    current_password: Password,
    new_password: NewPassword,
}

impl Body for PasswordChange {}

/// Changes one's password
///
/// Every other session ends. A wrong current password counts as a failed login.
#[utoipa::path(
    post, path = "/api/v1/auth/password/change", operation_id = "changePassword", tag = "auth",
    request_body(content = PasswordChange, example = json!({"current_password": "лиловый трактор едет в Омск",
        "new_password": "тихий чайник ждёт весны"})),
    security(("token" = [])),
    responses(
        (status = 204, description = "Changed."),
        (status = 422, description = "validation, wrong_password, weak_password", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    Writer(caller): Writer,
    Confirmer(client): Confirmer,
    Lang(language): Lang,
    Json(body): Json<PasswordChange>,
) -> Result<StatusCode> {
    let credentials = app.confirm.password(caller.user_id, &client, &body.current_password).await?;
    if body.new_password.expose() == body.current_password.expose() {
        return Err(Error::WeakPassword(Weakness::Same));
    }
    let end = EndSessions::AllBut(caller.session_id);
    if !replace(&app, &credentials, body.new_password, end).await? {
        return Err(Error::WrongPassword);
    }
    tracing::info!(event = "authn_password_change", user_id = %caller.user_id, "password changed");
    tell(&app, &credentials.email, Letter::PasswordChanged { at: app.clock.now() }, language).await;
    Ok(StatusCode::NO_CONTENT)
}

/// A new password for who forgot theirs.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restore {
    email: Email,
    code: TypedCode,
    new_password: NewPassword,
}

impl Body for Restore {}

/// Sets a forgotten password anew
///
/// The code is spent and every session ends.
#[utoipa::path(
    put, path = "/api/v1/auth/password/restore", operation_id = "restorePassword", tag = "auth",
    request_body(content = Restore, example = json!({"email": "anna@example.org", "code": "K7QM-2XPD",
        "new_password": "тихий чайник ждёт весны"})),
    responses(
        (status = 204, description = "Set."),
        (status = 422, description = "validation, invalid_code, weak_password", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn restore(
    State(app): State<App>,
    CodeTrier(client): CodeTrier,
    Lang(language): Lang,
    Json(body): Json<Restore>,
) -> Result<StatusCode> {
    let claim = Claim::take(&app, Purpose::Restore, &body.email, None, &body.code).await?;
    let credentials = claim.settle(set_anew(&app, &body.email, body.new_password).await).await?;
    tracing::info!(event = "authn_password_change", user_id = %credentials.user_id, "password restored");
    if let Err(error) = app.confirm.forgive(&credentials.email, &client).await {
        tracing::warn!(event = "failures_kept", %error, "past failures still count");
    }
    tell(&app, &credentials.email, Letter::PasswordRestored { at: app.clock.now() }, language).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_anew(app: &App, email: &Email, new: NewPassword) -> Result<Credentials> {
    let credentials = app.users.credentials_by_email(&email.key()).await?.ok_or(Error::InvalidCode)?;
    if replace(app, &credentials, new, EndSessions::All).await? {
        Ok(credentials)
    } else {
        Err(Error::InvalidCode)
    }
}

/// `false` where the password changed meanwhile, or the account went.
async fn replace(app: &App, credentials: &Credentials, new: NewPassword, end: EndSessions) -> Result<bool> {
    let Credentials { user_id, email, password_hash } = credentials;
    let Some(person) = app.users.find(*user_id).await? else {
        return Ok(false);
    };
    app.policy.check(&new, Subject { email, username: &person.username })?;
    let hash = app.hasher.hash(&new.into(), &app.clock).await?;
    Ok(app.users.set_password(*user_id, password_hash, &hash, end).await?)
}

/// Tells the owner by mail of what is done already: a mail that does not go changes nothing of that.
pub(crate) async fn tell(app: &App, to: &Email, letter: Letter, language: Language) {
    if let Err(error) = app.mail.send(to, letter, language).await {
        tracing::warn!(event = "notice_unsent", %error, "the owner was not told of a change");
    }
}
