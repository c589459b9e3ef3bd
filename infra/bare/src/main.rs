//! A function of `lambda_http` and nothing else, which every function of ours is measured beside.

use std::convert::Infallible;

use http::Response;
use lambda_http::{Body, Error, Request, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(answer)).await
}

async fn answer(_: Request) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::from("bare")))
}
