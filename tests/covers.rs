//! `POST /api/v1/titles/{id}/cover`, on a real Postgres and an emulated S3.

use http::Method;
use image::ImageFormat;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{ABSENT, MEDIA, Person, World, picture, png, stored};

async fn upload(person: &Person<'_>, title: &str, kind: &str, bytes: Vec<u8>) -> crate::support::Answer {
    person.send(Method::POST, &format!("/api/v1/titles/{title}/cover"), Some(kind), bytes).await
}

/// The addresses of both sizes of a cover, which must be all that there are.
#[track_caller]
fn sizes(cover: &Value) -> [String; 2] {
    let sizes = cover["sizes"].as_object().expect("sizes");
    assert_eq!(sizes.keys().collect::<Vec<_>>(), ["160", "640"], "{cover}");
    assert_eq!(cover["url"], cover["sizes"]["640"], "{cover}");
    assert_eq!(cover.as_object().expect("a picture").len(), 2, "{cover}");
    let size = |width: &str| cover["sizes"][width].as_str().expect("an address").to_owned();
    [size("160"), size("640")]
}

#[tokio::test]
async fn a_cover_is_served_in_two_sizes_and_noted_in_the_history() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    world.clock.pass(SignedDuration::from_secs(1));
    let answer = upload(&anna, &title, "image/png", png(1280, 640)).await.expect(200);
    assert_eq!(answer.body["updated_at"], "2026-11-22T12:00:01.000Z");
    assert_eq!(answer.body["created_at"], "2026-11-22T12:00:00.000Z");
    let [small, large] = sizes(&answer.body["cover"]);
    assert!(small.starts_with(&format!("{MEDIA}/covers/")), "{small}");
    assert_eq!((stored(&small), stored(&large)), (Some((160, 80)), Some((640, 320))));
    let shown = anna.get(&format!("/api/v1/titles/{title}")).await.expect(200).body;
    assert_eq!(shown["cover"], answer.body["cover"]);
    let listed = anna.get("/api/v1/titles?type=game").await.expect(200).body;
    assert_eq!(listed["items"][0]["cover"], answer.body["cover"]);
    let history = anna.get(&format!("/api/v1/titles/{title}/history")).await.expect(200).body;
    assert_eq!(history["items"][0]["changes"], json!({"cover": [null, large]}));
    anna.add_walk(&title, "planned").await;
    let walks = anna.get("/api/v1/user/@me/walks").await.expect(200).body;
    assert_eq!(walks["items"][0]["title"]["cover"], answer.body["cover"]);
}

#[tokio::test]
async fn a_small_cover_is_not_enlarged_and_every_kind_is_taken() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    for (kind, format) in [
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/webp", ImageFormat::WebP),
        ("image/gif", ImageFormat::Gif),
        ("IMAGE/PNG; charset=binary", ImageFormat::Png),
    ] {
        let answer = upload(&anna, &title, kind, picture(100, 50, format)).await.expect(200);
        let [small, large] = sizes(&answer.body["cover"]);
        assert_eq!((stored(&small), stored(&large)), (Some((100, 50)), Some((100, 50))), "{kind}");
    }
}

#[tokio::test]
async fn the_objects_of_a_replaced_cover_and_of_a_removed_title_are_gone() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let first = sizes(&upload(&anna, &title, "image/png", png(20, 20)).await.expect(200).body["cover"]);
    let second = sizes(&upload(&anna, &title, "image/png", png(30, 30)).await.expect(200).body["cover"]);
    assert!(first.iter().all(|url| stored(url).is_none()));
    assert!(second.iter().all(|url| stored(url).is_some()));
    let history = anna.get(&format!("/api/v1/titles/{title}/history")).await.expect(200).body;
    assert_eq!(history["items"][0]["changes"], json!({"cover": [first[1], second[1]]}));
    anna.delete(&format!("/api/v1/titles/{title}")).await.expect(204);
    assert!(second.iter().all(|url| stored(url).is_none()));
}

#[tokio::test]
async fn a_refused_upload_leaves_the_cover_as_it_is() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let cover = upload(&anna, &title, "image/png", png(20, 20)).await.expect(200).body["cover"].clone();
    world.clock.pass(SignedDuration::from_secs(1));
    let untouched = world.untouched().await;
    let broken = [&png(20, 20)[..40], &[7; 100]].concat();
    let unknown = b"%PDF-1.7 is no picture".to_vec();
    for (kind, bytes, refusal) in [
        ("text/plain", png(20, 20), "415 unsupported_media_type"),
        ("image/svg+xml", b"<svg/>".to_vec(), "415 unsupported_media_type"),
        ("application/json", b"{}".to_vec(), "415 unsupported_media_type"),
        ("image/png", unknown, "415 unsupported_media_type"),
        ("image/png", Vec::new(), "415 unsupported_media_type"),
        ("image/png", broken, "422 unreadable_image"),
        ("image/png", png(4097, 1), "422 unreadable_image"),
        ("image/png", vec![0; 4 * 1024 * 1024 + 1], "413 too_large"),
    ] {
        assert_eq!(upload(&anna, &title, kind, bytes).await.refusal(), refusal, "{kind}");
    }
    let path = format!("/api/v1/titles/{title}/cover");
    let bare = anna.send(Method::POST, &path, None, png(20, 20)).await;
    assert_eq!(bare.refusal(), "415 unsupported_media_type");
    let asked = anna.send(Method::POST, &format!("{path}?width=1"), Some("image/png"), png(20, 20)).await;
    assert_eq!(asked.refusal(), "400 unknown_parameter");
    assert_eq!(upload(&anna, ABSENT, "image/png", png(20, 20)).await.refusal(), "404 not_found");
    assert_eq!(upload(&anna, "x", "text/plain", Vec::new()).await.refusal(), "404 not_found");
    let stranger = world.anybody().send(Method::POST, &path, Some("image/png"), png(20, 20)).await;
    assert_eq!(stranger.refusal(), "401 token_missing");
    untouched.check().await;
    assert!(sizes(&cover).iter().all(|url| stored(url).is_some()));
}
