//! What holds for any text at all.

use proptest::prelude::*;

use crate::search::{Search, name_key, words};
use crate::{Email, TypedCode, Username};

/// Texts near an address, and any other.
fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,20}@[a-zA-Z0-9äßйı-]{1,12}(\\.[a-zA-Zд]{2,6}){1,3}",
        "\\PC{0,20}@\\PC{0,20}",
        any::<String>(),
        ".{0,12}\\r?\\n?.{0,12}@example\\.org",
    ]
}

/// Texts near a name of one script, and any other.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9._-]{1,34}",
        "[а-яёА-ЯЁ0-9._-]{1,34}",
        "[\\p{L}\\p{M}\\p{N}]{1,12}",
        any::<String>()
    ]
}

fn email(text: &str) -> Option<Email> {
    Email::try_from(text.to_owned()).ok()
}

fn username(text: &str) -> Option<Username> {
    Username::try_from(text.to_owned()).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_address_that_is_taken_is_one_mailbox_and_one_line(text in address()) {
        if let Some(taken) = email(&text) {
            let mailed = taken.deliverable();
            prop_assert!(mailed.is_ascii() && !mailed.contains(|c: char| c.is_control() || " ,;<>\"".contains(c)), "{mailed:?}");
            prop_assert_eq!(mailed.matches('@').count(), 1);
            prop_assert!(mailed.len() <= 254);
            prop_assert_eq!(taken.shown(), text.trim());
            // The one whom it is mailed to is the one whom it is kept for.
            prop_assert_eq!(email(&mailed).map(|again| again.key()), Some(taken.key()));
            prop_assert_eq!(email(&taken.shown().to_ascii_uppercase()).map(|again| again.key()).unwrap_or(taken.key()), taken.key());
        }
    }

    #[test]
    fn a_name_that_is_taken_is_readable_and_its_twin_is_the_same(text in name()) {
        if let Some(taken) = username(&text) {
            let shown = taken.as_str();
            prop_assert!((3..=32).contains(&shown.chars().count()));
            prop_assert!(!shown.contains(|c: char| c.is_control() || c.is_whitespace() || "@/<>&\"".contains(c)), "{shown:?}");
            prop_assert_eq!(username(shown).map(|again| again.key()), Some(taken.key()));
            for twin in [shown.to_lowercase(), shown.to_uppercase()] {
                if let Some(twin) = username(&twin) {
                    prop_assert_eq!(twin.key(), taken.key());
                }
            }
        }
    }

    #[test]
    fn a_code_is_read_however_it_is_typed(code in "[0-9A-HJKMNP-TV-Z]{8}", lower in any::<bool>(), gap in "[ -]{0,3}") {
        let (start, end) = code.split_at(4);
        let typed = format!("{gap}{start}{gap}{end}");
        let typed = if lower { typed.to_lowercase() } else { typed };
        let read = TypedCode::try_from(typed).expect("a code");
        prop_assert_eq!(read.expose(), code);
    }

    #[test]
    fn every_beginning_of_a_name_finds_it(name in "\\PC{1,40}", cut in 1_usize..8) {
        let of_name = words(&name);
        for word in &of_name {
            prop_assert!(!word.is_empty() && word.chars().count() <= 64);
        }
        let begun: Vec<String> = of_name.iter().map(|word| word.chars().take(cut).collect()).collect();
        if let Ok(Some(search)) = Search::parse(&begun.join(" "))
            && !of_name.is_empty()
        {
            prop_assert!(search.matches(&of_name), "{begun:?} in {of_name:?}");
        }
        prop_assert_eq!(name_key(&name_key(&name)), name_key(&name));
    }
}
