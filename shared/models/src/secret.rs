use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::Refusal;

const MAX_PASSWORD: usize = 128;
const MAX_TYPED_CODE: usize = 64;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// The secret itself; mind where it goes.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[redacted]")
            }
        }
    };
}

secret!(
    /// A password that somebody says is theirs: up to 128 code points, in NFC.
    #[derive(utoipa::ToSchema)]
    #[schema(value_type = String, format = Password, max_length = 128)]
    Password
);
secret!(
    /// A password to be: 8 to 128 code points, in NFC. Whether it is weak is for `auth` to say.
    #[derive(utoipa::ToSchema)]
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128)]
    NewPassword
);
secret!(
    /// A mailed code as a person typed it, evened out (CODE-1): upper case, no dashes or spaces, `O` read as 0,
    /// `I` and `L` as 1. It need not look like a code: one that does not is just wrong.
    #[derive(utoipa::ToSchema)]
    #[schema(value_type = String, max_length = 64, example = "K7QM-2XPD")]
    TypedCode
);

impl TryFrom<String> for Password {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        composed(&text).map(Self)
    }
}

impl TryFrom<String> for NewPassword {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        let text = composed(&text)?;
        if text.chars().count() < 8 {
            return Err(Refusal::TooShort { min: 8 });
        }
        Ok(Self(text))
    }
}

impl TryFrom<String> for TypedCode {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        if text.contains('\0') {
            return Err(Refusal::ForbiddenCharacter);
        }
        if text.chars().nth(MAX_TYPED_CODE).is_some() {
            return Err(Refusal::TooLong { max: MAX_TYPED_CODE });
        }
        Ok(Self(text.chars().filter(|c| !matches!(c, '-' | ' ')).map(even).collect()))
    }
}

impl From<NewPassword> for Password {
    fn from(new: NewPassword) -> Self {
        Self(new.0)
    }
}

fn even(c: char) -> char {
    match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

/// NFC, so that a password does not depend on the keyboard that composed it; refused before any hashing when
/// too long (PW-3).
fn composed(text: &str) -> Result<String, Refusal> {
    if text.contains('\0') {
        return Err(Refusal::ForbiddenCharacter);
    }
    let text: String = text.nfc().collect();
    if text.chars().nth(MAX_PASSWORD).is_some() {
        return Err(Refusal::TooLong { max: MAX_PASSWORD });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_has_8_to_128_code_points_of_any_kind() {
        let new = |text: &str| NewPassword::try_from(text.to_owned()).map(|p| p.expose().to_owned());
        assert_eq!(new("пароль 🦊"), Ok("пароль 🦊".to_owned()));
        assert_eq!(new("1234567"), Err(Refusal::TooShort { min: 8 }));
        assert_eq!(new(&"я".repeat(128)).map(|p| p.chars().count()), Ok(128));
        assert_eq!(new(&"я".repeat(129)), Err(Refusal::TooLong { max: 128 }));
        assert_eq!(new("12345678\0"), Err(Refusal::ForbiddenCharacter));
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        let secret = Password::try_from("hunter2".to_owned()).expect("valid");
        assert_eq!(format!("{secret:?}"), "[redacted]");
    }

    #[test]
    fn a_code_is_read_without_case_dashes_and_spaces() {
        let code = |text: &str| TypedCode::try_from(text.to_owned()).expect("valid").expose().to_owned();
        assert_eq!(code("k7qm-2xpd"), "K7QM2XPD");
        assert_eq!(code(" OIL0-il1o "), "01101110");
    }
}
