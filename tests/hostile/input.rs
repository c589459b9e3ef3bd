use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{Answer, Person, World};

const TITLES: &str = "/api/v1/titles";

async fn send(person: &Person<'_>, body: impl Into<Vec<u8>>) -> Answer {
    person.send(Method::POST, TITLES, Some("application/json"), body.into()).await
}

/// The body of a title with this text in the place of a value.
fn title_with(name: &str, value: &str) -> String {
    let members =
        [("name", r#""Ico""#), ("description", r#""""#), ("type", r#""game""#), ("release_year", "2001")];
    let member =
        |(known, usual): (&str, &str)| format!(r#""{known}":{}"#, if known == name { value } else { usual });
    format!("{{{}}}", members.map(member).join(","))
}

#[tokio::test]
async fn what_parsers_disagree_about_is_malformed() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    let deep = |open: &str, close: &str, depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let bodies: Vec<Vec<u8>> = [
        deep("[", "]", 65),
        deep("[", "]", 60_000),
        deep(r#"{"a":"#, "}", 65),
        deep(r#"{"a":"#, "}", 20_000),
        title_with("name", &deep("[", "]", 64)),
        r#"{"name":"a","name":"b","description":"","type":"game","release_year":2001}"#.into(),
        r#"{"name":"a","n\u0061me":"b","description":"","type":"game","release_year":2001}"#.into(),
        title_with("name", r#""\ud800""#),
        title_with("name", r#""\udc00\ud800""#),
        title_with("name", r#""\ud83d""#),
        title_with("release_year", "1e400"),
        title_with("release_year", "-1e400"),
        title_with("release_year", "NaN"),
        title_with("release_year", "Infinity"),
        title_with("release_year", "0x7d1"),
        title_with("release_year", "02001"),
        title_with("release_year", "+2001"),
        title_with("release_year", "2001."),
        title_with("name", "'Ico'"),
        title_with("name", "\"a\nb\""),
        title_with("name", "\"a\u{0}b\""),
        format!("{} // a comment", title_with("", "")),
        format!("{}{}", title_with("", ""), title_with("", "")),
        format!("\u{feff}{}", title_with("", "")),
        title_with("", "").replace('}', ",}"),
        String::new(),
        " ".into(),
    ]
    .into_iter()
    .map(String::into_bytes)
    .chain([
        b"\xff\xfe{\x00}\x00".to_vec(),
        title_with("name", "\"\u{e9}\"").bytes().map(|byte| if byte == 0xc3 { 0xff } else { byte }).collect(),
        b"{\"name\":\"\xed\xa0\x80\"}".to_vec(),
        b"{\"name\":\"\xc0\x80\"}".to_vec(),
    ])
    .collect();
    for body in bodies {
        let start = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!(send(&anna, body).await.refusal(), "400 malformed_json", "{start}");
    }
    untouched.check().await;
}

#[tokio::test]
async fn odd_values_are_faults_of_their_field() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    for (field, value, fault) in [
        ("name", r#""a\u0000b""#, "/name forbidden_character"),
        ("description", r#""a\u0000b""#, "/description forbidden_character"),
        ("name", r#""a\u202eb""#, "/name forbidden_character"),
        ("name", r#""a\u200bb""#, "/name forbidden_character"),
        ("name", r#""a\nb""#, "/name forbidden_character"),
        ("name", r#""\u3000\t""#, "/name forbidden_character"),
        ("release_year", "1e300", "/release_year out_of_range"),
        ("release_year", "-0.5", "/release_year invalid_type"),
        ("release_year", "99999999999999999999999999", "/release_year out_of_range"),
        ("release_year", "9223372036854775808", "/release_year out_of_range"),
        ("release_year", "true", "/release_year invalid_type"),
        ("release_year", "[2001]", "/release_year invalid_type"),
        ("type", r#""GAME""#, "/type not_one_of"),
        ("type", r#"{"$ne": null}"#, "/type invalid_type"),
    ] {
        let answer = send(&anna, title_with(field, value)).await;
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.body);
        assert_eq!(answer.faults(), [fault], "{field} {value}");
    }
    untouched.check().await;
    // Written otherwise, and the same: U+0000 in the name of a field is one that nobody knows.
    let body = r#"{"\u006eame":"Ico","description":"","type":"game","release_year":2.001e3}"#;
    assert_eq!(send(&anna, body).await.expect(201).body["release_year"], 2001);
}

#[tokio::test]
async fn no_query_is_more_than_text() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    anna.add_title("game", "Ico", 2001).await;
    for search in [
        "%27%20OR%201=1--",
        "%25",
        "_",
        "%5C",
        "Ico%27;%20DROP%20TABLE%20titles;--",
        "*",
        "%ff",
        "%ed%a0%80",
        "%22",
        "%7B%22$gt%22:%22%22%7D",
    ] {
        let found = anna.get(&format!("{TITLES}?type=game&search={search}")).await.expect(200);
        assert!(found.items("/name").is_empty(), "{search}: {}", found.body);
    }
    for bad in ["%00", "a%00b"] {
        let answer = anna.get(&format!("{TITLES}?type=game&search={bad}")).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
        assert_eq!(answer.refusal(), "400 invalid_parameter", "{bad}");
    }
    assert_eq!(anna.get(&format!("{TITLES}?type=game")).await.expect(200).items("/name"), ["Ico"]);
}

#[tokio::test]
async fn nothing_that_is_typed_reaches_a_mails_header() {
    let world = World::new().await;
    let untouched = world.untouched().await;
    let bad = [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\nSubject: x",
        "a@example.org\u{0}",
        "a@example.org,b@example.org",
        "a@example.org;b@example.org",
        "\"a\r\n b\"@example.org",
        "Anna <a@example.org>",
        "a@example.org\u{2028}b",
        "a@exam\u{ad}ple.org",
        "a@\u{200b}example.org",
    ];
    for email in bad {
        let body = json!({"email": email});
        for path in ["/api/v1/auth/email/validate", "/api/v1/auth/password/restore"] {
            let faults = world.anybody().post(path, body.clone()).await.faults();
            assert!(faults.len() == 1 && faults[0].starts_with("/email "), "{email:?}: {faults:?}");
        }
    }
    untouched.check().await;
    let anna = world.person("anna").await;
    for name in [
        "anna\r\nBcc: b",
        "anna\u{0}",
        "an\u{200d}na",
        "an\u{202e}na",
        "\u{301}\u{301}\u{301}",
        "аnna",
        "an na",
    ] {
        let faults = anna.patch("/api/v1/user/@me", json!({"username": name})).await.faults();
        assert!(faults.iter().all(|fault| fault.starts_with("/username ")), "{name:?}: {faults:?}");
    }
    assert_eq!(anna.get("/api/v1/user/@me").await.expect(200).body["username"], "anna");
}

/// Any JSON, with the values that parsers trip over among it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop_oneof!["game", "movie", "completed", "Ico", "018f0000-0000-7000-8000-000000000000"]
            .prop_map(Value::from),
    ];
    let fields = prop_oneof![
        "name",
        "description",
        "type",
        "release_year",
        "title_id",
        "state",
        "rating",
        "text",
        "email",
        "password",
        "code",
        "username",
        "links",
        "about",
        "refresh_token",
        "[a-z]{1,8}"
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(fields.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn whatever_json_comes_no_operation_breaks() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (world, operations) = runtime.block_on(async {
        let world = World::new().await;
        let described = world.anybody().get("/api/v1/openapi.json").await.expect(200).body;
        (world, with_bodies(&described))
    });
    let anna = runtime.block_on(world.person("anna"));
    assert!(operations.len() >= 18, "{operations:?}");
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let inputs = (prop::sample::select(operations), any_json());
    let run = runner.run(&inputs, |((method, path), body)| {
        let path = path.replace("{id}", "018f0000-0000-7000-8000-000000000000");
        let answer = runtime.block_on(async {
            let method = method.parse().expect("a method");
            anna.send(method, &path, Some("application/json"), body.to_string()).await
        });
        prop_assert!(answer.status.as_u16() < 500, "{} for {path} {body}", answer.status);
        if !answer.status.is_success() {
            answer.refusal();
        }
        Ok(())
    });
    run.expect("no failure");
}

/// Method and path of every operation of the description that takes JSON.
fn with_bodies(described: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, item) in described["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if operation.pointer("/requestBody/content/application~1json").is_some() {
                found.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    found
}
