//! Codes as they are typed: whatever is taken is short and plain, and the same in any other writing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use models::TypedCode;

fuzz_target!(|text: &str| {
    let Ok(read) = TypedCode::try_from(text.to_owned()) else { return };
    let code = read.expose();
    assert!(code.chars().count() <= 64, "{code:?}");
    assert!(!code.contains(|sign: char| "- OIL\0".contains(sign) || sign.is_ascii_lowercase()), "{code:?}");
    let retyped: Vec<String> = code.chars().map(|sign| sign.to_ascii_lowercase().to_string()).collect();
    if let Ok(again) = TypedCode::try_from(retyped.join("-")) {
        assert_eq!(again.expose(), code);
    }
});
