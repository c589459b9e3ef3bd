//! Whether somebody has an account is in no answer, and in no answer's time (ENUM-1, ENUM-2). On a server of its own.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::faults::client::Client;
use crate::faults::figures::Figures;
use crate::journey;
use crate::support::{Server, Store};

const PAIRS: usize = 300;
/// What the medians may differ by.
const ALIKE: Duration = Duration::from_millis(5);

/// Status and body of an answer but for its id, and how long it took.
fn timed(client: &Client, path: &str, body: &Value) -> (String, Duration) {
    let begun = Instant::now();
    let said = client.json("POST", path, body);
    let took = begun.elapsed();
    let mut shown = said.body().clone();
    if let Some(problem) = shown.as_object_mut() {
        problem.remove("request_id");
    }
    (format!("{} {shown}", said.status()), took)
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
    let client = Client::new(&server.url);
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
                timed(&client, path, &body)
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
