//! The `titles` function: the shared catalogue, titles with their covers and history, and what people think of
//! them.
//!
//! It knows nothing of stores, of AWS and of the environment. To add an endpoint: its body, view and handler in
//! the file of its noun, its line in [`router`].

mod catalogue;
mod cover;
mod history;
mod records;
mod title;

use std::sync::Arc;

use api::views::MediaUrl;
use auth::Gate;
use axum::extract::FromRef;
use ports::{Clock, Images, Reviews, Titles, Walks};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the function works with.
#[derive(Clone, FromRef)]
#[expect(missing_docs, reason = "the types say it")]
pub struct App {
    pub titles: Arc<dyn Titles>,
    pub walks: Arc<dyn Walks>,
    pub reviews: Arc<dyn Reviews>,
    pub images: Arc<dyn Images>,
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub media: MediaUrl,
}

/// The whole route table, with its description.
#[must_use]
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(catalogue::list, title::add))
        .routes(routes!(title::show, title::change, title::remove))
        .routes(routes!(cover::set))
        .routes(routes!(records::reviews))
        .routes(routes!(records::walks))
        .routes(routes!(history::list))
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
