//! What the memory of alerts promises.

use adapter_dynamodb::DynamoDb;
use adapter_dynamodb::testing::TestTables;
use jiff::{SignedDuration, Timestamp};
use ports::{Alert, AlertMemory as _, AlertRule, Counted, Notice, Window};

const RULE: AlertRule =
    AlertRule { digest_seconds: 900, mails: Window { count: 3, seconds: 3600 }, new_class_mails: 2 };

fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("an instant")
}

fn after(minutes: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(minutes)
}

fn alert(class: &str, frame: &str) -> Alert {
    Alert {
        fingerprint: format!("auth /api/v1/health {class} {frame}"),
        function: "auth".to_owned(),
        class: class.to_owned(),
        details: "line 1\nline 2".to_owned(),
    }
}

async fn memory() -> (TestTables, DynamoDb) {
    let tables = TestTables::new(1).await;
    let memory = tables.alert_memory().await;
    (tables, memory)
}

async fn note(memory: &DynamoDb, alert: &Alert, count: u32, at: Timestamp) -> Notice {
    memory.note(alert, count, &RULE, at).await.expect("an answer")
}

async fn due(memory: &DynamoDb, at: Timestamp) -> Vec<Counted> {
    memory.due(at).await.expect("an answer")
}

#[tokio::test]
async fn the_first_is_mailed_and_the_rest_is_due_after_a_quarter_of_an_hour() {
    let (_tables, memory) = memory().await;
    let alert = alert("panic", "src/a.rs:1");
    assert_eq!(note(&memory, &alert, 1, noon()).await, Notice::Mail);
    assert_eq!(due(&memory, after(20)).await, [], "nothing came after it");
    assert_eq!(note(&memory, &alert, 5, after(1)).await, Notice::Counted);
    assert_eq!(note(&memory, &alert, 7, after(14)).await, Notice::Counted);
    assert_eq!(due(&memory, after(14)).await, []);
    let told = due(&memory, after(15)).await;
    assert_eq!(told, [Counted { alert, count: 12, since: noon(), last: after(14), mailed: true }]);
}

#[tokio::test]
async fn of_many_at_once_the_first_alone_is_not_counted() {
    let (_tables, memory) = memory().await;
    let alert = alert("panic", "src/a.rs:1");
    assert_eq!(note(&memory, &alert, 1000, noon()).await, Notice::Mail);
    assert_eq!(due(&memory, after(15)).await[0].count, 999);
}

#[tokio::test]
async fn what_was_told_is_counted_anew_and_forgotten_when_it_stays_away() {
    let (_tables, memory) = memory().await;
    let alert = alert("panic", "src/a.rs:1");
    note(&memory, &alert, 3, noon()).await;
    let told = due(&memory, after(15)).await;
    note(&memory, &alert, 4, after(15)).await;
    memory.digested(&told, &RULE, after(15)).await.expect("an answer");
    assert_eq!(due(&memory, after(29)).await, []);
    assert_eq!(due(&memory, after(30)).await[0].count, 4, "what came meanwhile is kept");
    let told = due(&memory, after(30)).await;
    memory.digested(&told, &RULE, after(30)).await.expect("an answer");
    memory.digested(&told, &RULE, after(30)).await.expect("who comes second changes nothing");
    assert_eq!(note(&memory, &alert, 1, after(44)).await, Notice::Counted);
    let told = due(&memory, after(45)).await;
    assert_eq!(told[0].count, 1);
    memory.digested(&told, &RULE, after(45)).await.expect("an answer");
    assert_eq!(note(&memory, &alert, 1, after(60)).await, Notice::Mail, "quiet since the digest");
}

#[tokio::test]
async fn a_digest_takes_along_what_has_not_waited_long() {
    let (_tables, memory) = memory().await;
    let (old, young) = (alert("panic", "src/a.rs:1"), alert("panic", "src/b.rs:1"));
    note(&memory, &old, 2, noon()).await;
    note(&memory, &young, 9, after(14)).await;
    let told: Vec<_> =
        due(&memory, after(15)).await.into_iter().map(|told| (told.alert, told.count)).collect();
    assert_eq!(told, [(young, 8), (old, 1)], "the most frequent first");
}

#[tokio::test]
async fn mails_are_limited_and_a_new_class_still_gets_through() {
    let (_tables, memory) = memory().await;
    let storm = |number: i64| alert("panic", &format!("src/a.rs:{number}"));
    for number in 0..3 {
        assert_eq!(note(&memory, &storm(number), 1, after(number)).await, Notice::Mail, "{number}");
    }
    assert_eq!(note(&memory, &storm(3), 1, after(3)).await, Notice::Counted);
    assert_eq!(note(&memory, &alert("timeout", ""), 1, after(4)).await, Notice::Mail);
    assert_eq!(note(&memory, &alert("timeout", "other"), 1, after(4)).await, Notice::Counted);
    assert_eq!(note(&memory, &alert("out_of_memory", ""), 1, after(5)).await, Notice::Mail);
    assert_eq!(
        note(&memory, &alert("start_failed", ""), 1, after(6)).await,
        Notice::Counted,
        "the hour is full"
    );
    let told: Vec<_> =
        due(&memory, after(19)).await.into_iter().map(|told| (told.count, told.mailed)).collect();
    assert_eq!(told, [(1, false), (1, false), (1, false)]);
    // The last hour has the mails of 12:02, 12:04 and 12:05, and then no more that of 12:02.
    assert_eq!(note(&memory, &storm(9), 1, after(61)).await, Notice::Counted);
    assert_eq!(note(&memory, &storm(10), 1, after(62)).await, Notice::Mail);
}

#[tokio::test]
async fn of_many_calls_at_once_one_mails_and_all_others_count() {
    let (_tables, memory) = memory().await;
    let alert = alert("panic", "src/a.rs:1");
    let calls = (0..20).map(|_| {
        let (memory, alert) = (memory.clone(), alert.clone());
        tokio::spawn(async move { memory.note(&alert, 1, &RULE, noon()).await.expect("an answer") })
    });
    let calls: Vec<_> = calls.collect();
    let mut mails = 0;
    for call in calls {
        mails += u32::from(call.await.expect("no panic") == Notice::Mail);
    }
    assert_eq!((mails, due(&memory, after(15)).await[0].count), (1, 19));
}

#[tokio::test]
async fn a_mail_that_did_not_go_is_due_at_once() {
    let (_tables, memory) = memory().await;
    let (lost, unknown) = (alert("panic", "src/a.rs:1"), alert("panic", "src/b.rs:1"));
    assert_eq!(note(&memory, &lost, 3, noon()).await, Notice::Mail);
    memory.put_off(&lost, after(1)).await.expect("an answer");
    memory.put_off(&unknown, after(1)).await.expect("an answer");
    let told: Vec<_> =
        due(&memory, after(1)).await.into_iter().map(|told| (told.alert, told.count, told.mailed)).collect();
    assert_eq!(told, [(lost, 3, false), (unknown, 1, false)]);
}
