use api::{Body, Client, Error, Faults, Json, Lang, Problem, Result};
use auth::{CODE_TRIES, CODE_VALIDITY, Gate, SignedIn};
use axum::extract::{FromRequestParts, State};
use deserr::Deserr;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use models::{Email, TypedCode, UserId};
use ports::{CodeSlot, Letter, Purpose};
use std::sync::Arc;
use utoipa::ToSchema;

use crate::App;

/// An address that is to be shown to be one's own.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailToValidate {
    email: Email,
    /// Left out, it is `email_change` where a valid token is sent and `registration` where none is.
    #[deserr(default)]
    #[schema(required = false)]
    purpose: Option<MailPurpose>,
}

impl Body for EmailToValidate {}

/// What the code is to be for.
#[derive(Clone, Copy, Deserr, ToSchema)]
#[deserr(try_from(String) = MailPurpose::try_from -> models::Refusal, error = Faults)]
#[schema(rename_all = "snake_case")]
pub(crate) enum MailPurpose {
    /// Registering.
    Registration,
    /// Moving one's account to the address; needs a token.
    EmailChange,
}

impl TryFrom<String> for MailPurpose {
    type Error = models::Refusal;

    fn try_from(word: String) -> std::result::Result<Self, models::Refusal> {
        match word.as_str() {
            "registration" => Ok(Self::Registration),
            "email_change" => Ok(Self::EmailChange),
            _ => Err(models::Refusal::NotOneOf(&["registration", "email_change"])),
        }
    }
}

/// The caller, where there is a token; a bad one is an error, but only where it is used.
pub(crate) struct MaybeSignedIn(Option<Result<SignedIn>>);

impl FromRequestParts<App> for MaybeSignedIn {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Self::Rejection> {
        let gate: &Arc<Gate> = &app.gate;
        let sent = parts.headers.contains_key(AUTHORIZATION);
        Ok(Self(if sent { Some(gate.check(parts).await) } else { None }))
    }
}

/// A client that may still ask for codes.
pub(crate) struct CodeRequester(Client);

impl FromRequestParts<App> for CodeRequester {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let client = Client::of(parts);
        app.gate.check_client("code_mails", &client, app.gate.rules().ip_code_mails).await?;
        Ok(Self(client))
    }
}

/// A client that may still try codes; each request is a try.
pub(crate) struct CodeTrier(pub(crate) Client);

impl FromRequestParts<App> for CodeTrier {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let client = Client::of(parts);
        app.gate.limit_client("code_checks", &client, app.gate.rules().ip_code_checks).await?;
        Ok(Self(client))
    }
}

/// Mails a code to an address
///
/// The answer never tells whether the address has an account: one that has gets a mail that says so instead.
#[utoipa::path(
    post, path = "/api/v1/auth/email/validate", operation_id = "validateEmail", tag = "auth",
    request_body(content = EmailToValidate, example = json!({"email": "anna@example.org"})),
    security((), ("token" = [])),
    responses(
        (status = 202, description = "A mail is on its way, or the address had its share of mails."),
        (status = 401, description = "token_missing, token_invalid, token_expired", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn validate_email(
    State(app): State<App>,
    MaybeSignedIn(caller): MaybeSignedIn,
    CodeRequester(client): CodeRequester,
    Lang(language): Lang,
    Json(body): Json<EmailToValidate>,
) -> Result<StatusCode> {
    let (purpose, user) = match (body.purpose, caller) {
        (Some(MailPurpose::Registration), _) | (None, None) => (Purpose::Registration, None),
        (Some(MailPurpose::EmailChange), None) => return Err(Error::TokenMissing),
        (Some(MailPurpose::EmailChange) | None, Some(caller)) => {
            (Purpose::EmailChange, Some(caller?.user_id))
        }
    };
    mail_code(&app, &client, purpose, &body.email, user, language).await
}

/// Whose password is forgotten.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreRequest {
    email: Email,
}

impl Body for RestoreRequest {}

/// Mails a code to restore a password with
///
/// An address without an account gets a mail that says so, and the answer is the same.
#[utoipa::path(
    post, path = "/api/v1/auth/password/restore", operation_id = "requestPasswordRestore", tag = "auth",
    request_body(content = RestoreRequest, example = json!({"email": "anna@example.org"})),
    responses((status = 202, description = "A mail is on its way, or the address had its share of mails."))
)]
pub(crate) async fn request_restore(
    State(app): State<App>,
    CodeRequester(client): CodeRequester,
    Lang(language): Lang,
    Json(body): Json<RestoreRequest>,
) -> Result<StatusCode> {
    mail_code(&app, &client, Purpose::Restore, &body.email, None, language).await
}

/// Counts a mail by its IP before anything is done for it; one that did not go for a reason of ours does not count
/// (DEG-4).
async fn mail_code(
    app: &App,
    client: &Client,
    purpose: Purpose,
    email: &Email,
    user: Option<UserId>,
    language: models::Language,
) -> Result<StatusCode> {
    let taken = app.gate.limit_client("code_mails", client, app.gate.rules().ip_code_mails).await?;
    let mailed = issue_and_mail(app, purpose, email, user, language).await;
    if mailed.is_err() {
        app.gate.give_back(taken).await;
    }
    mailed
}

/// Does the same work whether or not the address has an account (ENUM-1). An account is mailed at the address that it
/// has, however that was typed now: where case matters, another spelling is somebody else's (IN-6).
async fn issue_and_mail(
    app: &App,
    purpose: Purpose,
    email: &Email,
    user: Option<UserId>,
    language: models::Language,
) -> Result<StatusCode> {
    let rules = app.gate.rules();
    let account = app.users.credentials_by_email(&email.key()).await?;
    let slot = app.code_maker.slot(purpose, email, user);
    let made = app.code_maker.make(&slot, &*app.clock);
    let now = app.clock.now();
    if !app.codes.issue(&slot, made.hash, &rules.address_mails, now, now + CODE_VALIDITY).await? {
        tracing::info!(
            event = "excess_rate_limit_exceeded",
            purpose = purpose.as_str(),
            "no mail to this address"
        );
        return Ok(StatusCode::ACCEPTED);
    }
    let to = account.as_ref().map_or(email, |account| &account.email);
    if let Err(error) = app.mail.send(to, letter(purpose, account.is_some(), made.shown), language).await {
        // A mail that did not go must not keep the next one waiting (DEG-4).
        app.codes.withdraw(&slot, now).await?;
        return Err(error.into());
    }
    Ok(StatusCode::ACCEPTED)
}

fn letter(purpose: Purpose, has_account: bool, code: String) -> Letter {
    match (purpose, has_account) {
        (Purpose::Registration, false) => Letter::RegistrationCode { code },
        (Purpose::Registration, true) => Letter::AlreadyRegistered,
        (Purpose::EmailChange, false) => Letter::EmailChangeCode { code },
        (Purpose::EmailChange, true) => Letter::AddressTaken,
        (Purpose::Restore, true) => Letter::RestoreCode { code },
        (Purpose::Restore, false) => Letter::NoAccount,
    }
}

/// A code that was mailed.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreCheck {
    email: Email,
    code: TypedCode,
}

impl Body for RestoreCheck {}

/// Tells whether a restore code is right
///
/// Counts as a try and does not spend the code.
#[utoipa::path(
    post, path = "/api/v1/auth/password/restore/verify", operation_id = "verifyPasswordRestore", tag = "auth",
    request_body(content = RestoreCheck, example = json!({"email": "anna@example.org", "code": "K7QM-2XPD"})),
    responses(
        (status = 204, description = "The code is right and still unspent."),
        (status = 422, description = "validation, invalid_code", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn verify_restore(
    State(app): State<App>,
    CodeTrier(_client): CodeTrier,
    Json(body): Json<RestoreCheck>,
) -> Result<StatusCode> {
    let slot = app.code_maker.slot(Purpose::Restore, &body.email, None);
    let code = app.code_maker.hash(&slot, &body.code);
    if app.codes.verify(&slot, code, CODE_TRIES, app.clock.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::InvalidCode)
    }
}

/// A right code, claimed: nobody else can use it until it is released.
pub(crate) struct Claim<'a> {
    app: &'a App,
    slot: CodeSlot,
    code: ports::CodeHash,
}

impl<'a> Claim<'a> {
    /// Claims what was typed; counts as a try (CODE-3).
    pub(crate) async fn take(
        app: &'a App,
        purpose: Purpose,
        email: &Email,
        user: Option<UserId>,
        typed: &TypedCode,
    ) -> Result<Self> {
        let slot = app.code_maker.slot(purpose, email, user);
        let code = app.code_maker.hash(&slot, typed);
        if app.codes.claim(&slot, code, CODE_TRIES, app.clock.now()).await? {
            Ok(Self { app, slot, code })
        } else {
            Err(Error::InvalidCode)
        }
    }

    /// Ends the claim: a code that served is spent, one that was refused for another reason is as before.
    pub(crate) async fn settle<T>(self, outcome: Result<T>) -> Result<T> {
        let settled = match &outcome {
            Ok(_) => self.app.codes.spend(&self.slot, self.code).await,
            Err(_) => self.app.codes.release(&self.slot, self.code).await,
        };
        if let Err(error) = settled {
            // It stays claimed, which is spent: safe, if unkind.
            tracing::warn!(event = "code_unsettled", purpose = self.slot.purpose.as_str(), %error, "code not settled");
        }
        outcome
    }
}
