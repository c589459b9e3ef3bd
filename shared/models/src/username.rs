use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::MixedScript;

use crate::{Format, Refusal};

const MIN: usize = 3;
const MAX: usize = 32;

/// Names that would pass for the product itself, as keys.
const RESERVED: [&str; 22] = [
    "admin",
    "administrator",
    "root",
    "system",
    "support",
    "help",
    "security",
    "moderator",
    "moderation",
    "prohod",
    "official",
    "postmaster",
    "abuse",
    "noreply",
    "no-reply",
    "me",
    "null",
    "undefined",
    "админ",
    "администратор",
    "модератор",
    "проход",
];

/// A username: 3 to 32 letters of one script, ASCII digits, `_`, `-` and `.`, in NFKC (IN-7).
#[derive(Debug, Clone, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, min_length = 3, max_length = 32, example = "anna.k")]
pub struct Username(String);

impl Username {
    /// The name that a store gives back. It was checked when it was written, and stays readable when what may be
    /// written becomes narrower, as when another name is reserved.
    #[must_use]
    pub const fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is unique: the name without case and with its look-alikes (UTS 39 skeleton) made one.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.0)
    }
}

fn key(name: &str) -> String {
    // By way of upper case, as case folding does: `ß` is written `SS` there, and `ς` and `σ` are one.
    let lower = name.to_uppercase().to_lowercase();
    let skeleton: String = unicode_security::skeleton(&lower).collect();
    // A skeleton is made for one case: `I` looks like `l`, and is `i` without case.
    skeleton.to_lowercase().replace('i', "l")
}

impl TryFrom<String> for Username {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        // Before NFKC, which would map some unwanted characters to wanted ones.
        if text.chars().any(|c| c != ' ' && crate::text::is_invisible(c)) {
            return Err(Refusal::ForbiddenCharacter);
        }
        let name: String = text.nfkc().collect();
        if name.chars().nth(MAX).is_some() {
            return Err(Refusal::TooLong { max: MAX });
        }
        if name.chars().count() < MIN {
            return Err(Refusal::TooShort { min: MIN });
        }
        check_characters(&name)?;
        if !name.as_str().is_single_script() {
            return Err(Refusal::InvalidFormat(Format::OneScript));
        }
        let own = key(&name);
        if RESERVED.iter().any(|reserved| key(reserved) == own) {
            return Err(Refusal::InvalidFormat(Format::NotReserved));
        }
        Ok(Self(name))
    }
}

fn check_characters(name: &str) -> Result<(), Refusal> {
    let mut after_letter = false;
    let mut any = false;
    for c in name.chars() {
        match c.general_category_group() {
            GeneralCategoryGroup::Letter => (after_letter, any) = (true, true),
            GeneralCategoryGroup::Mark if after_letter => {}
            GeneralCategoryGroup::Mark => return Err(Refusal::InvalidFormat(Format::Username)),
            _ if c.is_ascii_digit() => (after_letter, any) = (false, true),
            _ if matches!(c, '_' | '-' | '.') => after_letter = false,
            _ => return Err(Refusal::ForbiddenCharacter),
        }
    }
    if any { Ok(()) } else { Err(Refusal::InvalidFormat(Format::Username)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<Username, Refusal> {
        Username::try_from(text.to_owned())
    }

    #[test]
    fn letters_of_one_script_digits_and_three_marks_make_a_name() {
        for good in ["anna", "Анна_7", "a.b-c", "ポケモン太郎", "हिन्दी", "ёжик", "123"]
        {
            assert!(name(good).is_ok(), "{good}");
        }
        assert_eq!(name("ﬁsh").map(|n| n.as_str().to_owned()), Ok("fish".to_owned()));
        assert_eq!(name("ab"), Err(Refusal::TooShort { min: 3 }));
        assert_eq!(name(&"a".repeat(33)), Err(Refusal::TooLong { max: 32 }));
        for bad in ["an na", "anna@x", "an\u{200b}na", "anna!", "a\0bc", "<b>x"] {
            assert_eq!(name(bad), Err(Refusal::ForbiddenCharacter), "{bad:?}");
        }
        assert_eq!(name("аnna"), Err(Refusal::InvalidFormat(Format::OneScript)));
        assert_eq!(name("..."), Err(Refusal::InvalidFormat(Format::Username)));
        assert_eq!(name("1\u{301}23"), Err(Refusal::InvalidFormat(Format::Username)));
        assert_eq!(name("Admin"), Err(Refusal::InvalidFormat(Format::NotReserved)));
        assert_eq!(name("m0derator"), Err(Refusal::InvalidFormat(Format::NotReserved)));
    }

    #[test]
    fn look_alikes_share_a_key() {
        let key = |text: &str| name(text).expect("valid").key();
        assert_eq!(key("paypal"), key("PayPaI"));
        assert_eq!(key("paypal"), key("раураӏ"));
        assert_eq!(key("Anna0"), key("annaO"));
        assert_eq!(key("weiß"), key("WEISS"));
        assert_ne!(key("anna"), key("anya"));
    }
}
