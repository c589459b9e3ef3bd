//! What is mailed of a log line: secrets are gone wherever they stand in it, and it is one line.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../functions/alerts/src/scrub.rs"]
#[allow(dead_code, reason = "the module has more than is tried here")]
mod scrub;

const SECRETS: [&str; 5] = [
    "prohod_rt_1rJx0mKq7Vb3Zc9Yd2Tf8Wg4Hs6Na5Le0Pi7Ou3Qy1k",
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTlhYTVjNCJ9.c2lnbmF0dXJlLW9mLW5vYm9keQ",
    "7KQM-2ZXT",
    "anna.petrova@example.org",
    "d41d8cd98f00b204e9800998ecf8427e",
];

fuzz_target!(|input: (u8, &str, &str)| {
    let (which, before, behind) = input;
    let secret = SECRETS[usize::from(which) % SECRETS.len()];
    let scrubbed = scrub::scrub(&format!("{before} {secret} {behind}"));
    // Somebody may write the very secret into what stands round it, and not as a word of its own.
    if !before.contains(secret) && !behind.contains(secret) {
        assert!(!scrubbed.contains(secret), "{scrubbed}");
    }
    let line = scrub::one_line(&scrubbed);
    assert!(!line.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{line:?}");
    assert!(scrub::cut(&line, 100).len() <= 100);
});
