use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::Refusal;

/// The longest word of a name that can be searched for, in characters; longer ones are cut to it.
pub(crate) const MAX_WORD_CHARS: usize = 64;

/// Letters by category that nobody can see.
const INVISIBLE_LETTERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];

/// Whether `c` has no place in a single line: controls, format characters, line and paragraph separators.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::Surrogate
    ) || INVISIBLE_LETTERS.contains(&c)
}

/// Whether `text` holds what may not stand in a text (IN-5). Joiners stay allowed, since emoji and some scripts
/// are spelled with them; newline and tab where `lines` is set.
fn has_forbidden(text: &str, lines: bool) -> bool {
    text.chars().any(|c| match c {
        '\n' | '\t' => !lines,
        '\u{200c}' | '\u{200d}' => false,
        _ => is_invisible(c),
    })
}

/// `text` in NFC, refused unless its length is from `min` to `max` code points and nothing in it is forbidden.
pub(crate) fn checked(text: &str, min: usize, max: usize, lines: bool) -> Result<String, Refusal> {
    if has_forbidden(text, lines) {
        return Err(Refusal::ForbiddenCharacter);
    }
    let text: String = text.nfc().collect();
    if text.chars().nth(max).is_some() {
        return Err(Refusal::TooLong { max });
    }
    let visible = if min > 0 { text.trim() } else { &text };
    if visible.chars().count() < min {
        return Err(Refusal::TooShort { min });
    }
    Ok(text)
}

/// A text type: NFC, bounded in code points, free of controls.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $min:tt ..= $max:tt, lines: $lines:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, utoipa::ToSchema)]
        #[schema(value_type = String, min_length = $min, max_length = $max)]
        pub struct $name(String);

        impl $name {
            /// The text that a store gives back. It was checked when it was written, and stays readable when what
            /// may be written becomes narrower.
            #[must_use]
            pub const fn from_stored(text: String) -> Self {
                Self(text)
            }

            /// The text in NFC.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Refusal;

            fn try_from(text: String) -> Result<Self, $crate::Refusal> {
                $crate::text::checked(&text, $min, $max, $lines).map(Self)
            }
        }
    };
}
pub(crate) use text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_code_points_of_the_composed_text() {
        assert_eq!(checked("й\u{438}\u{306}", 2, 2, false).as_deref(), Ok("йй"));
        assert_eq!(checked("abc", 0, 2, false), Err(Refusal::TooLong { max: 2 }));
        assert_eq!(checked("   ", 1, 9, false), Err(Refusal::TooShort { min: 1 }));
        assert_eq!(checked("", 0, 9, false).as_deref(), Ok(""));
    }

    #[test]
    fn controls_and_invisible_characters_are_refused_and_emoji_are_not() {
        for bad in
            ["a\0b", "a\u{7f}", "a\u{200b}b", "\u{202e}abc", "a\r\nb", "\u{feff}a", "\u{3164}", "a\u{2028}b"]
        {
            assert_eq!(checked(bad, 0, 9, true), Err(Refusal::ForbiddenCharacter), "{bad:?}");
        }
        assert!(checked("a\nb\tc", 0, 9, true).is_ok());
        assert_eq!(checked("a\nb", 0, 9, false), Err(Refusal::ForbiddenCharacter));
        assert!(checked("👨‍👩‍👧 ❤️", 0, 20, false).is_ok());
    }
}
