//! A double of Lambda's Runtime API for one function: what a function asks, and what it is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

/// How long a function may take for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// One function's Runtime API.
pub struct Runtime {
    /// What the function is told in `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    events: mpsc::Sender<Bytes>,
    happened: mpsc::Receiver<Happened>,
}

enum Happened {
    Polled(Instant),
    Answered(Instant, Bytes),
    Failed(Bytes),
}

/// How long an invocation took from the event to the answer, and what that was.
pub struct Invoked {
    /// The time between.
    pub took: Duration,
    /// The status of the response of HTTP; none where an event is no request.
    pub status: Option<u64>,
}

#[derive(Clone)]
struct Shared {
    events: Arc<Mutex<mpsc::Receiver<Bytes>>>,
    happened: mpsc::Sender<Happened>,
}

impl Runtime {
    /// Listens on a port of its own.
    pub async fn start() -> anyhow::Result<Self> {
        let (events, waiting) = mpsc::channel(1);
        let (tell, happened) = mpsc::channel(16);
        let shared = Shared { events: Arc::new(Mutex::new(waiting)), happened: tell };
        let base = "/2018-06-01/runtime";
        let routes = Router::new()
            .route(&format!("{base}/invocation/next"), get(next))
            .route(&format!("{base}/invocation/{{id}}/response"), post(response))
            .route(&format!("{base}/invocation/{{id}}/error"), post(failure))
            .route(&format!("{base}/init/error"), post(failure))
            .with_state(shared);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { address, events, happened })
    }

    /// Waits until the function asks for an event.
    pub async fn polled(&mut self) -> anyhow::Result<Instant> {
        match self.happened().await? {
            Happened::Polled(at) => Ok(at),
            Happened::Answered(..) => anyhow::bail!("an answer to nothing"),
            Happened::Failed(why) => anyhow::bail!("the function failed: {}", String::from_utf8_lossy(&why)),
        }
    }

    /// Hands over an event to a function that has asked, and waits for the answer and until it asks again.
    pub async fn invoke(&mut self, event: &Bytes) -> anyhow::Result<Invoked> {
        let started = Instant::now();
        self.events.send(event.clone()).await.context("nobody waits for events")?;
        let (at, body) = match self.happened().await? {
            Happened::Answered(at, body) => (at, body),
            Happened::Polled(_) => anyhow::bail!("asked again without an answer"),
            Happened::Failed(why) => anyhow::bail!("an event failed: {}", String::from_utf8_lossy(&why)),
        };
        self.polled().await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Invoked { took: at.duration_since(started), status: answer["statusCode"].as_u64() })
    }

    async fn happened(&mut self) -> anyhow::Result<Happened> {
        let happened = timeout(PATIENCE, self.happened.recv()).await.context("the function is silent")?;
        happened.context("the Runtime API has ended")
    }
}

async fn next(State(shared): State<Shared>) -> Result<Response<Body>, StatusCode> {
    let gone = StatusCode::GONE;
    shared.happened.send(Happened::Polled(Instant::now())).await.map_err(|_| gone)?;
    let event = shared.events.lock().await.recv().await.ok_or(gone)?;
    Response::builder()
        .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("lambda-runtime-deadline-ms", "4102444800000")
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:bench",
        )
        .header("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
        .body(Body::from(event))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn response(State(shared): State<Shared>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    told(&shared, Happened::Answered(Instant::now(), body)).await
}

async fn failure(State(shared): State<Shared>, body: Bytes) -> StatusCode {
    told(&shared, Happened::Failed(body)).await
}

async fn told(shared: &Shared, happened: Happened) -> StatusCode {
    // Whoever measured may have seen enough.
    let _ = shared.happened.send(happened).await;
    StatusCode::ACCEPTED
}
