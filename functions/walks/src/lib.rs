//! The `walks` function: people's progress on titles.
//!
//! It knows nothing of stores, of AWS and of the environment. To add an endpoint: its body and handler in
//! `walks.rs`, its line in [`router`].

mod walks;

use std::sync::Arc;

use api::views::MediaUrl;
use auth::Gate;
use axum::extract::FromRef;
use ports::{Clock, Walks};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the function works with.
#[derive(Clone, FromRef)]
#[expect(missing_docs, reason = "the types say it")]
pub struct App {
    pub walks: Arc<dyn Walks>,
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub media: MediaUrl,
}

/// The whole route table, with its description.
#[must_use]
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(walks::add, walks::change_own)).routes(routes!(
        walks::show,
        walks::change,
        walks::remove
    ))
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
