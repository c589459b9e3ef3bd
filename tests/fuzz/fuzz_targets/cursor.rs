//! Cursors: a text is one of this list's, and then the only one of its position, or it is refused.

#![no_main]

use api::Cursor;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let list = Cursor::of(&["titles", "game"]);
    let Ok(position) = list.decode(text) else { return };
    assert_eq!(list.encode(position), text);
    assert!(Cursor::of(&["titles", "film"]).decode(text).is_err());
});
