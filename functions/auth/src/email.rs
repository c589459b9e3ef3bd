use api::views::OwnUserView;
use api::{Body, Error, Faults, Json, Lang, Problem, Result};
use auth::{Confirmer, Writer};
use axum::extract::State;
use deserr::Deserr;
use models::{Email, Password, SessionId, TypedCode};
use ports::{Credentials, Letter, Purpose};
use utoipa::ToSchema;

use crate::App;
use crate::codes::{Claim, CodeTrier};
use crate::password::tell;

/// The address that an account is to move to.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChange {
    email: Email,
    password: Password,
    /// The one mailed to the new address.
    code: TypedCode,
}

impl Body for EmailChange {}

/// Moves one's account to another address
///
/// The old address is told by mail; every other session ends.
#[utoipa::path(
    post, path = "/api/v1/auth/email/change", operation_id = "changeEmail", tag = "auth",
    request_body(content = EmailChange, example = json!({"email": "anna.k@example.org",
        "password": "лиловый трактор едет в Омск", "code": "K7QM-2XPD"})),
    security(("token" = [])),
    responses(
        (status = 200, description = "Moved.", body = OwnUserView),
        (status = 409, description = "email_taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "validation, wrong_password, invalid_code", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    Writer(caller): Writer,
    CodeTrier(_client): CodeTrier,
    Confirmer(client): Confirmer,
    Lang(language): Lang,
    Json(body): Json<EmailChange>,
) -> Result<Json<OwnUserView>> {
    let credentials = app.confirm.password(caller.user_id, &client, &body.password).await?;
    let claim =
        Claim::take(&app, Purpose::EmailChange, &body.email, Some(caller.user_id), &body.code).await?;
    claim.settle(move_to(&app, &credentials, &body.email, caller.session_id).await).await?;
    let letter = Letter::EmailChanged { new_address_masked: body.email.masked(), at: app.clock.now() };
    tell(&app, &credentials.email, letter, language).await;
    // Last: it is done, and the owner is told, whatever becomes of the answer.
    let user = app.users.find(caller.user_id).await?.ok_or(Error::TokenInvalid)?;
    Ok(Json(OwnUserView::of(&user, &app.media)))
}

async fn move_to(app: &App, old: &Credentials, email: &Email, keep: SessionId) -> Result<()> {
    let moved = app.users.set_email(old.user_id, &old.password_hash, email, keep).await?;
    if moved { Ok(()) } else { Err(Error::WrongPassword) }
}
