use std::net::SocketAddr;

use anyhow::Context as _;
use api::{Origin, with_manners};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use http::StatusCode;
use platform::Platform;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::assemble;
use crate::linger::linger;

/// Serves until SIGTERM or Ctrl-C, then finishes what is under way.
pub(crate) async fn serve(platform: &Platform, listen: SocketAddr, faults: bool) -> anyhow::Result<()> {
    let clock = platform.clock();
    let routes = assemble::all(platform).await?;
    let routes = if faults { routes.route("/dev/panic", post(panic)) } else { routes };
    let routes = with_manners(routes, platform.manners());
    let routes = routes.layer(from_fn(move |request, next| {
        let request_id = clock.id().to_string();
        with_origin(request_id, request, next)
    }));
    let routes = routes.layer(from_fn(linger));
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    tracing::info!(event = "serving", address = %listener.local_addr()?, "all functions on one port");
    axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(ended()?)
        .await
        .context("serving")
}

async fn panic() -> StatusCode {
    panic!("a panic that was asked for")
}

/// What API Gateway's event says on Lambda is here said by the socket.
async fn with_origin(request_id: String, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        request.extensions_mut().insert(Origin { request_id, ip: address.ip() });
    }
    next.run(request).await
}

fn ended() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminated = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}
