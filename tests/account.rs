//! One's picture, the export of one's data and the end of one's account.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Answer, Kept, MEDIA, Person, World, png, stored};

const ME: &str = "/api/v1/user/@me";
const AVATAR: &str = "/api/v1/user/@me/avatar";

async fn upload(person: &Person<'_>, kind: &str, bytes: Vec<u8>) -> Answer {
    person.send(Method::PUT, AVATAR, Some(kind), bytes).await
}

#[track_caller]
fn sizes(avatar: &Value) -> [String; 2] {
    let sizes = avatar["sizes"].as_object().expect("sizes");
    let mut widths: Vec<_> = sizes.keys().collect();
    widths.sort();
    assert_eq!(widths, ["256", "64"], "{avatar}");
    assert_eq!(avatar["url"], avatar["sizes"]["256"], "{avatar}");
    let size = |width: &str| avatar["sizes"][width].as_str().expect("an address").to_owned();
    [size("64"), size("256")]
}

#[tokio::test]
async fn an_avatar_is_a_square_in_two_sizes_that_everybody_sees() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let set = upload(&anna, "image/png", png(600, 300)).await.expect(200);
    assert_eq!(set.body["email"], "anna@example.org");
    let first = sizes(&set.body["avatar"]);
    assert!(first[0].starts_with(&format!("{MEDIA}/avatars/")), "{first:?}");
    assert_eq!(first.each_ref().map(|url| stored(url)), [Some((64, 64)), Some((256, 256))]);
    let seen = boris.get(&format!("/api/v1/user/{}", anna.id)).await.expect(200).body;
    assert_eq!(seen["avatar"], set.body["avatar"]);
    let title = boris.add_title("game", "Ico", 2001).await;
    anna.add_walk(&title, "planned").await;
    let walks = boris.get(&format!("/api/v1/titles/{title}/walks")).await.expect(200).body;
    assert_eq!(walks["items"][0]["user"]["avatar"], set.body["avatar"]);

    let second = sizes(&upload(&anna, "image/png", png(40, 50)).await.expect(200).body["avatar"]);
    assert_eq!(second.each_ref().map(|url| stored(url)), [Some((40, 40)), Some((40, 40))]);
    assert!(first.iter().all(|url| stored(url).is_none()));
    assert_eq!(anna.delete(&format!("{AVATAR}?x=1")).await.refusal(), "400 unknown_parameter");
    assert!(anna.delete(AVATAR).await.expect(204).bytes.is_empty());
    assert_eq!(anna.get(ME).await.expect(200).body["avatar"], Value::Null);
    assert!(second.iter().all(|url| stored(url).is_none()));
    anna.delete(AVATAR).await.expect(204);
}

#[tokio::test]
async fn a_refused_avatar_leaves_the_one_there_is() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let avatar = upload(&anna, "image/png", png(80, 80)).await.expect(200).body["avatar"].clone();
    let untouched = world.untouched().await;
    let broken = [&png(20, 20)[..40], &[7; 100]].concat();
    for (kind, bytes, refusal) in [
        ("text/plain", png(20, 20), "415 unsupported_media_type"),
        ("image/png", b"GIF is what this is not".to_vec(), "415 unsupported_media_type"),
        ("image/png", broken, "422 unreadable_image"),
        ("image/png", png(1, 4097), "422 unreadable_image"),
        ("image/png", vec![0; 4 * 1024 * 1024 + 1], "413 too_large"),
    ] {
        assert_eq!(upload(&anna, kind, bytes).await.refusal(), refusal, "{kind}");
    }
    let stranger = world.anybody();
    assert_eq!(stranger.delete(AVATAR).await.refusal(), "401 token_missing");
    let put = stranger.send(Method::PUT, AVATAR, Some("image/png"), png(20, 20)).await;
    assert_eq!(put.refusal(), "401 token_missing");
    untouched.check().await;
    assert!(sizes(&avatar).iter().all(|url| stored(url).is_some()));
}

#[tokio::test]
async fn the_export_holds_everything_and_no_credential() {
    let world = World::new().await;
    let ip = "203.0.113.7";
    let anna = world.anybody().at(ip).with("user-agent", "Walker/1.0").register("anna").await;
    anna.patch(ME, json!({"about": "Пью чай.", "links": [{"label": "x", "url": "https://example.org"}]}))
        .await
        .expect(200);
    upload(&anna, "image/png", png(80, 80)).await.expect(200);
    let mut titles = Vec::new();
    for number in 0..101 {
        let title = anna.add_title("game", &format!("Part {number}"), 2001).await;
        anna.add_walk(&title, "planned").await;
        titles.push(title);
    }
    let review = anna.add_review(&titles[0], 77).await;
    anna.patch(&format!("/api/v1/titles/{}", titles[0]), json!({"release_year": 2002})).await.expect(200);
    let export = anna.get("/api/v1/user/@me/export").await.expect(200);
    assert_eq!(export.header("content-type"), "application/json");
    assert_eq!(export.header("content-disposition"), "attachment; filename=\"prohod-export.json\"");
    assert_eq!(export.header("cache-control"), "no-store");
    let body = &export.body;
    assert_eq!(body.as_object().expect("an object").len(), 5, "{:?}", body.as_object().map(|o| o.keys()));
    assert_eq!(body["user"], anna.get(ME).await.expect(200).body);
    let exported = |list: &str| body[list].as_array().expect("a list").clone();
    assert_eq!(exported("walks").len(), 101);
    assert_eq!(exported("walks")[0]["title"]["name"], "Part 100");
    assert_eq!(exported("reviews").len(), 1);
    assert_eq!((&body["reviews"][0]["id"], &body["reviews"][0]["rating"]), (&json!(review), &json!(77)));
    assert_eq!(exported("title_changes").len(), 1);
    assert_eq!(body["title_changes"][0]["title_id"], titles[0]);
    assert_eq!(body["title_changes"][0]["changes"], json!({"release_year": [2001, 2002]}));
    let now = "2026-11-22T12:00:00.000Z";
    let session = &body["sessions"][0];
    assert_eq!((&session["user_agent"], &session["ip"]), (&json!("Walker/1.0"), &json!(ip)));
    assert_eq!((&session["created_at"], &session["last_used_at"]), (&json!(now), &json!(now)));
    let text = String::from_utf8(export.bytes).expect("UTF-8");
    for credential in ["argon2", "password", "hash", "token", &anna.token, &anna.refresh_token] {
        assert!(!text.contains(credential), "{credential}");
    }
    assert_eq!(world.anybody().get("/api/v1/user/@me/export").await.refusal(), "401 token_missing");
    assert_eq!(anna.get("/api/v1/user/@me/export?x=1").await.refusal(), "400 unknown_parameter");
}

#[tokio::test]
async fn an_account_goes_with_its_password_alone() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    anna.add_walk(&title, "planned").await;
    anna.add_review(&title, 77).await;
    let avatar = upload(&anna, "image/png", png(80, 80)).await.expect(200).body["avatar"].clone();
    let untouched = world.untouched().await;
    let wrong = json!({"password": "not this one at all"});
    assert_eq!(anna.delete_with(ME, wrong).await.refusal(), "422 wrong_password");
    assert_eq!(anna.delete_with(ME, json!({})).await.faults(), ["/password required"]);
    let bad = json!({"password": null, "sure": true});
    assert_eq!(anna.delete_with(ME, bad).await.faults(), ["/password invalid_type", "/sure unknown_field"]);
    assert_eq!(anna.delete(ME).await.refusal(), "415 unsupported_media_type");
    let right = json!({"password": anna.password});
    assert_eq!(world.anybody().delete_with(ME, right).await.refusal(), "401 token_missing");
    untouched.check().await;
    assert!(sizes(&avatar).iter().all(|url| stored(url).is_some()));
    anna.get(ME).await.expect(200);
}

#[tokio::test]
async fn of_an_account_that_is_gone_nothing_is_left() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let shared = boris.add_title("game", "Ico", 2001).await;
    let added = anna.add_title("game", "Rez", 2001).await;
    anna.patch(&format!("/api/v1/titles/{shared}"), json!({"release_year": 2002})).await.expect(200);
    for title in [&shared, &added] {
        anna.add_walk(title, "planned").await;
        anna.add_review(title, 100).await;
    }
    boris.add_review(&shared, 50).await;
    let avatar = upload(&anna, "image/png", png(80, 80)).await.expect(200).body["avatar"].clone();
    let right = json!({"password": anna.password});
    assert!(anna.delete_with(ME, right.clone()).await.expect(204).bytes.is_empty());

    let left = [Kept::Users, Kept::Sessions, Kept::Tokens, Kept::Walks, Kept::Reviews, Kept::Changes];
    assert_eq!(world.all_kept(&left).await, [1, 1, 1, 0, 1, 1]);
    let history = boris.get(&format!("/api/v1/titles/{shared}/history")).await.expect(200);
    assert_eq!(history.items("/user"), ["null"]);
    assert!(sizes(&avatar).iter().all(|url| stored(url).is_none()));
    for (title, mark, count) in [(&shared, json!(50.0), 1), (&added, Value::Null, 0)] {
        let shown = boris.get(&format!("/api/v1/titles/{title}")).await.expect(200).body;
        let numbers = [&shown["rating"], &shown["reviews_count"], &shown["walks_count"]];
        assert_eq!(numbers, [&mark, &json!(count), &json!(0)]);
    }
    assert_eq!(boris.get(&format!("/api/v1/user/{}", anna.id)).await.refusal(), "404 not_found");

    // Within the five seconds its token may still be taken, and must do no harm.
    let untouched = world.untouched().await;
    let walk = anna.post("/api/v1/walks", json!({"title_id": shared, "state": "planned"})).await;
    assert!(walk.status.is_client_error(), "{walk:?}");
    assert_eq!(anna.get(ME).await.refusal(), "401 token_invalid");
    assert!(anna.delete_with(ME, right).await.status.is_client_error());
    untouched.check().await;
    world.clock.pass(SignedDuration::from_secs(5));
    assert_eq!(anna.get("/api/v1/titles?type=game").await.refusal(), "401 token_invalid");
    let refresh = json!({"refresh_token": anna.refresh_token});
    let refreshed = world.anybody().post("/api/v1/auth/token/update", refresh).await;
    assert_eq!(refreshed.refusal(), "401 refresh_invalid");
    let login = json!({"email": anna.email, "password": anna.password});
    let login = world.anybody().post("/api/v1/auth/token", login).await;
    assert_eq!(login.refusal(), "401 invalid_credentials");
    world.clock.pass(SignedDuration::from_mins(2));
    let again = world.person("anna").await;
    assert_ne!(again.id, anna.id);
    assert_eq!(again.get("/api/v1/user/@me/walks").await.expect(200).items("/id"), Vec::<String>::new());
}
