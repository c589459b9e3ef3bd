//! `/api/v1/reviews` and a title's reviews, on a real Postgres.

use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{ABSENT, Kept, Person, World};

const REVIEWS: &str = "/api/v1/reviews";

/// A title's rating and how many reviews it has.
async fn rating(person: &Person<'_>, title: &str) -> (Value, Value) {
    let shown = person.get(&format!("/api/v1/titles/{title}")).await.expect(200).body;
    (shown["rating"].clone(), shown["reviews_count"].clone())
}

#[tokio::test]
async fn a_review_is_in_the_average_when_the_call_returns() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "The Dunes", 2020).await;
    assert_eq!(rating(&anna, &title).await, (Value::Null, json!(0)));
    anna.add_review(&title, 100).await;
    let id = boris.add_review(&title, 51).await;
    assert_eq!(rating(&anna, &title).await, (json!(75.5), json!(2)));
    boris.patch(&format!("{REVIEWS}/{id}"), json!({"rating": 0})).await.expect(200);
    assert_eq!(rating(&anna, &title).await, (json!(50.0), json!(2)));
    boris.delete(&format!("{REVIEWS}/{id}")).await.expect(204);
    assert_eq!(rating(&anna, &title).await, (json!(100.0), json!(1)));
}

#[tokio::test]
async fn an_average_is_rounded_half_up_and_short_forms_have_it_too() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "The Dunes", 2020).await;
    let walk = anna.add_walk(&title, "completed").await;
    anna.add_review(&title, 51).await;
    for (name, average) in [("boris", 50.5), ("vera", 50.3), ("gleb", 50.3)] {
        // 101/2, 151/3 = 50.33…, 201/4 = 50.25
        world.person(name).await.add_review(&title, 50).await;
        assert_eq!(rating(&anna, &title).await.0, json!(average));
    }
    let shown = anna.get(&format!("/api/v1/walks/{walk}")).await.expect(200).body;
    assert_eq!(shown["title"]["rating"], json!(50.3));
}

#[tokio::test]
async fn a_review_is_written_with_every_field_and_shown_with_its_title_and_author() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("movie", "Сталкер", 1979).await;
    let body = json!({"title_id": title, "rating": 50.0, "text": "Долго.\n\tИ тихо 🌧️"});
    let made = anna.post(REVIEWS, body).await.expect(201);
    let id = made.text("/id");
    assert_eq!(made.header("location"), format!("{REVIEWS}/{id}"));
    let now = "2026-11-22T12:00:00.000Z";
    let mut wanted = json!({"id": id, "title_id": title, "user_id": anna.id, "rating": 50,
        "text": "Долго.\n\tИ тихо 🌧️", "created_at": now, "updated_at": now});
    assert_eq!(made.body, wanted);
    wanted["title"] = json!({"id": title, "name": "Сталкер", "type": "movie", "release_year": 1979,
        "cover": null, "rating": 50.0});
    let own = anna.get("/api/v1/user/@me/reviews").await.expect(200).body;
    assert_eq!(own, json!({"items": [wanted], "next_cursor": null}));
    wanted["user"] = json!({"id": anna.id, "username": "anna", "avatar": null});
    assert_eq!(boris.get(&format!("{REVIEWS}/{id}")).await.expect(200).body, wanted);
    wanted.as_object_mut().expect("a review").remove("title");
    let of_title = boris.get(&format!("/api/v1/titles/{title}/reviews")).await.expect(200).body;
    assert_eq!(of_title, json!({"items": [wanted], "next_cursor": null}));
}

#[tokio::test]
async fn every_fault_of_a_review_is_told_at_once_and_nothing_is_written() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let untouched = world.untouched().await;
    let bad = json!({"title_id": "1", "rating": 101, "text": "a\u{0}", "mark": 5});
    assert_eq!(
        anna.post(REVIEWS, bad).await.faults(),
        [
            "/mark unknown_field",
            "/rating out_of_range",
            "/text forbidden_character",
            "/title_id invalid_format"
        ]
    );
    assert_eq!(
        anna.post(REVIEWS, json!({})).await.faults(),
        ["/rating required", "/text required", "/title_id required"]
    );
    for (field, value, fault) in [
        ("rating", json!(-1), "/rating out_of_range"),
        ("rating", json!(101), "/rating out_of_range"),
        ("rating", json!(50.5), "/rating invalid_type"),
        ("rating", json!("50"), "/rating invalid_type"),
        ("rating", Value::Null, "/rating invalid_type"),
        ("text", Value::Null, "/text invalid_type"),
        ("text", json!("a".repeat(10_001)), "/text too_long"),
        ("text", json!("a\u{200b}b"), "/text forbidden_character"),
    ] {
        let mut body = json!({"title_id": title, "rating": 50, "text": ""});
        body[field] = value;
        assert_eq!(anna.post(REVIEWS, body).await.faults(), [fault]);
    }
    let fine = json!({"title_id": ABSENT, "rating": 50, "text": ""});
    assert_eq!(anna.post(REVIEWS, fine.clone()).await.refusal(), "404 not_found");
    assert_eq!(world.anybody().post(REVIEWS, fine).await.refusal(), "401 token_missing");
    untouched.check().await;
    let longest = json!({"title_id": title, "rating": 0, "text": "ж".repeat(10_000)});
    anna.post(REVIEWS, longest).await.expect(201);
}

#[tokio::test]
async fn a_second_review_of_a_title_exists_already() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let id = anna.add_review(&title, 50).await;
    let untouched = world.untouched().await;
    let answer = anna.post(REVIEWS, json!({"title_id": title, "rating": 70, "text": "x"})).await;
    assert_eq!((answer.refusal().as_str(), answer.text("/existing_id")), ("409 review_exists", id));
    untouched.check().await;
}

#[tokio::test]
async fn fifty_equal_reviews_at_once_make_one() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let body = json!({"title_id": title, "rating": 73, "text": ""});
    let answers = join_all((0..50).map(|_| anna.post(REVIEWS, body.clone()))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 49));
    for answer in refused {
        assert_eq!(answer.refusal(), "409 review_exists");
        assert_eq!(answer.text("/existing_id"), made[0].text("/id"));
    }
    assert_eq!(world.kept(Kept::Reviews).await, 1);
    assert_eq!(rating(&anna, &title).await, (json!(73.0), json!(1)));
}

#[tokio::test]
async fn eight_writers_at_once_leave_the_right_average() {
    let world = World::new().await;
    let mut people = Vec::new();
    for name in ["anna", "boris", "vera", "gleb", "dasha", "egor", "zoya", "ivan"] {
        people.push(world.person(name).await);
    }
    let title = people[0].add_title("game", "Ico", 2001).await;
    let ids = join_all((0..).zip(&people).map(|(mark, person)| person.add_review(&title, 10 * mark))).await;
    assert_eq!(rating(&people[0], &title).await, (json!(35.0), json!(8)));
    let work = people.iter().zip(&ids).enumerate().map(|(place, (person, id))| async move {
        let path = format!("{REVIEWS}/{id}");
        match place % 2 {
            0 => person.delete(&path).await.expect(204),
            _ => person.patch(&path, json!({"rating": 100})).await.expect(200),
        }
    });
    join_all(work).await;
    assert_eq!(rating(&people[0], &title).await, (json!(100.0), json!(4)));
}

#[tokio::test]
async fn a_review_is_changed_by_id_or_by_title_and_equal_values_change_nothing() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let id = anna.add_review(&title, 50).await;
    let path = format!("{REVIEWS}/{id}");
    world.clock.pass(SignedDuration::from_secs(1));
    let untouched = world.untouched().await;
    let same = anna.patch(&path, json!({"rating": 50.0, "text": ""})).await.expect(200).body;
    assert_eq!(same["updated_at"], "2026-11-22T12:00:00.000Z");
    anna.patch(REVIEWS, json!({"title_id": title, "rating": 50})).await.expect(200);
    untouched.check().await;
    let changed = anna.patch(&path, json!({"text": "Рога."})).await.expect(200).body;
    let mut wanted = json!({"id": id, "title_id": title, "user_id": anna.id, "rating": 50, "text": "Рога.",
        "created_at": "2026-11-22T12:00:00.000Z", "updated_at": "2026-11-22T12:00:01.000Z"});
    assert_eq!(changed, wanted);
    world.clock.pass(SignedDuration::from_secs(1));
    let changed = anna.patch(REVIEWS, json!({"title_id": title, "rating": 0})).await.expect(200).body;
    wanted["rating"] = json!(0);
    wanted["updated_at"] = json!("2026-11-22T12:00:02.000Z");
    assert_eq!(changed, wanted);
    assert_eq!(rating(&anna, &title).await, (json!(0.0), json!(1)));
}

#[tokio::test]
async fn a_change_of_a_review_that_is_refused_leaves_it_as_it_is() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let path = format!("{REVIEWS}/{}", anna.add_review(&title, 50).await);
    world.clock.pass(SignedDuration::from_secs(1));
    let untouched = world.untouched().await;
    assert_eq!(anna.patch(&path, json!({})).await.refusal(), "422 nothing_to_change");
    let only_title = json!({"title_id": title});
    assert_eq!(anna.patch(REVIEWS, only_title).await.refusal(), "422 nothing_to_change");
    let bad = json!({"rating": null, "text": null, "title_id": title});
    assert_eq!(
        anna.patch(&path, bad).await.faults(),
        ["/rating invalid_type", "/text invalid_type", "/title_id unknown_field"]
    );
    assert_eq!(
        anna.patch(REVIEWS, json!({"rating": 101})).await.faults(),
        ["/rating out_of_range", "/title_id required"]
    );
    let fine = json!({"rating": 1});
    assert_eq!(boris.patch(&path, fine.clone()).await.refusal(), "403 forbidden");
    assert_eq!(anna.patch(&format!("{REVIEWS}/{ABSENT}"), fine.clone()).await.refusal(), "404 not_found");
    let not_reviewed = json!({"title_id": title, "rating": 1});
    assert_eq!(boris.patch(REVIEWS, not_reviewed).await.refusal(), "404 not_found");
    let no_title = json!({"title_id": ABSENT, "rating": 1});
    assert_eq!(anna.patch(REVIEWS, no_title).await.refusal(), "404 not_found");
    assert_eq!(world.anybody().patch(&path, fine).await.refusal(), "401 token_missing");
    untouched.check().await;
}

#[tokio::test]
async fn a_review_is_removed_by_its_author_alone_and_malformed_ids_name_none() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let title = anna.add_title("game", "Ico", 2001).await;
    let path = format!("{REVIEWS}/{}", anna.add_review(&title, 50).await);
    let untouched = world.untouched().await;
    assert_eq!(boris.delete(&path).await.refusal(), "403 forbidden");
    assert_eq!(world.anybody().delete(&path).await.refusal(), "401 token_missing");
    assert_eq!(anna.delete(&format!("{REVIEWS}/{ABSENT}")).await.refusal(), "404 not_found");
    for client in [&world.anybody(), &*anna] {
        for id in ["1", &ABSENT.to_uppercase(), "@me"] {
            let path = format!("{REVIEWS}/{id}");
            assert_eq!(client.get(&path).await.refusal(), "404 not_found");
            assert_eq!(client.patch(&path, json!({})).await.refusal(), "404 not_found");
            assert_eq!(client.delete(&path).await.refusal(), "404 not_found");
        }
    }
    untouched.check().await;
    anna.delete(&path).await.expect(204);
    assert_eq!(anna.delete(&path).await.refusal(), "404 not_found");
    assert_eq!(anna.get(&path).await.refusal(), "404 not_found");
    assert_eq!(rating(&anna, &title).await, (Value::Null, json!(0)));
    assert_eq!(world.kept(Kept::Reviews).await, 0);
}

#[tokio::test]
async fn reviews_of_a_title_are_sorted_by_change_or_mark_with_ties_by_person() {
    let world = World::new().await;
    let mut people = Vec::new();
    for name in ["anna", "boris", "vera", "gleb"] {
        people.push(world.person(name).await);
    }
    let title = people[0].add_title("game", "Ico", 2001).await;
    // Anna and Boris write at one instant and give different marks; Boris and Vera give equal ones.
    for (person, mark, seconds) in [(0, 90, 0), (1, 50, 1), (2, 50, 1), (3, 70, 0)] {
        people[person].add_review(&title, mark).await;
        world.clock.pass(SignedDuration::from_secs(seconds));
    }
    let (anna, path) = (&people[0], format!("/api/v1/titles/{title}/reviews"));
    for (query, wanted) in [
        ("", ["gleb", "vera", "boris", "anna"]),
        ("sort=updated_at&order=desc", ["gleb", "vera", "boris", "anna"]),
        ("sort=updated_at&order=asc", ["anna", "boris", "vera", "gleb"]),
        ("order=asc", ["anna", "boris", "vera", "gleb"]),
        ("sort=rating", ["anna", "gleb", "vera", "boris"]),
        ("sort=rating&order=asc", ["boris", "vera", "gleb", "anna"]),
    ] {
        for limit in [1, 3, 100] {
            let found = anna.whole(&format!("{path}?{query}&limit={limit}"), "/user/username").await;
            assert_eq!(found, wanted, "{query}");
        }
    }
    let cursor = anna.get(&format!("{path}?limit=1")).await.expect(200).text("/next_cursor");
    for query in ["sort=rating", "order=asc"] {
        let answer = anna.get(&format!("{path}?{query}&cursor={cursor}")).await;
        assert_eq!(answer.refusal(), "400 invalid_cursor", "{query}");
    }
    for query in ["sort=id", "order=up", "sort=rating&sort=rating", "limit=0", "limit=101"] {
        assert_eq!(anna.get(&format!("{path}?{query}")).await.refusal(), "400 invalid_parameter", "{query}");
    }
    assert_eq!(anna.get(&format!("{path}?state=planned")).await.refusal(), "400 unknown_parameter");
}
