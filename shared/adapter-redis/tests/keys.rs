//! What lies in the server: every key has a time to live, since a cache evicts only such.

use adapter_redis::Redis;
use contract::chance::{after, digest, id, now};
use ports::{Backoff, CodeHash, CodeSlot, Codes, Limits, Purpose, Window};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;

const RULE: Backoff = Backoff {
    free: Window { count: 2, seconds: 300 },
    first_seconds: 30,
    most_seconds: 900,
    known_seconds: 3600,
};

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
async fn server(variable: &str) -> (Redis, MultiplexedConnection) {
    let Ok(url) = std::env::var(variable) else {
        panic!("{variable} is not set: run the tests by `cargo dev test`");
    };
    let client = redis::Client::open(&*url).expect("an address");
    (
        Redis::new(&url).expect("an address"),
        client.get_multiplexed_async_connection().await.expect("the server"),
    )
}

/// How many seconds each key with `part` in its name has left, by its kind.
async fn left(server: &mut MultiplexedConnection, part: &str) -> Vec<(String, i64)> {
    let keys: Vec<String> = server.keys(format!("*{part}*")).await.expect("keys");
    let mut left = Vec::new();
    for key in keys {
        let millis: i64 = server.pttl(&key).await.expect("a time");
        let kind = key.split(':').next().unwrap_or_default().to_owned();
        left.push((kind, (millis + 999) / 1000));
    }
    left.sort();
    left
}

fn lives(left: &[(String, i64)], kinds: &[(&str, i64)]) {
    let fits = |((kind, left), (wanted, most)): (&(String, i64), &(&str, i64))| {
        kind == wanted && (most - 5..=*most).contains(left)
    };
    assert!(left.len() == kinds.len() && left.iter().zip(kinds).all(fits), "{left:?}, not {kinds:?}");
}

async fn every_key_has_a_time_to_live(variable: &str) {
    let (redis, mut server) = server(variable).await;
    // A clock that was moved far ahead changes nothing: the times to live are spans.
    let now = after(now(), 86_400 * 365);
    let slot = CodeSlot { purpose: Purpose::Restore, address: id().to_string(), user: None };
    let code = CodeHash(digest());
    let mails = [Window { count: 1, seconds: 60 }, Window { count: 3, seconds: 3600 }];
    assert!(redis.issue(&slot, code, &mails, now, after(now, 600)).await.expect("issued"));
    assert!(!redis.verify(&slot, CodeHash(digest()), 5, now).await.expect("an answer"));
    assert!(redis.claim(&slot, code, 5, now).await.expect("an answer"));
    redis.release(&slot, code).await.expect("an answer");
    lives(&left(&mut server, &slot.address).await, &[("code", 600), ("mails", 3600)]);
    redis.spend(&slot, code).await.expect("an answer");
    // What comes late does not bring back a part of what is gone.
    redis.release(&slot, code).await.expect("an answer");
    redis.verify(&slot, code, 5, now).await.expect("an answer");
    lives(&left(&mut server, &slot.address).await, &[("mails", 3600)]);

    let (key, account, ip) = (id().to_string(), id().to_string(), "192.0.2.1");
    redis.take(&key, Window { count: 3, seconds: 60 }, now).await.expect("an answer");
    lives(&left(&mut server, &key).await, &[("limit", 60)]);
    redis.login_begin(&account, ip, &RULE, now).await.expect("an answer");
    lives(&left(&mut server, &account).await, &[("failures", 300)]);
    redis.login_begin(&account, ip, &RULE, now).await.expect("an answer");
    lives(&left(&mut server, &account).await, &[("failures", 300), ("login", 930)]);
    redis.login_succeeded(&account, ip, &RULE, now).await.expect("an answer");
    lives(&left(&mut server, &account).await, &[("known", 3600)]);
}

#[tokio::test]
async fn every_key_of_one_server_has_a_time_to_live() {
    every_key_has_a_time_to_live("TEST_REDIS_URL").await;
}

#[tokio::test]
async fn every_key_of_a_cluster_has_a_time_to_live() {
    every_key_has_a_time_to_live("TEST_REDIS_CLUSTER_URL").await;
}
