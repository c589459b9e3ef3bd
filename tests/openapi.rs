//! The description that is served: complete, and fit to generate a client from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::World;

/// Every route of the contract, without the `/api/v1` before each.
const ROUTES: &str = "
    POST /auth/email/validate
    POST /auth/signin
    POST /auth/token
    POST /auth/token/update
    POST /auth/password/change
    POST /auth/password/restore
    POST /auth/password/restore/verify
    PUT /auth/password/restore
    POST /auth/email/change
    POST /auth/logout
    GET /auth/sessions
    DELETE /auth/sessions/{id}
    DELETE /auth/sessions
    GET /auth/.well-known/jwks.json
    GET /user/@me
    PATCH /user/@me
    DELETE /user/@me
    PUT /user/@me/avatar
    DELETE /user/@me/avatar
    GET /user/@me/export
    GET /user/{user_id}
    GET /user/{user_id}/walks
    GET /user/{user_id}/reviews
    GET /titles
    POST /titles
    GET /titles/{id}
    PATCH /titles/{id}
    POST /titles/{id}/cover
    DELETE /titles/{id}
    GET /titles/{id}/reviews
    GET /titles/{id}/walks
    GET /titles/{id}/history
    POST /walks
    PATCH /walks/{id}
    PATCH /walks
    GET /walks/{id}
    DELETE /walks/{id}
    POST /reviews
    PATCH /reviews/{id}
    PATCH /reviews
    GET /reviews/{id}
    DELETE /reviews/{id}
    GET /openapi.json
    GET /docs
    GET /health
";

/// What is open, of the routes above.
const OPEN: [&str; 10] = [
    "POST /auth/signin",
    "POST /auth/token",
    "POST /auth/token/update",
    "POST /auth/password/restore",
    "POST /auth/password/restore/verify",
    "PUT /auth/password/restore",
    "GET /auth/.well-known/jwks.json",
    "GET /openapi.json",
    "GET /docs",
    "GET /health",
];

fn description() -> Value {
    serde_json::from_str(web_function::OPENAPI).expect("JSON")
}

/// The operations of the description by their routes, as `GET /titles`.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let path = path.strip_prefix("/api/v1").expect("the base path");
        for (method, operation) in item.as_object().expect("operations") {
            all.insert(format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    all
}

/// Hands over every object of the document, with its own address.
fn each(value: &Value, at: &str, visit: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            visit(at, value);
            for (key, field) in fields {
                each(field, &format!("{at}/{key}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each(item, &format!("{at}/{index}"), visit);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_served_to_everybody_as_it_is_kept() {
    let world = World::new().await;
    let answer = world.anybody().get("/api/v1/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.bytes, web_function::OPENAPI.as_bytes());
    assert!(answer.text("/openapi").starts_with("3.1."));
    let refused = world.anybody().get("/api/v1/openapi.json?x=1").await;
    assert_eq!(refused.refusal(), "400 unknown_parameter");
    let docs = world.anybody().get("/api/v1/docs").await.expect(307);
    let page = world.anybody().get(docs.header("location")).await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
}

#[test]
fn it_has_every_route_of_the_contract_and_no_other() {
    let document = description();
    let described: BTreeSet<_> = operations(&document).into_keys().collect();
    let wanted: BTreeSet<_> =
        ROUTES.lines().map(str::trim).filter(|route| !route.is_empty()).map(str::to_owned).collect();
    assert_eq!(described, wanted);
}

#[test]
fn every_operation_is_named_tagged_and_tells_its_answers() {
    let document = description();
    let mut names = BTreeSet::new();
    for (route, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{route} has no name"));
        assert!(names.insert(name), "{name} stands twice");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{route}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{route}");
        let answers = operation["responses"].as_object().expect("answers");
        let good = answers.keys().any(|status| status.starts_with('2'));
        assert!(good || route == "GET /docs", "{route} never succeeds");
        for (status, answer) in answers {
            let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(problem == "#/components/schemas/Problem", status.as_str() >= "4", "{route} {status}");
            assert!(answer["headers"]["X-Request-Id"].is_object(), "{route} {status}");
        }
        for status in ["400", "429", "500", "503"] {
            assert!(answers.contains_key(status), "{route} says nothing of {status}");
        }
        if route == "POST /titles" || route == "POST /walks" || route == "POST /reviews" {
            assert!(answers["201"]["headers"]["Location"].is_object(), "{route}");
        }
    }
}

#[test]
fn what_needs_a_token_says_so() {
    let document = description();
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    for (route, operation) in operations(&document) {
        let security = &operation["security"];
        if OPEN.contains(&route.as_str()) {
            assert!(security.is_null(), "{route} is open");
        } else if route == "POST /auth/email/validate" {
            assert_eq!(
                *security,
                serde_json::json!([{}, {"token": []}]),
                "{route} is open, or takes a token"
            );
        } else {
            assert_eq!(*security, serde_json::json!([{"token": []}]), "{route} needs a token");
            assert!(operation["responses"]["401"].is_object(), "{route}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_kept_for_nobody() {
    let document = description();
    let mut used = BTreeSet::new();
    each(&document, "", &mut |at, value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} at {at}"));
            assert!(document.pointer(pointer).is_some(), "{target} at {at} leads nowhere");
            used.insert(target.rsplit('/').next().expect("a name").to_owned());
        }
    });
    let kept: BTreeSet<_> =
        document["components"]["schemas"].as_object().expect("schemas").keys().cloned().collect();
    assert_eq!(kept.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_parameter_of_a_path_is_described_once() {
    let document = description();
    for (route, operation) in operations(&document) {
        let (_, path) = route.split_once(' ').expect("a route");
        let wanted: Vec<_> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        let empty = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&empty);
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let described: Vec<_> =
            in_path.map(|parameter| parameter["name"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(described, wanted, "{route}");
        for parameter in parameters {
            assert!(parameter["schema"].is_object(), "{route} {parameter}");
            let needed = parameter["in"] == "path" || parameter["name"] == "type" && route == "GET /titles";
            assert_eq!(parameter["required"], needed, "{route} {parameter}");
        }
    }
}

#[test]
fn bodies_are_needed_and_closed_and_answers_have_all_their_fields() {
    let document = description();
    let named = |schema: &Value| {
        let target = schema["$ref"].as_str().expect("a named schema");
        document.pointer(&target[1..]).expect("a schema").clone()
    };
    let mut bodies = BTreeSet::new();
    for (route, operation) in operations(&document) {
        let Some(body) = operation.get("requestBody") else { continue };
        assert_eq!(body["required"], true, "{route}");
        let content = body["content"].as_object().expect("content");
        if let Some(json) = content.get("application/json") {
            let schema = named(&json["schema"]);
            assert_eq!(schema["additionalProperties"], false, "{route}");
            assert!(!schema["example"].is_null() || !json["example"].is_null(), "{route} has no example");
            bodies.insert(json["schema"]["$ref"].as_str().unwrap_or_default().to_owned());
        } else {
            let kinds: Vec<_> = content.keys().collect();
            assert_eq!(kinds, ["image/gif", "image/jpeg", "image/png", "image/webp"], "{route}");
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        let link = format!("#/components/schemas/{name}");
        if bodies.contains(&link) || ["NewLink", "Problem"].contains(&name.as_str()) {
            continue;
        }
        if let Some(fields) = schema["properties"].as_object() {
            let required = schema["required"].as_array().expect("fields that are always there");
            assert_eq!(required.len(), fields.len(), "{name} leaves a field out");
        }
    }
}

#[test]
fn what_a_client_stumbles_over_is_not_in_it() {
    let document = description();
    each(&document, "", &mut |at, value| {
        let names = value.get("propertyNames");
        assert!(names.is_none_or(|names| names["type"] == "string"), "{at}: names are strings");
        if value["type"] == "array" {
            assert_ne!(value["items"], serde_json::json!({}), "{at}: a list of anything");
        }
        assert!(value.get("nullable").is_none(), "{at}: that is OpenAPI 3.0");
    });
    let items = |page: &str| document["components"]["schemas"][page]["properties"]["items"]["items"].clone();
    assert_eq!(items("PageView_Title")["$ref"], "#/components/schemas/Title");
    assert_eq!(items("PageView_Change")["$ref"], "#/components/schemas/Change");
}
