//! How often operators are mailed (AL-3), on the memory as it is, with a clock that is moved by hand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use adapter_dynamodb::testing::TestTables;
use alerts_function::{App, Batch, Deployment, Fallback, Line, Operators, RULE};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use models::Email;
use ports::{Backend, Clock, OperatorMail, Result, Unavailable};
use serde_json::Value;
use uuid::Uuid;

/// A clock that stands until it is moved.
struct Hand(Mutex<Timestamp>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no test panics while moving the clock")
    }

    fn id(&self) -> Uuid {
        panic!("alerts have no ids")
    }

    fn fill(&self, _bytes: &mut [u8]) {
        panic!("alerts have no chance in them")
    }
}

/// The one fake port: it records what would be mailed, and fails when told to.
#[derive(Default)]
struct Inbox {
    mails: Mutex<Vec<(String, String)>>,
    broken: AtomicBool,
}

#[async_trait]
impl OperatorMail for Inbox {
    async fn send(&self, to: &[Email], subject: &str, text: &str) -> Result<()> {
        assert_eq!(to.iter().map(Email::shown).collect::<Vec<_>>(), ["a@x.example", "b@x.example"]);
        if self.broken.load(Ordering::SeqCst) {
            return Err(Unavailable::new(Backend::Mail, "told to fail").into());
        }
        self.mails.lock().expect("no test panics while mailing").push((subject.to_owned(), text.to_owned()));
        Ok(())
    }
}

struct World {
    app: App,
    clock: Arc<Hand>,
    inbox: Arc<Inbox>,
    _tables: TestTables,
}

impl World {
    async fn new(has_memory: bool) -> Self {
        let tables = TestTables::new(1).await;
        let memory = if has_memory { tables.alert_memory().await } else { tables.store_that_stops(0) };
        let clock = Arc::new(Hand(Mutex::new("2026-11-22T12:00:00Z".parse().expect("an instant"))));
        let inbox = Arc::new(Inbox::default());
        let address = |text: &str| Email::try_from(text.to_owned()).expect("an address");
        let addresses = vec![address("a@x.example"), address("b@x.example")];
        let app = App {
            memory: Arc::new(memory),
            operators: Some(Operators { mail: inbox.clone(), addresses }),
            deployment: Deployment { stage: "test".to_owned(), region: "eu-central-1".to_owned() },
            rule: RULE,
            clock: clock.clone(),
            fallback: Fallback::default(),
        };
        Self { app, clock, inbox, _tables: tables }
    }

    fn pass(&self, minutes: i64) {
        *self.clock.0.lock().expect("no test panics here") += SignedDuration::from_mins(minutes);
    }

    async fn observe(&self, lines: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
        let at = self.clock.now();
        let lines = lines.into_iter().map(|text| Line { at, text }).collect();
        self.app.observe(&Batch { log: None, lines }).await
    }

    async fn seen(&self, lines: impl IntoIterator<Item = String>) {
        self.observe(lines).await.expect("mailed or counted");
    }

    async fn digest(&self) {
        self.app.handle(&Value::Null).await.expect("a digest, or nothing due");
    }

    /// The subjects of the mails since the last time that this was asked.
    fn subjects(&self) -> Vec<String> {
        self.take().into_iter().map(|(subject, _)| subject).collect()
    }

    fn take(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.inbox.mails.lock().expect("no test panics here"))
    }
}

fn error(class: &str, place: &str) -> String {
    serde_json::json!({
        "level": "ERROR", "event": class, "place": place, "message": "no",
        "span": {"function": "auth", "method": "GET", "route": "/a", "request_id": "r"},
    })
    .to_string()
}

fn panic_at(line: usize) -> String {
    error("panic", &format!("src/a.rs:{line}"))
}

#[tokio::test]
async fn a_thousand_equal_lines_are_one_mail_and_one_digest() {
    for at_once in [1, 50, 1000] {
        let world = World::new(true).await;
        for _ in 0..1000 / at_once {
            world.seen((0..at_once).map(|_| panic_at(7))).await;
        }
        assert_eq!(world.subjects(), ["[test][auth] panic (×1)"]);
        world.pass(14);
        world.digest().await;
        assert_eq!(world.subjects(), Vec::<String>::new());
        world.pass(1);
        world.digest().await;
        assert_eq!(world.subjects(), ["[test][auth] panic (×999)"]);
        for _ in 0..12 {
            world.pass(5);
            world.digest().await;
        }
        assert_eq!(world.subjects(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_hour_has_twenty_mails_and_a_storm_lets_what_is_new_through() {
    let world = World::new(true).await;
    // Each minute three problems that were never seen, and each five minutes the schedule.
    let mut mails = Vec::new();
    for minute in 0..150 {
        world.seen((0..3).map(|number| panic_at(minute * 3 + number))).await;
        if minute == 30 {
            assert!(
                world
                    .subjects()
                    .iter()
                    .all(|subject| subject.contains("panic") || subject.contains("digest"))
            );
            world.seen([error("start_failed", "")]).await;
            assert_eq!(world.subjects(), ["[test][auth] start_failed (×1)"], "in the middle of the storm");
            mails.push(minute);
        }
        if minute % 5 == 4 {
            world.digest().await;
        }
        mails.extend(world.subjects().iter().map(|_| minute));
        world.pass(1);
    }
    for hour in 0..=90 {
        let count = mails.iter().filter(|minute| (hour..hour + 60).contains(*minute)).count();
        assert!(count <= 20, "{count} mails in the hour after {hour} minutes");
    }
    assert!(mails.len() > 30, "{mails:?}");
}

#[tokio::test]
async fn what_had_no_room_is_in_a_digest() {
    let world = World::new(true).await;
    world.seen((0..30).map(panic_at)).await;
    assert_eq!(world.subjects().len(), 12);
    world.pass(15);
    world.digest().await;
    let mails = world.take();
    let [(subject, text)] = &mails[..] else { panic!("one digest") };
    assert_eq!(subject, "[test][auth] digest of 18 alerts (×18)");
    for line in 12..30 {
        assert!(text.contains(&format!("place: src/a.rs:{line}\n")), "{line} in {text}");
    }
}

#[tokio::test]
async fn without_a_memory_the_mail_goes_all_the_same() {
    let world = World::new(false).await;
    world.seen([panic_at(1), panic_at(1), panic_at(2)]).await;
    let mails = world.take();
    let subjects: Vec<_> = mails.iter().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects, ["[test][auth] panic (×2)", "[test][auth] panic (×1)"]);
    assert!(mails[0].1.contains("The memory of alerts does not answer"), "{}", mails[0].1);
    world.seen([panic_at(1)]).await;
    assert_eq!(world.subjects(), Vec::<String>::new(), "the process remembers for a while");
    world.pass(16);
    world.seen([panic_at(1)]).await;
    assert_eq!(world.subjects(), ["[test][auth] panic (×1)"]);
    world.seen((100..200).map(panic_at)).await;
    assert_eq!(world.subjects().len(), 13, "16 an hour at the most");
}

#[tokio::test]
async fn a_mail_that_does_not_go_is_in_the_next_digest() {
    let world = World::new(true).await;
    world.inbox.broken.store(true, Ordering::SeqCst);
    world.seen([panic_at(1), panic_at(1)]).await;
    assert!(world.app.handle(&Value::Null).await.is_err(), "a digest that does not go is told of");
    world.inbox.broken.store(false, Ordering::SeqCst);
    world.digest().await;
    assert_eq!(world.subjects(), ["[test][auth] panic (×2)"]);
    world.digest().await;
    assert_eq!(world.subjects(), Vec::<String>::new());
}

#[tokio::test]
async fn without_memory_and_mail_lambda_is_told() {
    let world = World::new(false).await;
    world.inbox.broken.store(true, Ordering::SeqCst);
    assert!(world.observe([panic_at(1)]).await.is_err());
    world.inbox.broken.store(false, Ordering::SeqCst);
    world.seen([panic_at(1)]).await;
    assert_eq!(world.subjects(), ["[test][auth] panic (×1)"], "its second call mails");
}

#[tokio::test]
async fn what_lambda_says_twice_of_one_request_counts_once() {
    let world = World::new(false).await;
    let id = "3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f";
    let killed =
        format!("RequestId: {id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError");
    let report = format!("REPORT RequestId: {id}\tStatus: error\tError Type: Runtime.OutOfMemory");
    world.seen([killed, report]).await;
    assert_eq!(world.subjects().len(), 1);
}

#[tokio::test]
async fn refusals_and_503s_mail_nobody() {
    let world = World::new(true).await;
    world
        .seen([
            r#"{"level":"INFO","event":"request","status":404,"message":"refused"}"#.to_owned(),
            r#"{"level":"WARN","event":"unavailable","status":503,"message":"no connection"}"#.to_owned(),
            "START RequestId: 1".to_owned(),
        ])
        .await;
    world.pass(60);
    world.digest().await;
    assert_eq!(world.subjects(), Vec::<String>::new());
}

#[tokio::test]
async fn the_sample_event_is_mailed() {
    let world = World::new(true).await;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/events/alerts.json");
    let event = std::fs::read_to_string(file).expect("an event");
    let event: Value = serde_json::from_str(&event).expect("JSON");
    world.app.handle(&event).await.expect("mailed");
    world.app.handle(&event).await.expect("counted");
    let mails = world.take();
    let subjects: Vec<_> = mails.iter().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects, ["[test][reviews] panic (×1)", "[test][reviews] timeout (×1)"]);
    for part in
        ["Request id:  3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f", "place: functions/reviews/src/reviews.rs:81"]
    {
        assert!(mails[0].1.contains(part), "{}", mails[0].1);
    }
}
