//! What every endpoint has in common: the order of checks, problems in two languages, headers, and what happens
//! to bodies and tokens that nobody should send.

use std::io::Read as _;

use axum::body::Body;
use flate2::read::GzDecoder;
use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use models::Language;
use serde_json::{Value, json};

use crate::support::{ABSENT, Kept, World};

/// Every operation of the description: method, path with ids in place, whether it needs a token.
fn operations() -> Vec<(Method, String, bool)> {
    let document: Value = serde_json::from_str(web_function::OPENAPI).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let path = path.replace("{id}", ABSENT).replace("{user_id}", ABSENT);
            let open = vec![json!({})];
            let security = operation["security"].as_array().unwrap_or(&open);
            let method = method.to_uppercase().parse().expect("a method");
            operations.push((method, path, !security.contains(&json!({}))));
        }
    }
    assert!(operations.len() > 35, "{} operations", operations.len());
    operations
}

#[tokio::test]
async fn every_operation_but_the_open_ones_wants_a_token() {
    let world = World::new().await;
    for (method, path, secured) in operations() {
        let answer = world.anybody().send(method.clone(), &path, None, Body::empty()).await;
        assert_eq!(answer.status == StatusCode::UNAUTHORIZED, secured, "{method} {path}: {}", answer.status);
        assert_ne!(answer.header("x-request-id"), "", "{method} {path}");
        if secured {
            assert_eq!(
                (answer.refusal().as_str(), answer.header("www-authenticate")),
                ("401 token_missing", "Bearer")
            );
        }
    }
}

#[tokio::test]
async fn no_operation_takes_a_parameter_that_it_does_not_know() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    for (method, path, _) in operations() {
        let kind = if path.ends_with("cover") || path.ends_with("avatar") {
            "image/png"
        } else {
            "application/json"
        };
        let body = if method == Method::GET { Body::empty() } else { Body::from("{}") };
        let answer = anna.send(method.clone(), &format!("{path}?nonsense=1"), Some(kind), body).await;
        assert_eq!(answer.refusal(), "400 unknown_parameter", "{method} {path}");
    }
    assert_eq!(world.kept(Kept::Sessions).await, 1, "nobody was signed out");
}

#[tokio::test]
async fn unknown_routes_and_methods_come_before_everything_else() {
    let world = World::new().await;
    let anybody = world.anybody();
    assert_eq!(anybody.get("/api/v1/nothing").await.refusal(), "404 not_found");
    assert_eq!(anybody.get("/api/v1/titles/no-id").await.refusal(), "404 not_found");
    let refused = anybody.put("/api/v1/titles", json!({})).await;
    assert_eq!(
        (refused.refusal().as_str(), refused.header("allow")),
        ("405 method_not_allowed", "GET,HEAD,POST")
    );
    let head = anybody.send(Method::HEAD, "/api/v1/titles?type=game", None, Body::empty()).await;
    assert_eq!((head.status.as_u16(), head.bytes.len()), (401, 0));
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_invalid() {
    let (world, elsewhere) = (World::new().await, World::new().await);
    let (anna, foreign) = (world.person("anna").await, elsewhere.person("anna").await);
    let cut = &anna.token[..anna.token.len() - 2];
    let long = "a".repeat(8192);
    for token in [foreign.token.as_str(), cut, "x", "", "a.b.c", &long] {
        let refused = world
            .anybody()
            .with(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
            .get("/api/v1/user/@me")
            .await;
        assert_eq!(refused.refusal(), "401 token_invalid");
        assert!(refused.header("www-authenticate").starts_with(r#"Bearer error="invalid_token""#));
    }
    let basic = world.anybody().with(AUTHORIZATION.as_str(), "Basic YTpi").get("/api/v1/user/@me").await;
    assert_eq!(basic.refusal(), "401 token_missing");
    let lower = world.anybody().with(AUTHORIZATION.as_str(), &format!("bearer {}", anna.token));
    lower.get("/api/v1/user/@me").await.expect(200);
}

#[tokio::test]
async fn a_body_that_two_readers_could_read_differently_is_malformed() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    let send =
        async |body: String| anna.send(Method::POST, "/api/v1/titles", Some("application/json"), body).await;
    let deep = format!("{{\"name\": {}{}}}", "[".repeat(70), "]".repeat(70));
    for body in [
        "",
        "{",
        "nul",
        "{} {}",
        r#"{"name": "a", "name": "b"}"#,
        r#"{"name": "\ud800"}"#,
        r#"{"release_year": 1e400}"#,
        &deep,
        "{'name': 1}",
        "\u{feff}{}",
    ] {
        assert_eq!(send(body.to_owned()).await.refusal(), "400 malformed_json", "{body}");
    }
    let nul = r#"{"name": "a\u0000", "description": "", "type": "game", "release_year": 2020}"#;
    assert_eq!(send(nul.to_owned()).await.faults(), ["/name forbidden_character"]);
    assert_eq!(send("[]".to_owned()).await.faults(), [" invalid_type"]);
    assert_eq!(send(format!("\"{}\"", "a".repeat(128 * 1024))).await.refusal(), "413 too_large");
    let text = anna.send(Method::POST, "/api/v1/titles", Some("text/plain"), "{}").await;
    assert_eq!(text.refusal(), "415 unsupported_media_type");
    assert_eq!(
        anna.send(Method::POST, "/api/v1/titles", None, "{}").await.refusal(),
        "415 unsupported_media_type"
    );
    untouched.check().await;
}

#[tokio::test]
async fn people_are_answered_and_mailed_in_their_language() {
    let world = World::new().await;
    let body = json!({"email": "anna@example.org"});
    let title = async |language: &str| {
        world.anybody().with("accept-language", language).get("/api/v1/nothing").await.text("/title")
    };
    assert_eq!(title("ru-RU,ru;q=0.9,en;q=0.8").await, "Не найдено");
    assert_eq!(title("de").await, "Not found");
    world.anybody().with("accept-language", "ru").post("/api/v1/auth/email/validate", body).await.expect(202);
    assert_eq!(world.letters.last().language, Language::Ru);
}

#[tokio::test]
async fn answers_are_closed_to_other_pages_but_those_that_are_named() {
    let world = World::new().await;
    let anybody = world.anybody().with("access-control-request-method", "POST");
    let preflight = async |origin: &str| {
        anybody
            .again()
            .with("origin", origin)
            .send(Method::OPTIONS, "/api/v1/titles", None, Body::empty())
            .await
    };
    let named = preflight("https://app.prohod.example").await;
    assert_eq!(named.header("access-control-allow-origin"), "https://app.prohod.example");
    assert_ne!(named.header("x-request-id"), "");
    for other in ["https://evil.example", "https://app.prohod.example.evil.example", "null"] {
        assert_eq!(preflight(other).await.header("access-control-allow-origin"), "", "{other}");
    }
    let of_no_page = anybody.again().send(Method::OPTIONS, "/api/v1/titles", None, Body::empty()).await;
    assert_eq!(of_no_page.refusal(), "405 method_not_allowed");
    assert_ne!(of_no_page.header("allow"), "");
    let nowhere = anybody.again().send(Method::OPTIONS, "/api/v1/nothing", None, Body::empty()).await;
    assert_eq!(nowhere.refusal(), "404 not_found");
    let answer = world.anybody().get("/api/v1/titles?type=game").await;
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}

/// What a gzipped body says.
fn unzipped(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).expect("gzip");
    plain
}

#[tokio::test]
async fn a_large_answer_to_a_read_is_compressed_where_that_is_asked_for() {
    let world = World::new().await;
    let anybody = world.anybody();
    let plain = anybody.get("/api/v1/openapi.json").await.expect(200);
    assert_eq!(plain.header("content-encoding"), "");
    let zipping = anybody.with("accept-encoding", "gzip");
    let zipped = zipping.get("/api/v1/openapi.json").await.expect(200);
    assert_eq!((zipped.header("content-encoding"), zipped.header("vary")), ("gzip", "accept-encoding"));
    assert!(zipped.bytes.len() * 4 < plain.bytes.len(), "{} of {}", zipped.bytes.len(), plain.bytes.len());
    assert_eq!(unzipped(&zipped.bytes), plain.bytes);
    let small = zipping.get("/api/v1/auth/.well-known/jwks.json").await.expect(200);
    assert_eq!(small.header("content-encoding"), "", "{} bytes", small.bytes.len());
}

#[tokio::test]
async fn an_answer_to_a_write_is_never_compressed() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let long =
        json!({"name": "Long", "description": "d".repeat(3_000), "type": "game", "release_year": 2000});
    let zipping = anna.client.again().with("accept-encoding", "gzip");
    let answer = zipping.post("/api/v1/titles", long).await.expect(201);
    assert!(answer.bytes.len() > 3_000);
    assert_eq!(answer.header("content-encoding"), "");
    let path = format!("/api/v1/titles/{}", answer.text("/id"));
    assert_eq!(zipping.get(&path).await.expect(200).header("content-encoding"), "gzip");
}
