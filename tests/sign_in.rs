//! Registration, sign-in, refreshing and restoring, on real stores: the rules that keep others out.

use auth::Rules;
use futures::future::join_all;
use http::header::AUTHORIZATION;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Kept, World};

const VALIDATE: &str = "/api/v1/auth/email/validate";
const REGISTER: &str = "/api/v1/auth/signin";
const LOGIN: &str = "/api/v1/auth/token";
const REFRESH: &str = "/api/v1/auth/token/update";
const RESTORE: &str = "/api/v1/auth/password/restore";
const PASSWORD: &str = "лиловый трактор едет в Омск";
const ANOTHER: &str = "тихий чайник ждёт весны";

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn registration(name: &str, code: &str) -> Value {
    json!({"email": format!("{name}@example.org"), "username": name, "password": PASSWORD, "code": code})
}

#[tokio::test]
async fn a_known_and_an_unknown_address_are_answered_alike_and_mailed_differently() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    world.clock.pass(seconds(61));
    let anybody = world.anybody();
    let known = anybody.post(VALIDATE, json!({"email": anna.email})).await.expect(202);
    let unknown = anybody.post(VALIDATE, json!({"email": "boris@example.org"})).await.expect(202);
    assert_eq!(known.bytes, unknown.bytes);
    anybody.post(RESTORE, json!({"email": anna.email})).await.expect(202);
    anybody.post(RESTORE, json!({"email": "boris@example.org"})).await.expect(202);
    let kinds =
        ["registration_code", "already_registered", "registration_code", "restore_code", "no_account"];
    assert_eq!(world.letters.kinds(), kinds);
}

/// Where case matters, another spelling of an address is somebody else's (IN-6).
#[tokio::test]
async fn an_account_is_mailed_at_the_address_that_it_has_however_that_is_typed() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    world.clock.pass(seconds(61));
    let typed = anna.email.to_uppercase();
    assert_ne!(typed, anna.email);
    for path in [RESTORE, VALIDATE] {
        world.anybody().post(path, json!({"email": typed})).await.expect(202);
        assert_eq!(world.letters.last().to, anna.email, "{path}");
    }
}

#[tokio::test]
async fn a_right_code_that_is_refused_for_another_reason_is_neither_spent_nor_counted() {
    let world = World::new().await;
    world.person("anna").await;
    let boris = world.anybody();
    boris.post(VALIDATE, json!({"email": "boris@example.org"})).await.expect(202);
    let code = world.letters.last().code().to_owned();
    for _ in 0..6 {
        let mut taken = registration("boris", &code);
        taken["username"] = json!("Anna");
        assert_eq!(boris.post(REGISTER, taken).await.refusal(), "409 username_taken");
        let mut weak = registration("boris", &code);
        weak["password"] = json!("password123");
        assert_eq!(boris.post(REGISTER, weak).await.refusal(), "422 weak_password");
    }
    assert_eq!(world.kept(Kept::Users).await, 1);
    boris.post(REGISTER, registration("boris", &code)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_has_five_tries_and_ten_minutes_and_serves_once() {
    let world = World::new().await;
    let boris = world.anybody();
    boris.post(VALIDATE, json!({"email": "boris@example.org"})).await.expect(202);
    let code = world.letters.last().code().to_owned();
    for _ in 0..5 {
        let wrong = registration("boris", "0000-0000");
        assert_eq!(boris.post(REGISTER, wrong).await.refusal(), "422 invalid_code");
    }
    assert_eq!(boris.post(REGISTER, registration("boris", &code)).await.refusal(), "422 invalid_code");

    world.clock.pass(seconds(61));
    boris.post(VALIDATE, json!({"email": "boris@example.org"})).await.expect(202);
    let code = world.letters.last().code().to_owned();
    world.clock.pass(seconds(600));
    assert_eq!(boris.post(REGISTER, registration("boris", &code)).await.refusal(), "422 invalid_code");
    assert_eq!(world.kept(Kept::Users).await, 0);

    boris.post(VALIDATE, json!({"email": "boris@example.org"})).await.expect(202);
    let code = world.letters.last().code().to_lowercase().replace('-', " ");
    let equal = join_all((0..20).map(|_| boris.post(REGISTER, registration("boris", &code)))).await;
    let made = equal.iter().filter(|answer| answer.status == 201).count();
    assert_eq!((made, world.kept(Kept::Users).await), (1, 1));
    assert!(
        equal
            .iter()
            .filter(|answer| answer.status != 201)
            .all(|answer| answer.refusal() == "422 invalid_code")
    );
}

#[tokio::test]
async fn an_address_gets_one_mail_a_minute_and_three_an_hour() {
    let world = World::new().await;
    let boris = world.anybody();
    let ask = async || {
        boris.post(VALIDATE, json!({"email": "boris@example.org"})).await.expect(202);
        world.letters.count()
    };
    assert_eq!((ask().await, ask().await), (1, 1));
    world.clock.pass(seconds(60));
    assert_eq!((ask().await, ask().await), (2, 2));
    world.clock.pass(seconds(60));
    assert_eq!(ask().await, 3);
    world.clock.pass(seconds(60));
    assert_eq!(ask().await, 3);
    world.clock.pass(seconds(3600));
    assert_eq!(ask().await, 4);
}

#[tokio::test]
async fn a_mail_that_does_not_go_keeps_nobody_waiting() {
    let world = World::new().await;
    let boris = world.anybody();
    world.letters.set_broken(true);
    let refused = boris.post(VALIDATE, json!({"email": "boris@example.org"})).await;
    assert_eq!((refused.refusal().as_str(), refused.header("retry-after")), ("503 unavailable", "5"));
    world.letters.set_broken(false);
    boris.post(VALIDATE, json!({"email": "boris@example.org"})).await.expect(202);
    assert_eq!(world.letters.kinds(), ["registration_code"]);
}

#[tokio::test]
async fn a_wrong_address_and_a_wrong_password_are_one_answer_and_five_failures_wait() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let stranger = world.anybody();
    let login = async |email: &str, password: &str| {
        stranger.post(LOGIN, json!({"email": email, "password": password})).await
    };
    let (wrong, unknown) = (login(&anna.email, ANOTHER).await, login("nobody@example.org", ANOTHER).await);
    assert_eq!(
        (wrong.refusal().as_str(), unknown.refusal().as_str()),
        ("401 invalid_credentials", "401 invalid_credentials")
    );
    assert_eq!(wrong.body["detail"], unknown.body["detail"]);
    for _ in 0..4 {
        assert_eq!(login(&anna.email, ANOTHER).await.refusal(), "401 invalid_credentials");
    }
    let locked = login(&anna.email, PASSWORD).await;
    assert_eq!((locked.refusal().as_str(), locked.header("retry-after")), ("429 too_many_requests", "30"));
    world.clock.pass(seconds(30));
    let pair = login(&anna.email, PASSWORD).await.expect(200);
    assert_eq!(pair.body["token_type"], "Bearer");
    assert_eq!(pair.body["expires_at"], json!(1_795_348_830 + 900));
    login(&anna.email, ANOTHER).await.expect(401);
}

#[tokio::test]
async fn an_outage_of_the_database_is_nobodys_failed_sign_in() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let login = json!({"email": anna.email, "password": PASSWORD});
    let outage = world.store.break_off().await;
    for _ in 0..6 {
        assert_eq!(world.anybody().post(LOGIN, login.clone()).await.refusal(), "503 unavailable");
    }
    world.store.mend(outage).await;
    world.anybody().post(LOGIN, login).await.expect(200);
}

#[tokio::test]
async fn a_refresh_gives_everybody_the_same_pair_within_the_grace_and_a_thief_ends_the_session_after() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let refresh = async |token: &str| world.anybody().post(REFRESH, json!({"refresh_token": token})).await;
    let pairs = join_all((0..20).map(|_| refresh(&anna.refresh_token))).await;
    let first = pairs[0].clone().expect(200);
    assert!(pairs.iter().all(|pair| pair.bytes == first.bytes), "one pair for all");
    let second = first.text("/refresh_token");
    world.clock.pass(seconds(11));
    refresh(&second).await.expect(200);
    assert_eq!(refresh(&anna.refresh_token).await.refusal(), "401 refresh_invalid");
    assert_eq!(world.letters.last().kind(), "session_reuse");
    assert_eq!(world.kept(Kept::Sessions).await, 0);
    world.clock.pass(seconds(6));
    assert_eq!(anna.get("/api/v1/user/@me").await.refusal(), "401 token_invalid");
}

#[tokio::test]
async fn a_token_is_refused_after_its_time_and_after_its_session() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    anna.get("/api/v1/user/@me").await.expect(200);
    world.clock.pass(seconds(899));
    anna.get("/api/v1/user/@me").await.expect(200);
    world.clock.pass(seconds(1));
    let expired = anna.get("/api/v1/user/@me").await;
    assert_eq!(expired.refusal(), "401 token_expired");
    assert!(expired.header("www-authenticate").starts_with(r#"Bearer error="invalid_token""#));
    let pair =
        world.anybody().post(LOGIN, json!({"email": anna.email, "password": PASSWORD})).await.expect(200);
    let bearer = format!("Bearer {}", pair.text("/access_token"));
    let again = world.anybody().with(AUTHORIZATION.as_str(), &bearer);
    again.post("/api/v1/auth/logout", json!({})).await.expect(204);
    world.clock.pass(seconds(5));
    assert_eq!(again.get("/api/v1/user/@me").await.refusal(), "401 token_invalid");
    let spent = world.anybody().post(REFRESH, json!({"refresh_token": pair.text("/refresh_token")})).await;
    assert_eq!(spent.refusal(), "401 refresh_invalid");
}

#[tokio::test]
async fn a_sixth_session_ends_the_least_recently_used() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    for _ in 0..5 {
        world.clock.pass(seconds(10));
        world.anybody().post(LOGIN, json!({"email": anna.email, "password": PASSWORD})).await.expect(200);
    }
    assert_eq!(world.kept(Kept::Sessions).await, 5);
    assert_eq!(anna.get("/api/v1/user/@me").await.refusal(), "401 token_invalid");
}

#[tokio::test]
async fn a_cookie_is_set_and_read_only_where_it_is_asked_for() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let login = json!({"email": anna.email, "password": PASSWORD});
    let plain = world.anybody().post(LOGIN, login.clone()).await.expect(200);
    assert_eq!(plain.header("set-cookie"), "");
    let browser = world.anybody().with("x-token-transport", "cookie");
    let pair = browser.post(LOGIN, login).await.expect(200);
    assert_eq!(pair.body["refresh_token"], Value::Null);
    let cookie = pair.header("set-cookie").to_owned();
    for word in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/api/v1/auth"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let kept = cookie.split(';').next().unwrap().to_owned();
    let page = world.anybody().with("cookie", &kept);
    assert_eq!(page.post(REFRESH, json!({})).await.faults(), ["/refresh_token required"]);
    let next = browser.with("cookie", &kept).post(REFRESH, json!({})).await.expect(200);
    assert!(next.header("set-cookie").starts_with("prohod_refresh=prohod_rt_"));
}

#[tokio::test]
async fn a_restored_password_ends_every_session_and_logs_nobody_in() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let anybody = world.anybody();
    anybody.post(RESTORE, json!({"email": anna.email})).await.expect(202);
    let code = world.letters.last().code().to_owned();
    let check = json!({"email": anna.email, "code": code});
    anybody.post(&format!("{RESTORE}/verify"), check).await.expect(204);
    let body = |password: &str| json!({"email": anna.email, "code": code, "new_password": password});
    assert_eq!(anybody.put(RESTORE, body("password123")).await.refusal(), "422 weak_password");
    anybody.put(RESTORE, body(ANOTHER)).await.expect(204);
    assert_eq!(anybody.put(RESTORE, body(ANOTHER)).await.refusal(), "422 invalid_code");
    assert_eq!(world.kept(Kept::Sessions).await, 0);
    assert_eq!(world.letters.last().kind(), "password_restored");
    anybody.post(LOGIN, json!({"email": anna.email, "password": PASSWORD})).await.expect(401);
    anybody.post(LOGIN, json!({"email": anna.email, "password": ANOTHER})).await.expect(200);
}

#[tokio::test]
async fn a_changed_password_or_address_keeps_this_session_and_tells_the_owner() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    world.anybody().post(LOGIN, json!({"email": anna.email, "password": PASSWORD})).await.expect(200);
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let path = "/api/v1/auth/password/change";
    assert_eq!(anna.post(path, change(ANOTHER, ANOTHER)).await.refusal(), "422 wrong_password");
    assert_eq!(anna.post(path, change(PASSWORD, PASSWORD)).await.refusal(), "422 weak_password");
    assert_eq!(world.kept(Kept::Sessions).await, 2);
    anna.post(path, change(PASSWORD, ANOTHER)).await.expect(204);
    assert_eq!(world.letters.last().kind(), "password_changed");
    assert_eq!(world.kept(Kept::Sessions).await, 1);

    world
        .anybody()
        .post(VALIDATE, json!({"email": "x@example.org", "purpose": "email_change"}))
        .await
        .expect(401);
    anna.post(VALIDATE, json!({"email": "anna.new@example.org"})).await.expect(202);
    assert_eq!(world.letters.last().kind(), "email_change_code");
    let code = world.letters.last().code().to_owned();
    let body = |password: &str| json!({"email": "anna.new@example.org", "password": password, "code": code});
    assert_eq!(anna.post("/api/v1/auth/email/change", body(PASSWORD)).await.refusal(), "422 wrong_password");
    let moved = anna.post("/api/v1/auth/email/change", body(ANOTHER)).await.expect(200);
    assert_eq!(moved.text("/email"), "anna.new@example.org");
    assert_eq!(
        (world.letters.last().kind(), world.letters.last().to.as_str()),
        ("email_changed", "anna@example.org")
    );
    anna.get("/api/v1/user/@me").await.expect(200);
}

/// Of parallel tries no more go through than one after the other would, and what comes to nothing does not count.
#[tokio::test(flavor = "multi_thread")]
async fn limits_by_ip_count_beforehand_and_give_back() {
    let world = World::with_rules(Rules {
        ip_registrations: ports::Window { count: 1, seconds: 3600 },
        ip_code_mails: ports::Window { count: 3, seconds: 3600 },
        ip_failed_logins: ports::Window { count: 4, seconds: 60 },
        ..World::wide_rules()
    })
    .await;
    let anybody = world.anybody();
    // A mail that does not go is no mail.
    world.letters.set_broken(true);
    for _ in 0..4 {
        let refused = anybody.post(VALIDATE, json!({"email": "boris@example.org"})).await;
        assert_eq!(refused.refusal(), "503 unavailable");
    }
    world.letters.set_broken(false);
    let mut codes = Vec::new();
    for name in ["boris", "clara"] {
        anybody.post(VALIDATE, json!({"email": format!("{name}@example.org")})).await.expect(202);
        codes.push((name, world.letters.last().code().to_owned()));
    }
    // A registration that is refused is none.
    let wrong = anybody.post(REGISTER, registration("boris", "0000-0000")).await;
    assert_eq!(wrong.refusal(), "422 invalid_code");
    let all =
        join_all(codes.iter().map(|(name, code)| anybody.post(REGISTER, registration(name, code)))).await;
    let mut statuses: Vec<_> = all.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 429]);
    // Wrong passwords at different accounts, at once; a right one gives its place back.
    let wrong = |n| json!({"email": format!("nobody{n}@example.org"), "password": PASSWORD});
    let tries = join_all((0..12).map(|n| anybody.post(LOGIN, wrong(n)))).await;
    let of = |refusal: &str| tries.iter().filter(|answer| answer.refusal() == refusal).count();
    assert_eq!((of("401 invalid_credentials"), of("429 too_many_requests")), (4, 8));
    world.clock.pass(seconds(60));
    let name = if all[0].status == 201 { "boris" } else { "clara" };
    for _ in 0..6 {
        let right = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        anybody.post(LOGIN, right).await.expect(200);
    }
}

#[tokio::test]
async fn limits_by_ip_and_person_hold_where_they_are_productions() {
    let world = World::with_rules(Rules {
        ip_registrations: ports::Window { count: 1, seconds: 3600 },
        ..Rules::default()
    })
    .await;
    let anna = world.person("anna").await;
    let same_place = world.anybody().at(&anna.ip);
    let refused = same_place.post(REGISTER, registration("boris", "0000-0000")).await;
    assert_eq!(refused.refusal(), "429 too_many_requests");
    assert_ne!(refused.header("retry-after"), "");
    for _ in 0..60 {
        anna.post("/api/v1/walks", json!({})).await.expect(422);
    }
    assert_eq!(anna.post("/api/v1/walks", json!({})).await.refusal(), "429 too_many_requests");
    anna.get("/api/v1/user/@me").await.expect(200);
    world.clock.pass(seconds(60));
    anna.post("/api/v1/walks", json!({})).await.expect(422);
}
