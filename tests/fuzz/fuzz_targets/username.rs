//! Names: one that is taken is short and plain, and nobody takes it in other letters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use models::Username;

fuzz_target!(|text: &str| {
    let Ok(taken) = Username::try_from(text.to_owned()) else { return };
    let shown = taken.as_str();
    assert!((3..=32).contains(&shown.chars().count()), "{shown:?}");
    assert!(
        !shown.contains(|c: char| c.is_control() || c.is_whitespace() || "@/<>&\"".contains(c)),
        "{shown:?}"
    );
    for twin in [shown.to_lowercase(), shown.to_uppercase()] {
        if let Ok(twin) = Username::try_from(twin) {
            assert_eq!(twin.key(), taken.key());
        }
    }
});
