//! The journeys, on the template deployed to the emulator: API Gateway's events, a process a function, keys and
//! migrations made by the setup function; alerts of what fails there; another generation of keys.

mod emulator;

use std::time::{Duration, Instant};

use emulator::Stack;
use serde_json::{Value, json};

use crate::journey::{Client, mails_to, stories};
use crate::support::service;
use crate::template::template;

#[test]
fn the_template_serves_the_same_journeys() {
    for stack in Stack::all(&service("TEST_DEPLOYED_URLS")) {
        stories(stack.url, &unique(&stack));
    }
}

/// Keeps names of several runs and stacks apart.
fn unique(stack: &Stack<'_>) -> String {
    format!("{}{}", &stack.name["prohod-".len()..][..1], std::process::id())
}

/// The operator's mails with all of these words, newest first, once there is one.
fn alerts(words: &[&str]) -> Vec<Value> {
    let about = |mail: &Value| {
        let text = mail["text"].as_str().expect("a text");
        words.iter().all(|word| text.contains(word))
    };
    let begun = Instant::now();
    loop {
        let mut mails = mails_to("operator@prohod.example");
        mails.retain(about);
        if !mails.is_empty() {
            return mails;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no mail with {words:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// How many equal ones of this function's panics the digests among these mails tell of.
fn told_later(mails: &[Value], function: &str) -> u32 {
    let heading = format!(" more since the last mail: [{function}] panic");
    let lines = mails.iter().flat_map(|mail| mail["text"].as_str().expect("a text").lines());
    let counts = lines.filter_map(|line| line.strip_suffix(heading.as_str())?.strip_prefix('×'));
    counts.map(|count| count.parse::<u32>().expect("a number")).sum()
}

#[test]
fn a_thousand_equal_panics_are_one_mail_at_once_and_a_digest() {
    for stack in Stack::all(&service("TEST_DEPLOYED_URLS")) {
        // Of one function only the log, at once: a place of its own, so that it is no other stack's.
        let place = format!("functions/walks/src/{}.rs:40", stack.name);
        let line = json!({"timestamp": "2026-11-23T10:00:00Z", "level": "ERROR", "event": "panic",
            "message": "a panic", "place": place, "function": "walks"});
        stack.log("walks", &vec![line.to_string(); 1_000]);
        assert_eq!(alerts(&[&place]).len(), 1, "{place}");

        // The other panics itself.
        let drill = || {
            let answer = stack.invoke("setup", &json!({"drill": true}));
            assert!(answer["errorMessage"].is_string(), "{answer}");
        };
        let of_drill = ["functions/setup/src/lib.rs", stack.name];
        drill();
        let [first] = &alerts(&of_drill)[..] else { panic!("more than one mail of one panic") };
        assert_eq!(first["subject"], "[local][setup] panic (×1)");
        let told = stack.invoke("setup", &json!({"moderator": "nobody@example.org"}));
        assert!(
            told.to_string().contains("nobody has registered with this address yet"),
            "it goes on: {told}"
        );
        (1..1_000).for_each(|_| drill());

        let begun = Instant::now();
        while told_later(&alerts(&of_drill), "setup") < 999 {
            assert!(begun.elapsed() < Duration::from_secs(200), "no digest: {:?}", alerts(&of_drill));
            // What the schedule does each five minutes.
            stack.invoke("alerts", &json!({"source": "aws.events", "detail-type": "Scheduled Event"}));
            std::thread::sleep(Duration::from_secs(1));
        }
        let (of_drill, of_log) = (alerts(&of_drill), alerts(&[&place]));
        assert_eq!((told_later(&of_drill, "setup"), told_later(&of_log, "walks")), (999, 999));
        let at_once = |mail: &&Value| !mail["text"].as_str().expect("a text").contains("since the last mail");
        let [drills, logged] = [of_drill, of_log].map(|mails| mails.iter().filter(at_once).count());
        assert_eq!((drills, logged), (1, 1), "one mail at once of each");
    }
}

#[test]
fn another_generation_of_keys_signs_nobody_out() {
    let template = template();
    let parameters = template["Parameters"].as_object().expect("parameters");
    for stack in Stack::all(&service("TEST_DEPLOYED_URLS")) {
        let mut clara = Client::new(stack.url, "en");
        clara.join(&format!("clara{}", unique(&stack)));
        let ids = || -> Vec<String> {
            let keys = clara.get("/auth/.well-known/jwks.json", 200)["keys"].clone();
            let keys = keys.as_array().expect("keys").iter();
            keys.map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
        };
        let before = ids();
        stack.update(parameters.keys().cloned(), ("KeyGeneration", "2"));
        let after = ids();
        assert_eq!((before.len(), after.len()), (1, 2), "{before:?}, {after:?}");
        assert!(after.contains(&before[0]), "the old key's tokens are still out there");
        clara.get("/user/@me", 200);
        clara.json("POST", "/auth/token/update", json!({"refresh_token": clara.refresh_token}), 200);
    }
}
