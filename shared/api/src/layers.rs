use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderName, LINK, LOCATION, ORIGIN, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method};
use ports::Clock;
use tower::{Layer as _, ServiceExt as _};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::cors::CorsLayer;
use tracing::Instrument as _;

use crate::error::Unrendered;
use crate::{Error, Facts, Lang, Origin, problem};

/// How long a handler may take (TO-1): below API Gateway's 30 s and Lambda's 15 s, above every backend's own.
const DEADLINE: Duration = Duration::from_secs(8);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TOKEN_TRANSPORT: HeaderName = HeaderName::from_static("x-token-transport");

/// What a function needs to know for its manners.
#[derive(Clone)]
pub struct Manners {
    /// The function's name, for the log.
    pub function: &'static str,
    /// Where the deployment is reached, without a slash at the end.
    pub public_url: String,
    /// The origins whose pages may call it, exactly (HTTP-3).
    pub cors_origins: Vec<HeaderValue>,
    /// For the ids of requests that come without one.
    pub clock: Arc<dyn Clock>,
}

/// Wraps a function's routes: 404 and 405, the deadline, panics, problems, headers, the log, CORS.
pub fn with_manners(router: Router, manners: Manners) -> Router {
    let cors = cors(&manners.cors_origins);
    let large = SizeAbove::new(1024).and(NotForContentType::IMAGES);
    let gzip = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(large);
    router
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(gzip)
        .layer(middleware::from_fn(reads_alone_compressed))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(deadline))
        .layer(middleware::from_fn_with_state(cors, cross_origin))
        .layer(middleware::from_fn_with_state(Arc::new(manners), observe))
}

/// `None` where no other page may call.
fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let cors = CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, ACCEPT_LANGUAGE, TOKEN_TRANSPORT])
        .expose_headers([REQUEST_ID, LINK, LOCATION, RETRY_AFTER])
        .max_age(Duration::from_secs(3600));
    Some(cors)
}

/// Only what comes from a page is a preflight; any other OPTIONS is a method that no route has.
async fn cross_origin(State(cors): State<Option<CorsLayer>>, request: Request, next: Next) -> Response {
    let of_page = request.headers().contains_key(ORIGIN);
    let Some(cors) = cors.filter(|_| request.method() != Method::OPTIONS || of_page) else {
        return next.run(request).await;
    };
    match cors.layer(next).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// The panic hook has logged where it was; the message may hold anything and goes nowhere.
fn panicked(_payload: Box<dyn Any + Send>) -> Response {
    Error::Internal(Panicked.into()).into_response()
}

/// A panic that the hook has logged as an error: the request's own line is a warning, or it would count twice (AL-2).
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

/// An answer to anything else may hold tokens, whose length must tell nothing of what stands beside them.
async fn reads_alone_compressed(mut request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    next.run(request).await
}

async fn deadline(request: Request, next: Next) -> Response {
    match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Error::Busy.into_response(),
    }
}

/// Gives the request its id, renders what went wrong, and logs one line.
async fn observe(State(manners): State<Arc<Manners>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request.extensions().get::<Origin>().map(|origin| origin.request_id.clone());
    let request_id = id.unwrap_or_else(|| manners.clock.id().to_string());
    let facts = Facts::default();
    request.extensions_mut().insert(facts.clone());
    let method = request.method().clone();
    let language = Lang::of(request.headers()).0;
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let function = manners.function;
    let span = tracing::info_span!("request", %request_id, function, %method, route);

    let response = next.run(request).instrument(span.clone()).await;

    let error = response.extensions().get::<Unrendered>().map(|unrendered| unrendered.0.clone());
    let mut response = match &error {
        Some(error) => problem::render(response, error, &manners.public_url, language, &method, &request_id),
        None => response,
    };
    dress(&mut response, &request_id);
    let line = Line {
        status: response.status().as_u16(),
        latency_ms: started.elapsed().as_secs_f64() * 1000.0,
        user_id: facts.user().map(|user| user.to_string()),
    };
    span.in_scope(|| line.log(error.as_deref()));
    response
}

fn dress(response: &mut Response, request_id: &str) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    let closed = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(closed);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The one line of a request (LOG-1). Its id, function, method and route are in the span.
struct Line {
    status: u16,
    latency_ms: f64,
    user_id: Option<String>,
}

impl Line {
    fn log(&self, error: Option<&Error>) {
        let Self { status, latency_ms, .. } = *self;
        let user_id = self.user_id.as_deref();
        let code = error.map(Error::code);
        match error {
            Some(Error::Internal(cause)) if cause.is::<Panicked>() => {
                tracing::warn!(event = "panicked", status, latency_ms, user_id, code, "{cause}");
            }
            Some(Error::Internal(cause)) => {
                tracing::error!(event = "internal_error", status, latency_ms, user_id, code, "{cause:#}");
            }
            Some(Error::Unavailable(cause)) => {
                let backend = cause.backend.as_str();
                let source = &cause.source;
                tracing::warn!(event = "unavailable", status, latency_ms, user_id, code, backend, "{source}");
            }
            Some(error) => {
                tracing::info!(event = event(error), status, latency_ms, user_id, code, "refused");
            }
            None => tracing::info!(event = "request", status, latency_ms, user_id, "answered"),
        }
    }
}

/// The event's name after OWASP's Logging Vocabulary, where it has one (LOG-2).
const fn event(error: &Error) -> &'static str {
    match error {
        Error::Forbidden => "authz_fail",
        Error::TooManyRequests(_) => "excess_rate_limit_exceeded",
        Error::MalformedJson
        | Error::UnknownParameter(_)
        | Error::InvalidParameter(_)
        | Error::InvalidCursor
        | Error::TooLarge
        | Error::UnsupportedMediaType
        | Error::Validation(_)
        | Error::UnreadableImage => "input_validation_fail",
        _ => "request",
    }
}
