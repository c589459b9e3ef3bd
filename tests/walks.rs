//! `/api/v1/walks` and a title's walks, on a real Postgres.

use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{ABSENT, Kept, World};

const WALKS: &str = "/api/v1/walks";
const STATES: [&str; 6] = ["planned", "in_progress", "on_hold", "dropped", "completed", "hundred_percent"];

#[tokio::test]
async fn a_walk_is_made_with_every_field_and_shown_with_its_title_and_person() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let made = anna.post(WALKS, json!({"title_id": title, "state": "in_progress"})).await.expect(201);
    let id = made.text("/id");
    assert_eq!(made.header("location"), format!("{WALKS}/{id}"));
    let now = "2026-11-22T12:00:00.000Z";
    let mut wanted = json!({"id": id, "title_id": title, "user_id": anna.id, "state": "in_progress",
        "created_at": now, "updated_at": now});
    assert_eq!(made.body, wanted);
    wanted["title"] = json!({"id": title, "name": "Ico", "type": "game", "release_year": 2001,
        "cover": null, "rating": null});
    let person = json!({"id": anna.id, "username": "anna", "avatar": null});
    let own = anna.get("/api/v1/user/@me/walks").await.expect(200).body;
    assert_eq!(own, json!({"items": [wanted], "next_cursor": null}));
    wanted["user"] = person;
    assert_eq!(boris.get(&format!("{WALKS}/{id}")).await.expect(200).body, wanted);
    wanted.as_object_mut().expect("a walk").remove("title");
    let of_title = boris.get(&format!("/api/v1/titles/{title}/walks")).await.expect(200).body;
    assert_eq!(of_title, json!({"items": [wanted], "next_cursor": null}));
    let shown = boris.get(&format!("/api/v1/titles/{title}")).await.expect(200).body;
    assert_eq!(shown["walks_count"], 1);
}

#[tokio::test]
async fn every_fault_of_a_walk_is_told_at_once_and_nothing_is_made() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let untouched = world.untouched().await;
    let bad = json!({"title_id": "1", "state": "done", "note": ""});
    assert_eq!(
        anna.post(WALKS, bad).await.faults(),
        ["/note unknown_field", "/state not_one_of", "/title_id invalid_format"]
    );
    assert_eq!(anna.post(WALKS, json!({})).await.faults(), ["/state required", "/title_id required"]);
    let bad = json!({"title_id": 7, "state": null});
    assert_eq!(anna.post(WALKS, bad).await.faults(), ["/state invalid_type", "/title_id invalid_type"]);
    let bad = json!({"title_id": title.to_uppercase(), "state": "planned"});
    assert_eq!(anna.post(WALKS, bad).await.faults(), ["/title_id invalid_format"]);
    let fine = json!({"title_id": ABSENT, "state": "planned"});
    assert_eq!(anna.post(WALKS, fine.clone()).await.refusal(), "404 not_found");
    assert_eq!(world.anybody().post(WALKS, fine).await.refusal(), "401 token_missing");
    untouched.check().await;
}

#[tokio::test]
async fn a_second_walk_on_a_title_exists_already() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let id = anna.add_walk(&title, "planned").await;
    let untouched = world.untouched().await;
    for state in ["planned", "completed"] {
        let answer = anna.post(WALKS, json!({"title_id": title, "state": state})).await;
        assert_eq!((answer.refusal().as_str(), answer.text("/existing_id")), ("409 walk_exists", id.clone()));
    }
    untouched.check().await;
    boris.add_walk(&title, "planned").await;
}

#[tokio::test]
async fn fifty_equal_walks_at_once_make_one() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let body = json!({"title_id": title, "state": "planned"});
    let answers = join_all((0..50).map(|_| anna.post(WALKS, body.clone()))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 49));
    for answer in refused {
        assert_eq!(answer.refusal(), "409 walk_exists");
        assert_eq!(answer.text("/existing_id"), made[0].text("/id"));
    }
    assert_eq!(world.kept(Kept::Walks).await, 1);
    let shown = anna.get(&format!("/api/v1/titles/{title}")).await.expect(200);
    assert_eq!(shown.body["walks_count"], 1);
}

#[tokio::test]
async fn a_walk_goes_through_every_state_by_id_or_by_title() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let id = anna.add_walk(&title, "hundred_percent").await;
    for (second, state) in (1..).zip(STATES) {
        world.clock.pass(SignedDuration::from_secs(1));
        let changed = if second % 2 == 0 {
            anna.patch(WALKS, json!({"title_id": title, "state": state})).await
        } else {
            anna.patch(&format!("{WALKS}/{id}"), json!({"state": state})).await
        };
        let wanted = json!({"id": id, "title_id": title, "user_id": anna.id, "state": state,
            "created_at": "2026-11-22T12:00:00.000Z",
            "updated_at": format!("2026-11-22T12:00:{second:02}.000Z")});
        assert_eq!(changed.expect(200).body, wanted);
    }
    world.clock.pass(SignedDuration::from_secs(1));
    let untouched = world.untouched().await;
    let equal = json!({"state": "hundred_percent"});
    let same = anna.patch(&format!("{WALKS}/{id}"), equal).await.expect(200);
    assert_eq!(same.body["updated_at"], "2026-11-22T12:00:06.000Z");
    anna.patch(WALKS, json!({"title_id": title, "state": "hundred_percent"})).await.expect(200);
    untouched.check().await;
}

#[tokio::test]
async fn a_change_of_a_walk_that_is_refused_leaves_it_as_it_is() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let id = anna.add_walk(&title, "planned").await;
    let path = format!("{WALKS}/{id}");
    world.clock.pass(SignedDuration::from_secs(1));
    let untouched = world.untouched().await;
    assert_eq!(anna.patch(&path, json!({})).await.refusal(), "422 nothing_to_change");
    let only_title = json!({"title_id": title});
    assert_eq!(anna.patch(WALKS, only_title).await.refusal(), "422 nothing_to_change");
    assert_eq!(anna.patch(WALKS, json!({})).await.refusal(), "422 nothing_to_change");
    assert_eq!(anna.patch(WALKS, json!({"state": "completed"})).await.faults(), ["/title_id required"]);
    assert_eq!(anna.patch(&path, json!({"state": null})).await.faults(), ["/state invalid_type"]);
    let bad = json!({"state": "done", "title_id": title});
    assert_eq!(anna.patch(&path, bad).await.faults(), ["/state not_one_of", "/title_id unknown_field"]);
    let done = json!({"state": "completed"});
    assert_eq!(boris.patch(&path, done.clone()).await.refusal(), "403 forbidden");
    assert_eq!(anna.patch(&format!("{WALKS}/{ABSENT}"), done.clone()).await.refusal(), "404 not_found");
    let not_walked = json!({"title_id": title, "state": "completed"});
    assert_eq!(boris.patch(WALKS, not_walked).await.refusal(), "404 not_found");
    let no_title = json!({"title_id": ABSENT, "state": "completed"});
    assert_eq!(anna.patch(WALKS, no_title).await.refusal(), "404 not_found");
    assert_eq!(world.anybody().patch(&path, done).await.refusal(), "401 token_missing");
    untouched.check().await;
}

#[tokio::test]
async fn a_walk_is_removed_by_its_owner_alone() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let path = format!("{WALKS}/{}", anna.add_walk(&title, "planned").await);
    let untouched = world.untouched().await;
    assert_eq!(boris.delete(&path).await.refusal(), "403 forbidden");
    assert_eq!(world.anybody().delete(&path).await.refusal(), "401 token_missing");
    assert_eq!(anna.delete(&format!("{WALKS}/{ABSENT}")).await.refusal(), "404 not_found");
    assert_eq!(anna.delete(&format!("{path}?x=1")).await.refusal(), "400 unknown_parameter");
    untouched.check().await;
    assert!(anna.delete(&path).await.expect(204).bytes.is_empty());
    assert_eq!(anna.delete(&path).await.refusal(), "404 not_found");
    assert_eq!(anna.get(&path).await.refusal(), "404 not_found");
    assert_eq!(world.kept(Kept::Walks).await, 0);
    let shown = anna.get(&format!("/api/v1/titles/{title}")).await.expect(200);
    assert_eq!(shown.body["walks_count"], 0);
    anna.add_walk(&title, "planned").await;
}

#[tokio::test]
async fn a_malformed_id_of_a_walk_is_not_found_even_without_a_token() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    for client in [&world.anybody(), &*anna] {
        for id in ["1", &ABSENT.to_uppercase(), "@me"] {
            let path = format!("{WALKS}/{id}");
            assert_eq!(client.get(&path).await.refusal(), "404 not_found");
            assert_eq!(client.patch(&path, json!({})).await.refusal(), "404 not_found");
            assert_eq!(client.delete(&path).await.refusal(), "404 not_found");
        }
    }
    assert_eq!(anna.get(&format!("{WALKS}/{ABSENT}")).await.refusal(), "404 not_found");
    assert_eq!(world.anybody().get(&format!("{WALKS}/{ABSENT}")).await.refusal(), "401 token_missing");
}

#[tokio::test]
async fn walks_on_a_title_come_newest_change_first_by_any_of_the_states() {
    let world = World::new().await;
    let people = [
        world.person("anna").await,
        world.person("boris").await,
        world.person("vera").await,
        world.person("gleb").await,
    ];
    let title = people[0].add_title("game", "Ico", 2001).await;
    // Anna and Boris at one instant, so that their ids decide; then Vera, then Gleb.
    for (person, state, seconds) in
        [(0, "planned", 0), (1, "completed", 1), (2, "planned", 1), (3, "dropped", 0)]
    {
        people[person].add_walk(&title, state).await;
        world.clock.pass(SignedDuration::from_secs(seconds));
    }
    let (anna, path) = (&people[0], format!("/api/v1/titles/{title}/walks"));
    for (query, wanted) in [
        ("", &["gleb", "vera", "boris", "anna"][..]),
        ("state=planned", &["vera", "anna"]),
        ("state=planned&state=completed", &["vera", "boris", "anna"]),
        ("state=completed&state=planned&state=completed", &["vera", "boris", "anna"]),
        ("state=on_hold", &[]),
    ] {
        for limit in [1, 3, 100] {
            let found = anna.whole(&format!("{path}?{query}&limit={limit}"), "/user/username").await;
            assert_eq!(found, wanted, "{query}");
        }
    }
    let cursor = anna.get(&format!("{path}?limit=1")).await.expect(200).text("/next_cursor");
    let answer = anna.get(&format!("{path}?state=planned&cursor={cursor}")).await;
    assert_eq!(answer.refusal(), "400 invalid_cursor");
    for query in ["state=done", "state=", "limit=0", "limit=101"] {
        assert_eq!(anna.get(&format!("{path}?{query}")).await.refusal(), "400 invalid_parameter", "{query}");
    }
    assert_eq!(anna.get(&format!("{path}?type=game")).await.refusal(), "400 unknown_parameter");
    let other = anna.add_title("game", "Rez", 2001).await;
    let other = format!("/api/v1/titles/{other}/walks");
    assert_eq!(anna.get(&format!("{other}?cursor={cursor}")).await.refusal(), "400 invalid_cursor");
    assert_eq!(anna.get(&other).await.expect(200).body, json!({"items": [], "next_cursor": Value::Null}));
}
