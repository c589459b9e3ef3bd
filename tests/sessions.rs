//! Sessions as their owner sees and ends them, and registrations that race.

use futures::future::join_all;
use http::header::AUTHORIZATION;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{ABSENT, Kept, World};

const LOGIN: &str = "/api/v1/auth/token";
const SESSIONS: &str = "/api/v1/auth/sessions";

/// On several threads: a hash that is made in place would keep Valkey's answers waiting for longer than its 250 ms.
#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_equal_registrations_at_once_one_is_made() {
    let world = World::new().await;
    let anna = world.anybody();
    anna.post("/api/v1/auth/email/validate", json!({"email": "anna@example.org"})).await.expect(202);
    let code = world.letters.last().code().to_owned();
    let body = json!({"email": "anna@example.org", "username": "anna", "password": "лиловый трактор едет в Омск", "code": code});
    let answers = join_all((0..50).map(|_| anna.post("/api/v1/auth/signin", body.clone()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.refusal(), "422 invalid_code");
    }
    assert_eq!(world.kept(Kept::Users).await, 1);
    assert_eq!(world.kept(Kept::Sessions).await, 1);
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions_alone() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    world.clock.pass(SignedDuration::from_secs(1));
    let login = json!({"email": anna.email, "password": anna.password});
    let elsewhere = world.anybody().with("user-agent", "Other/1.0").post(LOGIN, login).await.expect(200);
    let list = anna.get(SESSIONS).await.expect(200);
    assert_eq!(list.items("/current"), ["false", "true"]);
    assert_eq!(list.items("/user_agent"), ["Other/1.0", ""]);
    let other = &list.items("/id")[0];
    assert_eq!(boris.delete(&format!("{SESSIONS}/{other}")).await.refusal(), "404 not_found");
    assert_eq!(anna.delete(&format!("{SESSIONS}/{ABSENT}")).await.refusal(), "404 not_found");
    anna.delete(&format!("{SESSIONS}/{other}")).await.expect(204);
    let spent = json!({"refresh_token": elsewhere.text("/refresh_token")});
    assert_eq!(
        world.anybody().post("/api/v1/auth/token/update", spent).await.refusal(),
        "401 refresh_invalid"
    );
    anna.delete(SESSIONS).await.expect(204);
    assert_eq!(anna.get(SESSIONS).await.expect(200).items("/current"), ["true"]);
}

#[tokio::test]
async fn signing_out_removes_the_cookie_where_there_is_one() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let browser = world.anybody().with("x-token-transport", "cookie");
    let login = json!({"email": anna.email, "password": anna.password});
    let token = browser.post(LOGIN, login).await.expect(200).text("/access_token");
    let signed_in = browser.with(AUTHORIZATION.as_str(), &format!("Bearer {token}"));
    let gone = signed_in.post("/api/v1/auth/logout", json!({})).await.expect(204);
    assert!(gone.header("set-cookie").starts_with("prohod_refresh=; Max-Age=0; Path=/api/v1/auth"));
    assert_eq!(anna.post("/api/v1/auth/logout", json!({})).await.expect(204).header("set-cookie"), "");
}
