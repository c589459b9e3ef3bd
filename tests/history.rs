//! `GET /api/v1/titles/{id}/history`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Person, World};

const TITLES: &str = "/api/v1/titles";

#[tokio::test]
async fn the_history_tells_who_changed_what_newest_first() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let (path, history) = (format!("{TITLES}/{title}"), format!("{TITLES}/{title}/history"));
    let none = anna.get(&history).await.expect(200).body;
    assert_eq!(none, json!({"items": [], "next_cursor": null}));
    world.clock.pass(SignedDuration::from_secs(1));
    anna.patch(&path, json!({"name": "ICO", "release_year": 2002})).await.expect(200);
    world.clock.pass(SignedDuration::from_secs(1));
    boris.patch(&path, json!({"name": "ICO", "type": "movie", "description": "Рога."})).await.expect(200);
    let short = |person: &Person<'_>| json!({"id": person.id, "username": person.username, "avatar": null});
    let first = json!({"changed_at": "2026-11-22T12:00:01.000Z", "user": short(&anna),
        "changes": {"name": ["Ico", "ICO"], "release_year": [2001, 2002]}});
    let mut second = json!({"changed_at": "2026-11-22T12:00:02.000Z", "user": short(&boris),
        "changes": {"type": ["game", "movie"], "description": ["", "Рога."]}});
    let shown = anna.get(&history).await.expect(200).body;
    assert_eq!(shown, json!({"items": [second, first], "next_cursor": null}));
    assert_eq!(anna.whole(&format!("{history}?limit=1"), "/user/username").await, ["boris", "anna"]);
    let body = json!({"password": boris.password});
    boris.delete_with("/api/v1/user/@me", body).await.expect(204);
    second["user"] = Value::Null;
    let shown = anna.get(&history).await.expect(200).body;
    assert_eq!(shown["items"], json!([second, first]));
    for query in ["limit=0", "limit=101", "limit=x"] {
        let answer = anna.get(&format!("{history}?{query}")).await;
        assert_eq!(answer.refusal(), "400 invalid_parameter");
    }
    assert_eq!(anna.get(&format!("{history}?sort=id")).await.refusal(), "400 unknown_parameter");
    assert_eq!(anna.get(&format!("{history}?cursor=x")).await.refusal(), "400 invalid_cursor");
}
