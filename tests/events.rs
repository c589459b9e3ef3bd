//! One event of API Gateway for each function: what Lambda would hand it.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use lambda_http::request::from_str;

use crate::support::{Answer, World};

/// The answer to `infra/events/<function>.json`, with a real token in the place of `TOKEN`.
async fn answer(world: &World, function: &str, token: &str) -> Answer {
    let file = format!("{}/../infra/events/{function}.json", env!("CARGO_MANIFEST_DIR"));
    let event = std::fs::read_to_string(&file).expect("an event").replace("TOKEN", token);
    let request = from_str(&event).expect("an event that Lambda's runtime reads");
    let origin = platform::origin(&request);
    assert_eq!(origin.ip.to_string(), "192.0.2.44", "the gateway's word, not a header's");
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    world.answer_raw(Request::from_parts(parts, Body::from(bytes)), &origin.ip.to_string()).await
}

#[tokio::test]
async fn every_function_answers_its_sample_event() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    anna.add_title("game", "The Dunes", 2020).await;
    answer(&world, "auth", "").await.expect(202);
    assert_eq!(answer(&world, "user", &anna.token).await.expect(200).text("/username"), "anna");
    assert_eq!(answer(&world, "titles", &anna.token).await.expect(200).items("/name"), ["The Dunes"]);
    assert_eq!(answer(&world, "walks", &anna.token).await.refusal(), "404 not_found");
    assert_eq!(answer(&world, "reviews", &anna.token).await.refusal(), "422 nothing_to_change");
    assert_eq!(answer(&world, "web", "").await.expect(200).text("/openapi"), "3.1.0");
}
