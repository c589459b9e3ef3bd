//! `/api/v1/user`: profiles and a person's lists. Pictures, export and deletion are in `account.rs`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{ABSENT, World};

const ME: &str = "/api/v1/user/@me";

fn no_walks() -> Value {
    let states = json!({"planned": 0, "in_progress": 0, "on_hold": 0, "dropped": 0, "completed": 0,
        "hundred_percent": 0});
    json!({"game": states, "movie": states, "series": states, "anime": states})
}

#[tokio::test]
async fn one_sees_more_of_oneself_than_others_do() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    world.clock.pass(SignedDuration::from_secs(7));
    let boris = world.person("boris").await;
    let now = "2026-11-22T12:00:00.000Z";
    let others = json!({"id": anna.id, "username": "anna", "avatar": null, "about": "", "links": [],
        "joined_at": now, "stats": {"walks": no_walks(), "reviews": 0, "mean_rating": null}});
    let mut own = others.clone();
    own["email"] = json!("anna@example.org");
    own["last_auth_at"] = json!(now);
    own["role"] = json!("user");
    let by_id = format!("/api/v1/user/{}", anna.id);
    assert_eq!(anna.get(ME).await.expect(200).body, own);
    assert_eq!(anna.get(&by_id).await.expect(200).body, own);
    assert_eq!(boris.get(&by_id).await.expect(200).body, others);
    assert_eq!(boris.get(ME).await.expect(200).body["joined_at"], "2026-11-22T12:00:07.000Z");
}

#[tokio::test]
async fn an_encoded_at_sign_is_one() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let encoded = "/api/v1/user/%40me";
    assert_eq!(anna.get(encoded).await.expect(200).body["username"], "anna");
    assert_eq!(
        anna.patch(encoded, json!({"about": "A walker."})).await.expect(200).body["about"],
        "A walker."
    );
    anna.get(&format!("{encoded}/export")).await.expect(200);
    anna.get(&format!("{encoded}/walks")).await.expect(200);
    anna.delete(&format!("{encoded}/avatar")).await.expect(204);
    anna.post(encoded, json!({})).await.expect(405);
}

#[tokio::test]
async fn numbers_count_walks_by_type_and_state_and_average_the_marks() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let mut titles = Vec::new();
    for (kind, name) in [("game", "Ico"), ("game", "Rez"), ("movie", "Ico"), ("anime", "Ico")] {
        titles.push(anna.add_title(kind, name, 2001).await);
    }
    for (title, state) in titles.iter().zip(["completed", "completed", "planned", "hundred_percent"]) {
        anna.add_walk(title, state).await;
    }
    for (title, mark) in titles.iter().zip([50, 50, 51]) {
        anna.add_review(title, mark).await;
        boris.add_review(title, 1).await;
    }
    let mut walks = no_walks();
    walks["game"]["completed"] = json!(2);
    walks["movie"]["planned"] = json!(1);
    walks["anime"]["hundred_percent"] = json!(1);
    let stats = boris.get(&format!("/api/v1/user/{}", anna.id)).await.expect(200).body["stats"].clone();
    assert_eq!(stats, json!({"walks": walks, "reviews": 3, "mean_rating": 50.3}));
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let upper = ABSENT.to_uppercase();
    for id in ["me", "@you", "anna", "1", upper.as_str()] {
        for client in [&world.anybody(), &*anna] {
            for list in ["", "/walks", "/reviews"] {
                let answer = client.get(&format!("/api/v1/user/{id}{list}")).await;
                assert_eq!(answer.refusal(), "404 not_found", "{id}{list}");
            }
        }
    }
    for list in ["", "/walks", "/reviews"] {
        let path = format!("/api/v1/user/{ABSENT}{list}");
        assert_eq!(anna.get(&path).await.refusal(), "404 not_found");
        assert_eq!(world.anybody().get(&path).await.refusal(), "401 token_missing");
        assert_eq!(anna.get(&format!("{path}?x=1")).await.refusal(), "400 unknown_parameter");
    }
    assert_eq!(world.anybody().get(ME).await.refusal(), "401 token_missing");
    assert_eq!(anna.get(&format!("{ME}?x=1")).await.refusal(), "400 unknown_parameter");
}

#[tokio::test]
async fn a_profile_is_changed_field_by_field() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let mut wanted = anna.get(ME).await.expect(200).body;
    let links = json!([{"label": "Blog", "url": "https://пример.рф/анна?a=b#c"},
        {"label": "b".repeat(50), "url": format!("https://e.org/{}", "a".repeat(486))}]);
    for (field, value) in [
        ("about", json!("Пью чай.\nСмотрю кино.")),
        ("links", links),
        ("username", json!("Anna.K")),
        ("about", json!("ж".repeat(2000))),
        ("links", json!([])),
        ("about", json!("")),
    ] {
        wanted[field] = value.clone();
        assert_eq!(anna.patch(ME, json!({field: value})).await.expect(200).body, wanted);
    }
    assert_eq!(anna.get(ME).await.expect(200).body, wanted);
    assert_eq!(boris.get(&format!("/api/v1/user/{}", anna.id)).await.expect(200).body["username"], "Anna.K");
    let untouched = world.untouched().await;
    let same = json!({"username": "Anna.K", "about": "", "links": []});
    assert_eq!(anna.patch(ME, same).await.expect(200).body, wanted);
    untouched.check().await;
}

#[tokio::test]
async fn every_fault_of_a_profile_is_told_at_once_and_nothing_changes() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    assert_eq!(anna.patch(ME, json!({})).await.refusal(), "422 nothing_to_change");
    let bad = json!({
        "username": "an", "about": "a\u{0}", "email": "x@example.org", "role": "moderator",
        "links": [{"label": "", "url": "http://example.org"}, {"label": "x", "link": "y"}, 7],
    });
    assert_eq!(
        anna.patch(ME, bad).await.faults(),
        [
            "/about forbidden_character",
            "/email unknown_field",
            "/links/0/label too_short",
            "/links/0/url invalid_format",
            "/links/1/link unknown_field",
            "/links/1/url required",
            "/links/2 invalid_type",
            "/role unknown_field",
            "/username too_short",
        ]
    );
    let bad = json!({"username": null, "about": null, "links": null});
    assert_eq!(
        anna.patch(ME, bad).await.faults(),
        ["/about invalid_type", "/links invalid_type", "/username invalid_type"]
    );
    let link = |url: &str| json!([{"label": "x", "url": url}]);
    let many = vec![json!({"label": "x", "url": "https://example.org"}); 11];
    for (field, value, fault) in [
        ("username", json!("a".repeat(33)), "/username too_long"),
        ("username", json!("an na"), "/username forbidden_character"),
        ("username", json!("аnna"), "/username invalid_format"),
        ("username", json!("Admin"), "/username invalid_format"),
        ("about", json!("a".repeat(2001)), "/about too_long"),
        ("links", json!(many), "/links too_long"),
        ("links", json!([{"label": "a".repeat(51), "url": "https://e.org"}]), "/links/0/label too_long"),
        ("links", link(&format!("https://e.org/{}", "a".repeat(487))), "/links/0/url too_long"),
        ("links", link("javascript:alert(1)"), "/links/0/url invalid_format"),
        ("links", link("https://anna:x@example.org"), "/links/0/url invalid_format"),
        ("links", link("//example.org"), "/links/0/url invalid_format"),
        ("links", link(""), "/links/0/url invalid_format"),
    ] {
        assert_eq!(anna.patch(ME, json!({field: value})).await.faults(), [fault]);
    }
    assert_eq!(world.anybody().patch(ME, json!({"about": "x"})).await.refusal(), "401 token_missing");
    untouched.check().await;
}

#[tokio::test]
async fn a_name_is_taken_by_whoever_looks_alike() {
    let world = World::new().await;
    let (anna, _paypal) = (world.person("anna").await, world.person("paypal").await);
    let untouched = world.untouched().await;
    for name in ["paypal", "PayPal", "PayPaI", "раураӏ"] {
        let answer = anna.patch(ME, json!({"username": name, "about": "new"})).await;
        assert_eq!(answer.refusal(), "409 username_taken", "{name}");
    }
    untouched.check().await;
    anna.patch(ME, json!({"username": "ANNA"})).await.expect(200);
    anna.patch(ME, json!({"username": "vera"})).await.expect(200);
    world.person("anna2").await.patch(ME, json!({"username": "anna"})).await.expect(200);
}

#[tokio::test]
async fn a_persons_walks_and_reviews_come_newest_change_first_by_any_of_types_and_states() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    // Ico and Rez at one instant, so that the titles' ids decide; then Stalker, then Totoro.
    for (kind, name, state, seconds) in [
        ("game", "Ico", "planned", 0),
        ("game", "Rez", "completed", 1),
        ("movie", "Stalker", "completed", 1),
        ("anime", "Totoro", "dropped", 0),
    ] {
        let title = boris.add_title(kind, name, 2001).await;
        anna.add_walk(&title, state).await;
        anna.add_review(&title, 50).await;
        world.clock.pass(SignedDuration::from_secs(seconds));
    }
    let path = format!("/api/v1/user/{}", anna.id);
    for (query, wanted) in [
        ("", &["Totoro", "Stalker", "Rez", "Ico"][..]),
        ("type=game", &["Rez", "Ico"]),
        ("type=movie&type=game", &["Stalker", "Rez", "Ico"]),
        ("type=series", &[]),
        ("state=completed", &["Stalker", "Rez"]),
        ("state=completed&state=planned&type=game&type=anime", &["Rez", "Ico"]),
    ] {
        for limit in [1, 2, 100] {
            let walks = format!("{path}/walks?{query}&limit={limit}");
            assert_eq!(boris.whole(&walks, "/title/name").await, wanted, "{query}");
            if !query.contains("state") {
                let reviews = format!("{path}/reviews?{query}&limit={limit}");
                assert_eq!(boris.whole(&reviews, "/title/name").await, wanted, "{query}");
            }
        }
    }
    for list in ["walks", "reviews"] {
        let first = anna.get(&format!("{path}/{list}?limit=1")).await.expect(200);
        let own = anna.get(&format!("{ME}/{list}?limit=1")).await.expect(200);
        assert_eq!(own.body, first.body);
        let cursor = first.text("/next_cursor");
        anna.get(&format!("{ME}/{list}?cursor={cursor}")).await.expect(200);
        for other in [format!("{path}/{list}?type=game"), format!("/api/v1/user/{}/{list}?", boris.id)] {
            let answer = anna.get(&format!("{other}&cursor={cursor}")).await;
            assert_eq!(answer.refusal(), "400 invalid_cursor", "{other}");
        }
        for query in ["type=book", "type=", "limit=0", "limit=101", "cursor=a&cursor=a"] {
            let answer = anna.get(&format!("{path}/{list}?{query}")).await;
            assert_eq!(answer.refusal(), "400 invalid_parameter", "{query}");
        }
        assert_eq!(anna.get(&format!("{path}/{list}?sort=id")).await.refusal(), "400 unknown_parameter");
        let none = anna.get(&format!("/api/v1/user/{}/{list}", boris.id)).await.expect(200).body;
        assert_eq!(none, json!({"items": [], "next_cursor": null}));
    }
    assert_eq!(anna.get(&format!("{path}/walks?state=done")).await.refusal(), "400 invalid_parameter");
    assert_eq!(anna.get(&format!("{path}/reviews?state=done")).await.refusal(), "400 unknown_parameter");
}
