//! The `user` function: profiles, pictures of people, what they walked and reviewed, export and deletion of one's
//! account.
//!
//! It knows nothing of stores, of AWS and of the environment. To add an endpoint: its body, view and handler in
//! the file of its noun, its line in [`router`].

mod account;
mod avatar;
mod export;
mod profile;
mod records;

use std::sync::Arc;

use api::views::MediaUrl;
use auth::{Confirm, Gate};
use axum::extract::FromRef;
use axum::routing::{get, put};
use ports::{Clock, Images, Reviews, Sessions, Titles, Users, Walks};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the function works with.
#[derive(Clone, FromRef)]
#[expect(missing_docs, reason = "the types say it")]
pub struct App {
    pub users: Arc<dyn Users>,
    pub sessions: Arc<dyn Sessions>,
    pub titles: Arc<dyn Titles>,
    pub walks: Arc<dyn Walks>,
    pub reviews: Arc<dyn Reviews>,
    pub images: Arc<dyn Images>,
    pub gate: Arc<Gate>,
    pub confirm: Arc<Confirm>,
    pub clock: Arc<dyn Clock>,
    pub media: MediaUrl,
}

/// The whole route table, with its description.
#[must_use]
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(profile::show_own, profile::change, account::remove))
        .routes(routes!(avatar::set, avatar::remove))
        .routes(routes!(export::export))
        .routes(routes!(profile::show))
        .routes(routes!(records::walks))
        .routes(routes!(records::reviews))
}

/// The routes over `app`, without the manners that `api` adds.
pub fn routes(app: App) -> axum::Router {
    // Some clients encode every `@` of a path. RFC 3986 has both be one address; the router compares letters.
    let encoded = axum::Router::new()
        .route("/", get(profile::show_own).patch(profile::change).delete(account::remove))
        .route("/avatar", put(avatar::set).delete(avatar::remove))
        .route("/export", get(export::export))
        .with_state(app.clone());
    axum::Router::from(router().with_state(app)).nest("/api/v1/user/%40me", encoded)
}

/// The description of the routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    router().into_openapi()
}
