//! The `web` function: what is served to browsers and to programs that read about the API. The web client, the
//! description of the API, and a page to try it out.
//!
//! It knows no store and nobody's data. The description is generated from the other functions' code and kept in
//! `openapi.json` beside this crate; a test compares the two.

mod client;

use std::sync::Arc;

use api::views::MediaUrl;
use api::{Error, NoQuery, Result};
use axum::Router;
use axum::extract::RawPathParams;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::Config;

/// The description of the API, OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("../openapi.json");

const DOCS: &str = "/api/v1/docs/";
const DESCRIPTION: &str = "/api/v1/openapi.json";

/// The routes, without the manners that `api` adds. Where the client was not built, `/` leads to the description.
pub fn routes(media: &MediaUrl) -> Router {
    let (described, _) = described().split_for_parts();
    let client = client::routes(media)
        .unwrap_or_else(|| Router::new().route("/", get(async || Redirect::temporary(DOCS))));
    described
        .merge(client)
        .route("/api/v1/docs/{*file}", get(page_file))
        .route(DOCS, get(async || file("index.html")))
}

fn described() -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(description)).routes(routes!(page))
}

/// The description of the routes that are for programs.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

/// This description
#[utoipa::path(
    get, path = "/api/v1/openapi.json", operation_id = "description", tag = "description",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json"))
)]
async fn description(_: NoQuery) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")], OPENAPI).into_response()
}

/// A page to try the API out
#[utoipa::path(
    get, path = "/api/v1/docs", operation_id = "docs", tag = "description",
    responses((status = 307, description = "To the page.", headers(("Location" = String))))
)]
async fn page(_: NoQuery) -> Redirect {
    Redirect::temporary(DOCS)
}

async fn page_file(params: RawPathParams) -> Result<Response> {
    let (_, name) = params.iter().next().ok_or(Error::NotFound)?;
    file(name)
}

fn file(name: &str) -> Result<Response> {
    let config = Config::from(DESCRIPTION).persist_authorization(true).display_request_duration(true);
    let served = utoipa_swagger_ui::serve(name, Arc::new(config));
    let file = served
        .map_err(|error| anyhow::anyhow!("a page of the description: {error}"))?
        .ok_or(Error::NotFound)?;
    let mut response = ([(CONTENT_TYPE, file.content_type)], file.bytes.into_owned()).into_response();
    let headers = response.headers_mut();
    if file.gzpipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // Wider than the API's own: this page has scripts, styles and pictures, all from here.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
        ),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}
