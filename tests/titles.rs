//! `/api/v1/titles`: adding, showing, changing, removing. Lists are in `catalogue.rs`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{ABSENT, Kept, World};

const TITLES: &str = "/api/v1/titles";

fn spirited() -> Value {
    json!({"name": "Унесённые призраками", "description": "Баня.\nИ поезд.", "type": "anime", "release_year": 2001})
}

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut body = spirited();
    body[field] = value.into();
    body
}

#[tokio::test]
async fn a_title_is_added_with_every_field_and_shown_to_everybody() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    world.clock.pass(SignedDuration::from_millis(120));
    let added = anna.post(TITLES, spirited()).await.expect(201);
    let id = added.text("/id");
    assert_eq!(added.header("location"), format!("{TITLES}/{id}"));
    let now = "2026-11-22T12:00:00.120Z";
    let mut wanted = json!({
        "id": id, "name": "Унесённые призраками", "description": "Баня.\nИ поезд.", "type": "anime",
        "release_year": 2001, "cover": null, "rating": null, "reviews_count": 0, "walks_count": 0,
        "created_at": now, "updated_at": now,
    });
    assert_eq!(added.body, wanted);
    let listed = boris.get("/api/v1/titles?type=anime").await.expect(200);
    assert_eq!(listed.body["items"], json!([wanted]));
    wanted["my_walk"] = Value::Null;
    wanted["my_review"] = Value::Null;
    assert_eq!(boris.get(&format!("{TITLES}/{id}")).await.expect(200).body, wanted);
}

#[tokio::test]
async fn a_title_comes_with_ones_own_walk_and_review_and_nobody_elses() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let walk = anna.add_walk(&title, "on_hold").await;
    let review = anna.add_review(&title, 88).await;
    let now = "2026-11-22T12:00:00.000Z";
    let shown = anna.get(&format!("{TITLES}/{title}")).await.expect(200).body;
    assert_eq!(
        shown["my_walk"],
        json!({"id": walk, "title_id": title, "user_id": anna.id, "state": "on_hold",
               "created_at": now, "updated_at": now})
    );
    assert_eq!(
        shown["my_review"],
        json!({"id": review, "title_id": title, "user_id": anna.id, "rating": 88, "text": "",
               "created_at": now, "updated_at": now})
    );
    let shown = boris.get(&format!("{TITLES}/{title}")).await.expect(200).body;
    assert_eq!((&shown["my_walk"], &shown["my_review"]), (&Value::Null, &Value::Null));
    assert_eq!((&shown["walks_count"], &shown["rating"]), (&json!(1), &json!(88.0)));
}

#[tokio::test]
async fn every_fault_of_a_title_is_told_at_once_and_nothing_is_added() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    let bad = json!({"name": " ", "description": 5, "type": "book", "release_year": 1869, "rating": 5});
    assert_eq!(
        anna.post(TITLES, bad).await.faults(),
        [
            "/description invalid_type",
            "/name too_short",
            "/rating unknown_field",
            "/release_year out_of_range",
            "/type not_one_of",
        ]
    );
    assert_eq!(
        anna.post(TITLES, json!({})).await.faults(),
        ["/description required", "/name required", "/release_year required", "/type required"]
    );
    assert_eq!(anna.post(TITLES, json!([])).await.faults(), [" invalid_type"]);
    for (field, value, fault) in [
        ("name", json!("a".repeat(201)), "/name too_long"),
        ("name", json!("a\nb"), "/name forbidden_character"),
        ("name", json!("a\u{0}b"), "/name forbidden_character"),
        ("name", json!("\u{202e}abc"), "/name forbidden_character"),
        ("name", Value::Null, "/name invalid_type"),
        ("description", json!("a".repeat(10_001)), "/description too_long"),
        ("description", json!("a\rb"), "/description forbidden_character"),
        ("type", json!("Game"), "/type not_one_of"),
        ("release_year", json!("2001"), "/release_year invalid_type"),
        ("release_year", json!(2001.5), "/release_year invalid_type"),
        ("release_year", json!(-1), "/release_year out_of_range"),
        ("release_year", json!(67_537), "/release_year out_of_range"),
        ("release_year", json!(2038), "/release_year out_of_range"),
        ("release_year", json!(2038.0), "/release_year out_of_range"),
    ] {
        assert_eq!(anna.post(TITLES, with(field, value)).await.faults(), [fault]);
    }
    assert_eq!(anna.post("/api/v1/titles?dry=1", spirited()).await.refusal(), "400 unknown_parameter");
    assert_eq!(world.anybody().post(TITLES, json!({})).await.refusal(), "401 token_missing");
    untouched.check().await;
}

#[tokio::test]
async fn the_longest_texts_and_the_farthest_years_are_taken() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    anna.post(TITLES, with("name", "ж".repeat(200))).await.expect(201);
    anna.post(TITLES, with("description", "ж".repeat(10_000))).await.expect(201);
    for year in [json!(1870), json!(2037), json!(2036.0)] {
        let added = anna.post(TITLES, with("release_year", year.clone())).await.expect(201);
        assert_eq!(added.body["release_year"].as_f64(), year.as_f64());
        assert!(added.body["release_year"].is_u64(), "{}", added.body);
    }
    assert_eq!(anna.post(TITLES, with("release_year", 2038)).await.faults(), ["/release_year out_of_range"]);
    world.clock.pass(SignedDuration::from_hours(24 * 40));
    let body = json!({"email": anna.email, "password": anna.password});
    let pair = world.anybody().post("/api/v1/auth/token", body).await.expect(200);
    let bearer = format!("Bearer {}", pair.text("/access_token"));
    let anna = world.anybody().with("authorization", &bearer);
    anna.post(TITLES, with("release_year", 2038)).await.expect(201);
    assert_eq!(anna.post(TITLES, with("release_year", 2039)).await.faults(), ["/release_year out_of_range"]);
}

#[tokio::test]
async fn a_title_that_search_cannot_tell_from_another_exists() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let body = |name: &str, kind: &str, year: i32| json!({"name": name, "description": "", "type": kind, "release_year": year});
    let id = anna.post(TITLES, body("Amélie: Ёлки!", "movie", 2001)).await.expect(201).text("/id");
    let untouched = world.untouched().await;
    for name in ["Amélie: Ёлки!", "  AMELIE елки", "Ame\u{301}lie — «елки»"] {
        let answer = anna.post(TITLES, body(name, "movie", 2001)).await;
        assert_eq!(answer.refusal(), "409 title_exists", "{name}");
        assert_eq!(answer.text("/existing_id"), id);
    }
    untouched.check().await;
    anna.post(TITLES, body("Amelie Елки", "series", 2001)).await.expect(201);
    anna.post(TITLES, body("Amelie Елки", "movie", 2002)).await.expect(201);
    let other = anna.post(TITLES, body("Елки Amelie", "movie", 2001)).await.expect(201).text("/id");
    let untouched = world.untouched().await;
    let answer = anna.patch(&format!("{TITLES}/{other}"), json!({"name": "amelie, ёлки"})).await;
    assert_eq!((answer.refusal().as_str(), answer.text("/existing_id")), ("409 title_exists", id.clone()));
    untouched.check().await;
    let changed = anna.patch(&format!("{TITLES}/{id}"), json!({"name": "amelie елки"})).await.expect(200);
    assert_eq!(changed.body["name"], "amelie елки");
}

#[tokio::test]
async fn many_equal_titles_at_once_make_one() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let answers = futures::future::join_all((0..20).map(|_| anna.post(TITLES, spirited()))).await;
    let mut codes: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    codes.sort_unstable();
    assert_eq!((codes[0], &codes[1..]), (201, &[409; 19][..]));
    assert_eq!(world.kept(Kept::Titles).await, 1);
}

#[tokio::test]
async fn a_change_is_a_merge_and_equal_values_change_nothing() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let added = anna.post(TITLES, spirited()).await.expect(201);
    let path = format!("{TITLES}/{}", added.text("/id"));
    world.clock.pass(SignedDuration::from_secs(1));
    let untouched = world.untouched().await;
    assert_eq!(boris.patch(&path, spirited()).await.expect(200).body, added.body);
    untouched.check().await;
    let changed = boris.patch(&path, json!({"release_year": 2002, "description": ""})).await.expect(200);
    let mut wanted = added.body;
    wanted["release_year"] = json!(2002);
    wanted["description"] = json!("");
    wanted["updated_at"] = json!("2026-11-22T12:00:01.000Z");
    assert_eq!(changed.body, wanted);
    let changed = anna.patch(&path, json!({"name": "Spirited Away", "type": "movie"})).await.expect(200);
    assert_eq!((&changed.body["name"], &changed.body["type"]), (&json!("Spirited Away"), &json!("movie")));
    assert!(anna.get("/api/v1/titles?type=anime&search=унес").await.expect(200).items("/id").is_empty());
    assert_eq!(anna.get("/api/v1/titles?type=movie&search=spir").await.expect(200).items("/id").len(), 1);
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_the_title_as_it_is() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let id = anna.add_title("game", "Ico", 2001).await;
    let path = format!("{TITLES}/{id}");
    world.clock.pass(SignedDuration::from_secs(1));
    let untouched = world.untouched().await;
    assert_eq!(anna.patch(&path, json!({})).await.refusal(), "422 nothing_to_change");
    let bad = json!({"name": null, "description": null, "type": null, "release_year": null, "cover": null});
    assert_eq!(
        anna.patch(&path, bad).await.faults(),
        [
            "/cover unknown_field",
            "/description invalid_type",
            "/name invalid_type",
            "/release_year invalid_type",
            "/type invalid_type",
        ]
    );
    let bad = json!({"nmae": "x", "release_year": 2038});
    assert_eq!(anna.patch(&path, bad).await.faults(), ["/nmae unknown_field", "/release_year out_of_range"]);
    let fine = json!({"name": "x"});
    assert_eq!(anna.patch(&format!("{TITLES}/{ABSENT}"), fine.clone()).await.refusal(), "404 not_found");
    assert_eq!(world.anybody().patch(&path, fine).await.refusal(), "401 token_missing");
    untouched.check().await;
}

#[tokio::test]
async fn a_malformed_id_names_nothing_even_without_a_token() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let upper = ABSENT.to_uppercase();
    for id in ["1", "019aa5c4", upper.as_str(), "019aa5c46f007cc398c4dc0c0c07398f", "%00", "@me"] {
        for client in [&world.anybody(), &*anna] {
            let path = format!("{TITLES}/{id}");
            assert_eq!(client.get(&path).await.refusal(), "404 not_found", "{id}");
            assert_eq!(client.patch(&path, json!({})).await.refusal(), "404 not_found", "{id}");
            assert_eq!(client.delete(&path).await.refusal(), "404 not_found", "{id}");
            for list in ["reviews", "walks", "history"] {
                assert_eq!(client.get(&format!("{path}/{list}")).await.refusal(), "404 not_found", "{id}");
            }
        }
    }
    for list in ["", "/reviews", "/walks", "/history"] {
        let path = format!("{TITLES}/{ABSENT}{list}");
        assert_eq!(anna.get(&path).await.refusal(), "404 not_found");
        assert_eq!(world.anybody().get(&path).await.refusal(), "401 token_missing");
    }
    assert_eq!(anna.delete(&format!("{TITLES}/{ABSENT}")).await.refusal(), "404 not_found");
}

#[tokio::test]
async fn a_title_goes_with_ones_own_records_and_stays_while_others_hang_on_it() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let walked = anna.add_title("game", "Ico", 2001).await;
    let reviewed = anna.add_title("game", "Rez", 2001).await;
    let own = boris.add_title("game", "Braid", 2008).await;
    boris.add_walk(&walked, "planned").await;
    boris.add_review(&reviewed, 70).await;
    anna.add_walk(&own, "completed").await;
    anna.add_review(&own, 90).await;
    let untouched = world.untouched().await;
    for title in [&walked, &reviewed] {
        let answer = anna.delete(&format!("{TITLES}/{title}")).await;
        assert_eq!(answer.refusal(), "409 title_in_use");
    }
    let path = format!("{TITLES}/{own}");
    assert_eq!(anna.delete(&format!("{path}?force=1")).await.refusal(), "400 unknown_parameter");
    assert_eq!(world.anybody().delete(&path).await.refusal(), "401 token_missing");
    untouched.check().await;
    assert!(anna.delete(&path).await.expect(204).bytes.is_empty());
    assert_eq!(anna.get(&path).await.refusal(), "404 not_found");
    assert_eq!(anna.delete(&path).await.refusal(), "404 not_found");
    let left = [Kept::Titles, Kept::Words, Kept::Walks, Kept::Reviews, Kept::Changes];
    assert_eq!(world.all_kept(&left).await, [2, 2, 1, 1, 0], "what is the other titles' own");
}

#[tokio::test]
async fn a_moderator_removes_a_title_in_use_with_all_that_hangs_on_it() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    anna.patch(&format!("{TITLES}/{title}"), json!({"name": "ICO"})).await.expect(200);
    anna.add_walk(&title, "planned").await;
    anna.add_review(&title, 70).await;
    assert_eq!(boris.delete(&format!("{TITLES}/{title}")).await.refusal(), "409 title_in_use");
    world.make_moderator(&boris.email).await;
    world.clock.pass(SignedDuration::from_secs(5));
    boris.delete(&format!("{TITLES}/{title}")).await.expect(204);
    let left = [Kept::Titles, Kept::Words, Kept::Walks, Kept::Reviews, Kept::Changes];
    assert_eq!(world.all_kept(&left).await, [0; 5]);
    let own = anna.get("/api/v1/user/@me").await.expect(200);
    assert_eq!((&own.body["stats"]["reviews"], &own.body["stats"]["mean_rating"]), (&json!(0), &Value::Null));
}
