//! Addresses: one that is taken is one mailbox on one line, and its key does not change on the way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use models::Email;

fuzz_target!(|text: &str| {
    let Ok(taken) = Email::try_from(text.to_owned()) else { return };
    let mailed = taken.deliverable();
    assert!(mailed.is_ascii() && mailed.len() <= 254, "{mailed:?}");
    assert!(!mailed.contains(|c: char| c.is_control() || " ,;<>\"".contains(c)), "{mailed:?}");
    assert_eq!(mailed.matches('@').count(), 1, "{mailed:?}");
    let again = Email::try_from(mailed).expect("the same address");
    assert_eq!(again.key(), taken.key());
});
