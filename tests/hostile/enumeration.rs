//! Whether somebody has an account is in no answer, and in no answer's time (ENUM-1, ENUM-2). On a server of its own.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::faults::figures::Figures;
use crate::journey;
use crate::support::{Server, Store};

const PAIRS: usize = 300;
/// What the medians may differ by.
const ALIKE: Duration = Duration::from_millis(5);

/// What two answers to two requests can't have in common: the time of day, and the id that each request has of its own,
/// which a problem repeats in its body.
const OWN: [&str; 2] = ["date", "x-request-id"];

/// An answer as it came.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    /// All but those that are its own, by name.
    headers: Vec<(String, String)>,
    /// Byte for byte, but for the id.
    body: String,
}

impl Answer {
    fn of(answer: http::Response<ureq::Body>) -> Self {
        let (parts, mut body) = answer.into_parts();
        let text = |value: &http::HeaderValue| value.to_str().expect("a text").to_owned();
        let id = text(parts.headers.get("x-request-id").expect("an id"));
        let others = parts.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
        let mut headers: Vec<_> =
            others.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        headers.sort();
        let body = String::from_utf8(body.read_to_vec().expect("a whole body")).expect("UTF-8");
        Self { status: parts.status.as_u16(), headers, body: body.replace(&id, "the id") }
    }
}

/// An answer, and how long it took.
fn timed(agent: &ureq::Agent, url: &str, body: &Value) -> (Answer, Duration) {
    let begun = Instant::now();
    let request = agent.post(url).content_type("application/json");
    let answer = Answer::of(request.send(body.to_string()).expect("an answer"));
    (answer, begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures times: in the long form only"]
async fn known_and_unknown_addresses_are_answered_alike_and_as_fast() {
    let store = Store::new().await;
    // One address is asked for again and again here.
    let wide = ["LIMIT_ADDRESS_MAILS", "LIMIT_ACCOUNT_FAILURES"].map(|name| (name, "100000/60".to_owned()));
    let server = Server::start(&store, "prohod-enumeration", &wide);
    let unique = server.url.rsplit(':').next().expect("a port").to_owned();
    let known: Vec<String> = (0..10).map(|number| format!("known{number}x{unique}")).collect();
    for name in &known {
        journey::Client::new(&server.url, "en").join(name);
    }
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let figures = Figures::new("enumeration");
    for (path, more, apart) in [
        (
            "/auth/token",
            json!({"password": "not the one that was chosen"}),
            "largest µs between medians, sign-in",
        ),
        ("/auth/password/restore", json!({}), "largest µs between medians, restoring"),
        (
            "/auth/email/validate",
            json!({"purpose": "registration"}),
            "largest µs between medians, registration",
        ),
    ] {
        let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
        for number in 0..PAIRS {
            let ask = |name: &str| {
                let mut body = more.clone();
                body["email"] = json!(format!("{name}@example.org"));
                timed(&agent, &format!("{}/api/v1{path}", server.url), &body)
            };
            let (one, other) = (known[number % known.len()].clone(), format!("nobody{number}x{unique}"));
            // Who is asked for first changes, or one of them would always find warm caches.
            let ((said, took), (other_said, other_took)) = if number % 2 == 0 {
                let first = ask(&one);
                (first, ask(&other))
            } else {
                let first = ask(&other);
                (ask(&one), first)
            };
            assert_eq!(said, other_said, "{path}");
            of_known.push(took);
            of_unknown.push(other_took);
        }
        let (of_known, of_unknown) = (median(of_known), median(of_unknown));
        figures.count("requests", 2 * PAIRS as u64);
        figures.count(apart, u64::try_from(of_known.abs_diff(of_unknown).as_micros()).unwrap_or(u64::MAX));
        assert!(of_known.abs_diff(of_unknown) < ALIKE, "{path}: {of_known:?} and {of_unknown:?}");
    }
    figures.finish();
}
