//! The `auth` function: mailed codes, registration, sign-in, refreshing, passwords, e-mail addresses, sessions,
//! and the health of what all functions stand on. It alone can sign tokens.
//!
//! It knows nothing of titles, walks and reviews, of stores and of the environment. To add an endpoint: its body,
//! view and handler in the file of its noun, its line in [`router`].

mod codes;
mod email;
mod health;
mod pairs;
mod password;
mod registration;
mod sessions;
mod tokens;
mod transport;

use std::sync::Arc;

use api::views::MediaUrl;
use auth::{CodeMaker, Confirm, Gate, Hasher, PasswordPolicy, Signer, Verifier};
use axum::extract::FromRef;
use ports::{Clock, Codes, Mail, Sessions, Users};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use health::Backends;
pub use transport::CookieSecurity;

/// What the function works with.
#[derive(Clone, FromRef)]
#[expect(missing_docs, reason = "the types say it")]
pub struct App {
    pub users: Arc<dyn Users>,
    pub sessions: Arc<dyn Sessions>,
    pub codes: Arc<dyn Codes>,
    pub mail: Arc<dyn Mail>,
    pub clock: Arc<dyn Clock>,
    pub gate: Arc<Gate>,
    pub confirm: Arc<Confirm>,
    pub hasher: Arc<Hasher>,
    pub code_maker: Arc<CodeMaker>,
    pub signer: Arc<Signer>,
    pub verifier: Arc<Verifier>,
    pub policy: PasswordPolicy,
    pub media: MediaUrl,
    pub cookies: CookieSecurity,
    pub backends: Arc<Backends>,
}

/// The whole route table, with its description.
#[must_use]
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(codes::validate_email))
        .routes(routes!(codes::request_restore, password::restore))
        .routes(routes!(codes::verify_restore))
        .routes(routes!(registration::sign_in))
        .routes(routes!(tokens::log_in))
        .routes(routes!(tokens::refresh))
        .routes(routes!(tokens::log_out))
        .routes(routes!(tokens::public_keys))
        .routes(routes!(password::change))
        .routes(routes!(email::change))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(health::health))
}

/// The routes over `app`, without the manners that `api` adds.
pub fn routes(app: App) -> axum::Router {
    router().with_state(app).into()
}

/// The description of the routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    router().into_openapi()
}
