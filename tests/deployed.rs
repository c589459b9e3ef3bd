//! The journeys, on the template deployed to the emulator: API Gateway's events, a process a function, keys and
//! migrations made by the setup function.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::journey::{mails_to, stories};
use crate::support::service;

#[test]
fn the_template_serves_the_same_journeys() {
    let urls = service("TEST_DEPLOYED_URLS");
    for (number, url) in urls.split(' ').enumerate() {
        let unique = format!("d{number}{}", std::process::id());
        stories(url, &unique);
    }
}

/// Writes lines into a function's log, as Lambda does.
fn log(emulator: &str, group: &str, lines: &[String]) {
    let call = |action: &str, body: Value| {
        // The emulator finds the service by the credential's scope, and checks no signature.
        let scope = "AWS4-HMAC-SHA256 Credential=test/20261123/eu-central-1/logs/aws4_request";
        let request = ureq::post(emulator)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", &format!("Logs_20140328.{action}"))
            .header("authorization", &format!("{scope}, SignedHeaders=host, Signature=0"));
        request.send(body.to_string()).expect("the log takes it");
    };
    let stream = format!("test-{}", std::process::id());
    call("CreateLogStream", json!({"logGroupName": group, "logStreamName": stream}));
    let now = now();
    for lines in lines.chunks(200) {
        let events: Vec<_> = lines.iter().map(|line| json!({"timestamp": now, "message": line})).collect();
        call("PutLogEvents", json!({"logGroupName": group, "logStreamName": stream, "logEvents": events}));
    }
}

/// In milliseconds; a log takes no lines of long ago.
#[expect(clippy::disallowed_methods, reason = "the emulator's clock can't be moved by hand")]
fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

#[test]
fn a_thousand_equal_panics_in_a_log_are_one_mail_at_once() {
    // In the order in which `cargo dev test` deploys them.
    for (url, stack) in service("TEST_DEPLOYED_URLS").split(' ').zip(["prohod-dynamodb", "prohod-postgres"]) {
        let (emulator, _) = url.split_once("/_aws/").expect("the emulator's address");
        // A place of its own, so that it is no other run's panic.
        let place = format!("functions/walks/src/{stack}.rs:40");
        let line = json!({"timestamp": "2026-11-23T10:00:00Z", "level": "ERROR", "event": "panic",
            "message": "a panic", "place": place, "function": "walks"});
        log(emulator, &format!("/aws/lambda/{stack}-walks"), &vec![line.to_string(); 1_000]);
        let about = |mail: &Value| mail["text"].as_str().is_some_and(|text| text.contains(&place));
        let begun = Instant::now();
        let told = || mails_to("operator@prohod.example").iter().filter(|mail| about(mail)).count();
        while told() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "no mail about {place}");
            std::thread::sleep(Duration::from_millis(200));
        }
        // As many calls of the alerts function as there were batches: time for all of them.
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(told(), 1, "{place}");
    }
}
