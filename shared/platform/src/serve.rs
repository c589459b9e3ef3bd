use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;

use api::{Error, Origin, with_manners};
use axum::Router;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use lambda_runtime::{LambdaEvent, service_fn};
use ports::Unavailable;
use serde_json::Value;
use tower::{ServiceBuilder, ServiceExt as _};
use tracing::Instrument as _;

use crate::{Platform, Settings, start_logging};

/// What a function's `main` may end with.
pub type Failure = lambda_http::Error;

/// Makes a function's routes out of the backends that it opens.
pub type Assemble =
    for<'a> fn(&'a Platform) -> Pin<Box<dyn Future<Output = anyhow::Result<Router>> + Send + 'a>>;

/// Runs a function: assembles its routes once and serves them until Lambda ends it.
///
/// Where a setting is missing, the cause is logged and every request is answered 503: a client must never take
/// a function that was deployed wrong for one that says no (PW-1).
///
/// # Errors
/// Where the Lambda runtime does not answer.
#[tokio::main]
pub async fn run(function: &'static str, assemble: Assemble) -> Result<(), Failure> {
    start_logging(Settings::log_level().as_deref());
    let routes = match Platform::of_function(function) {
        Ok(platform) if platform.settings().public_url.is_empty() => {
            Err(anyhow::anyhow!("PUBLIC_URL is not set"))
        }
        Ok(platform) => {
            let routes = assemble(&platform).await;
            platform.opened().await;
            routes.map(|routes| with_manners(routes, platform.manners()))
        }
        Err(error) => Err(error),
    };
    let routes = match routes {
        Ok(routes) => routes,
        Err(error) => {
            tracing::error!(event = "start_failed", function, "{error:#}");
            if error.is::<Unavailable>() {
                // May pass: Lambda starts another environment, which tries again.
                return Err(error.into());
            }
            unavailable(function)
        }
    };
    let service = ServiceBuilder::new().map_request(with_origin).service(routes);
    lambda_http::run(service.map_err(|never: Infallible| -> Failure { match never {} })).await
}

/// Runs a function that is called with events instead of requests: assembles what it needs once, and hands it each
/// event until Lambda ends it. What fails, Lambda calls again, as the template says.
///
/// # Errors
/// Where it can't be assembled, which is logged, or the Lambda runtime does not answer.
pub async fn run_events<App>(
    function: &'static str,
    assemble: impl AsyncFnOnce() -> anyhow::Result<App>,
    handle: impl AsyncFn(Arc<App>, Value) -> anyhow::Result<Value>,
) -> Result<(), Failure> {
    start_logging(Settings::log_level().as_deref());
    let app = match assemble().await {
        Ok(app) => Arc::new(app),
        Err(error) => {
            tracing::error!(event = "start_failed", function, "{error:#}");
            return Err(error.into());
        }
    };
    let handle = &handle;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let (app, request_id) = (app.clone(), event.context.request_id);
        // The runtime logs what fails, as an error.
        let handled = async move { handle(app, event.payload).await.map_err(Failure::from) };
        handled.instrument(tracing::info_span!("event", request_id, function))
    }))
    .await
}

fn unavailable(function: &'static str) -> Router {
    let manners = api::Manners {
        function,
        public_url: String::new(),
        cors_origins: Vec::new(),
        clock: Arc::new(crate::SystemClock),
    };
    with_manners(Router::new().route("/{*any}", axum::routing::any(async || Error::Busy)), manners)
}

fn with_origin(mut request: Request) -> Request {
    let origin = origin(&request);
    request.extensions_mut().insert(origin);
    request
}

/// Where a Lambda request came from: API Gateway's word for it, never a header (BF-3).
#[must_use]
pub fn origin(request: &Request) -> Origin {
    let ip = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
        _ => None,
    };
    let request_id =
        request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
    Origin { request_id, ip: ip.and_then(|ip| ip.parse().ok()).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) }
}
