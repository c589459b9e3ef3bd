//! What each endpoint consumes of DynamoDB, at two sizes of the catalogue, and that `docs/dynamodb.md` says so.

pub(crate) mod calls;
pub(crate) mod scene;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use adapter_dynamodb::Consumed;
use serde_json::{Value, json};

use calls::{accounts, catalogue, people, records, restore};
use jiff::SignedDuration;
use models::TitleId;
use scene::{Count, Line, Scene, Size};

/// The sizes of the tests, unless `cargo dev bench` names others: so many titles, and people who know one of them.
fn sizes() -> [Size; 2] {
    let [few, many] = crate::growth::sizes("PROHOD_CAPACITY_TITLES", [60, 1_200]);
    [(few, 30), (many, 300)].map(|(titles, people)| Size { titles, people })
}

/// Calls every endpoint, and notes what each of them costs.
pub(crate) async fn call_all<C: Count>(mut scene: Scene<C>, known: TitleId) -> Scene<C> {
    let (_, id) = accounts(&mut scene).await;
    let caller = restore(&mut scene).await;
    catalogue(&mut scene, &caller, known).await;
    records(&mut scene, &caller, known).await;
    people(&mut scene, &caller, id).await;
    scene.note(("GET /health", ""), async |w| w.anybody().get("/api/v1/health").await).await;
    for (endpoint, path) in [
        ("GET /auth/.well-known/jwks.json", "/api/v1/auth/.well-known/jwks.json"),
        ("GET /docs", "/api/v1/docs"),
        ("GET /openapi.json", "/api/v1/openapi.json"),
    ] {
        scene.note((endpoint, ""), async |w| w.anybody().get(path).await).await;
    }
    scene
}

async fn measured(size: &Size) -> Vec<Line<Consumed>> {
    let (scene, known) = Scene::new(size).await;
    call_all(scene, known).await.lines
}

fn keep(titles: [u32; 2], small: &[Line<Consumed>], large: &[Line<Consumed>]) {
    let units =
        |Consumed { calls, read, write }: Consumed| json!({"calls": calls, "read": read, "write": write});
    let lines = small.iter().zip(large).map(|((endpoint, how, small), (.., large))| {
        json!({"endpoint": endpoint, "how": how, "small": units(*small), "large": units(*large)})
    });
    crate::growth::keep("capacity", &json!({"titles": titles, "lines": lines.collect::<Vec<_>>()}));
}

fn table(lines: &[Line<Consumed>]) -> String {
    let mut lines: Vec<_> = lines.iter().collect();
    let path = |endpoint: &str| endpoint.split_once(' ').map(|(_, path)| path.to_owned());
    lines.sort_by_key(|(endpoint, ..)| path(endpoint));
    let mut table = String::from("| endpoint | measured with | calls | read units | write units |\n");
    table.push_str("| --- | --- | --- | --- | --- |\n");
    for (endpoint, how, Consumed { calls, read, write }) in lines {
        let _ = writeln!(table, "| `{endpoint}` | {how} | {calls} | {read} | {write} |");
    }
    table
}

pub(crate) fn every_endpoint() -> BTreeSet<String> {
    let description: Value = serde_json::from_str(web_function::OPENAPI).expect("a description");
    let paths = description["paths"].as_object().expect("paths").iter();
    let methods = ["get", "post", "put", "patch", "delete"];
    paths
        .flat_map(|(path, item)| {
            let path = path.trim_start_matches("/api/v1");
            let has = methods.iter().filter(|method| item.get(**method).is_some());
            has.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[tokio::test]
async fn every_endpoint_consumes_what_is_written_down_however_much_there_is() {
    let [few, many] = sizes();
    let (small, large) = (measured(&few).await, measured(&many).await);
    keep([few.titles, many.titles], &small, &large);
    let endpoints: BTreeSet<_> = small.iter().map(|(endpoint, ..)| (*endpoint).to_owned()).collect();
    assert_eq!(endpoints, every_endpoint());
    let table = table(&small);
    for (small, large) in small.iter().zip(&large) {
        assert_eq!(small, large, "with more of everything");
    }
    let written = include_str!("../docs/dynamodb.md");
    assert!(written.contains(&table), "docs/dynamodb.md must hold:\n{table}");
}

/// Whether somebody has an address does not show in what is consumed (ENUM-1, ENUM-2).
#[tokio::test]
async fn known_and_unknown_addresses_consume_the_same() {
    let (scene, _) = Scene::new(&Size { titles: 1, people: 1 }).await;
    scene.world.person("known").await;
    for (path, status, more) in [
        ("email/validate", 202, json!({"purpose": "registration"})),
        ("password/restore", 202, json!({})),
        ("token", 401, json!({"password": "not the one that was chosen"})),
    ] {
        // Each address has room for a mail again.
        scene.world.clock.pass(SignedDuration::from_hours(1));
        let mut consumed = Vec::new();
        for name in ["known", "nobody"] {
            let mut body = more.clone();
            body["email"] = json!(format!("{name}@example.org"));
            scene.count.take().await;
            scene.world.anybody().post(&format!("/api/v1/auth/{path}"), body).await.expect(status);
            consumed.push(scene.count.take().await);
        }
        assert_eq!(consumed[0], consumed[1], "{path}");
    }
}
