//! A server that goes and comes back, says nothing, forgets its scripts or asks for a password. In front of it
//! stands a door that the test opens and shuts.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adapter_redis::{Credentials, NoCredentials, Redis};
use async_trait::async_trait;
use contract::chance::{id, now};
use ports::{Backend, Error, Limits, Probe, Verdict, Window};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

const PLENTY: Window = Window { count: 1000, seconds: 60 };
/// Generous: a machine that is busy with other tests must not fail this one.
const SOON: Duration = Duration::from_secs(2);

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
fn server() -> String {
    std::env::var("TEST_REDIS_URL")
        .unwrap_or_else(|_| panic!("TEST_REDIS_URL is not set: run the tests by `cargo dev test`"))
}

/// A way to the server that can be shut, with all that went through it.
struct Door {
    port: u16,
    passing: JoinHandle<()>,
}

impl Door {
    async fn open(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = server().trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let passing = tokio::spawn(async move {
            let mut through = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let server = server.clone();
                through.spawn(async move {
                    let mut server = TcpStream::connect(server).await.expect("the server");
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { port, passing }
    }

    async fn shut(self) -> u16 {
        self.passing.abort();
        let _ = self.passing.await;
        self.port
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

async fn take(redis: &Redis) -> Result<Verdict, Error> {
    redis.take(&id().to_string(), PLENTY, now()).await
}

fn is_unavailable(answer: &Result<Verdict, Error>) -> bool {
    matches!(answer, Err(Error::Unavailable(unavailable)) if unavailable.backend == Backend::Cache)
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_and_serves_again_when_it_is_back() {
    let door = Door::open(0).await;
    let redis = Redis::new(&door.url()).expect("an address");
    assert_eq!(take(&redis).await.expect("an answer"), Verdict::Allowed);
    let port = door.shut().await;
    for _ in 0..3 {
        let asked = Instant::now();
        assert!(is_unavailable(&take(&redis).await));
        assert!(redis.probe().await.is_err());
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    }
    let _door = Door::open(port).await;
    assert_eq!(take(&redis).await.expect("an answer, without a new client"), Verdict::Allowed);
}

#[tokio::test]
async fn a_connection_that_broke_while_nobody_used_it_is_not_noticed() {
    let door = Door::open(0).await;
    let redis = Redis::new(&door.url()).expect("an address");
    take(&redis).await.expect("an answer");
    let _door = Door::open(door.shut().await).await;
    take(&redis).await.expect("an answer over a new connection");
}

#[tokio::test]
async fn nobody_waits_long_for_a_server_that_says_nothing() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let url = format!("redis://127.0.0.1:{}", listener.local_addr().expect("an address").port());
    let redis = Redis::new(&url).expect("an address");
    let asked = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let redis = redis.clone();
        callers.spawn(async move { take(&redis).await });
    }
    while let Some(answer) = callers.join_next().await {
        assert!(is_unavailable(&answer.expect("no panic")));
    }
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_is_told_them_again() {
    let redis = Redis::new(&server()).expect("an address");
    take(&redis).await.expect("an answer");
    command(redis::cmd("SCRIPT").arg("FLUSH")).await;
    take(&redis).await.expect("an answer");
}

/// Also where this crate is built alone: the driver would panic without a provider of cryptography.
#[tokio::test]
async fn a_server_without_tls_is_unavailable_where_tls_is_wanted() {
    let door = Door::open(0).await;
    let redis = Redis::new(&door.url().replace("redis:", "rediss:")).expect("an address");
    assert!(is_unavailable(&take(&redis).await));
}

#[test]
fn an_address_that_cannot_be_read_is_not_shown() {
    let error = Redis::new("http://user:secret@host").err().expect("an error");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

struct Tokens {
    user: String,
    password: &'static str,
    asked: AtomicUsize,
}

#[async_trait]
impl Credentials for Tokens {
    async fn now(&self) -> Result<(String, String), NoCredentials> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok((self.user.clone(), self.password.to_owned()))
    }
}

async fn command(command: &redis::Cmd) {
    let client = redis::Client::open(server()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("the server");
    command.exec_async(&mut connection).await.expect("done");
}

#[tokio::test]
async fn credentials_are_asked_for_whenever_a_connection_is_opened() {
    let user = format!("test-{}", id());
    command(redis::cmd("ACL").arg("SETUSER").arg(&user).arg(&["on", ">right", "~*", "+@all"])).await;
    let tokens = |password| Arc::new(Tokens { user: user.clone(), password, asked: AtomicUsize::new(0) });
    let (door, right) = (Door::open(0).await, tokens("right"));
    let redis = Redis::with_credentials(&door.url(), right.clone()).expect("an address");
    assert_eq!(right.asked.load(Ordering::Relaxed), 0, "nothing is opened yet");
    take(&redis).await.expect("an answer");
    take(&redis).await.expect("an answer");
    assert_eq!(right.asked.load(Ordering::Relaxed), 1);
    let door = Door::open(door.shut().await).await;
    take(&redis).await.expect("an answer");
    assert_eq!(right.asked.load(Ordering::Relaxed), 2);

    let redis = Redis::with_credentials(&door.url(), tokens("wrong")).expect("an address");
    assert!(is_unavailable(&take(&redis).await));
    command(redis::cmd("ACL").arg("DELUSER").arg(&user)).await;
}
