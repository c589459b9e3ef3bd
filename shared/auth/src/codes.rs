use aws_lc_rs::hmac;
use jiff::SignedDuration;
use models::{Email, TypedCode, UserId};
use ports::{Clock, CodeHash, CodeSlot, Purpose};

use crate::Pepper;
use crate::pepper::tag;

/// How long a code serves (CODE-2).
pub const CODE_VALIDITY: SignedDuration = SignedDuration::from_mins(10);

/// How many tries a code has (CODE-3).
pub const CODE_TRIES: u32 = 5;

/// Crockford's base32: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 8;

/// Makes codes and their digests (CODE-1, CODE-5).
pub struct CodeMaker {
    key: hmac::Key,
    pepper: Pepper,
}

/// A code that was just made.
pub struct MadeCode {
    /// As it is mailed: `K7QM-2XPD`.
    pub shown: String,
    /// As it is kept.
    pub hash: CodeHash,
}

impl CodeMaker {
    /// The maker of a deployment.
    #[must_use]
    pub fn new(pepper: &Pepper) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &pepper.derive("codes")), pepper: pepper.clone() }
    }

    /// What a code for this purpose, address and person is bound to (CODE-6).
    #[must_use]
    pub fn slot(&self, purpose: Purpose, email: &Email, user: Option<UserId>) -> CodeSlot {
        CodeSlot { purpose, address: self.pepper.identity(email), user }
    }

    /// A new code for `slot`.
    #[must_use]
    pub fn make(&self, slot: &CodeSlot, clock: &dyn Clock) -> MadeCode {
        let mut random = [0; LENGTH];
        clock.fill(&mut random);
        let code: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        let (first, second) = code.split_at(LENGTH / 2);
        MadeCode { shown: format!("{first}-{second}"), hash: self.digest(slot, &code) }
    }

    /// The digest of what somebody typed.
    #[must_use]
    pub fn hash(&self, slot: &CodeSlot, typed: &TypedCode) -> CodeHash {
        self.digest(slot, typed.expose())
    }

    fn digest(&self, slot: &CodeSlot, code: &str) -> CodeHash {
        let user = slot.user.map(|user| user.uuid().into_bytes()).unwrap_or_default();
        let parts: [&[u8]; 4] =
            [slot.purpose.as_str().as_bytes(), slot.address.as_bytes(), &user, code.as_bytes()];
        CodeHash(tag(&self.key, &parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_support::{TestClock, pepper};

    #[test]
    fn a_code_is_known_by_what_it_is_bound_to() {
        let maker = CodeMaker::new(&pepper());
        let email = Email::try_from("anna@example.org".to_owned()).unwrap();
        let slot = maker.slot(Purpose::Restore, &email, None);
        let made = maker.make(&slot, &TestClock);
        let typed = TypedCode::try_from(made.shown.to_lowercase().replace('-', " ")).unwrap();
        assert_eq!(maker.hash(&slot, &typed), made.hash);
        let other = maker.slot(Purpose::Registration, &email, None);
        assert_ne!(maker.hash(&other, &typed), made.hash);
        assert_eq!(made.shown.len(), 9);
        assert!(!slot.address.contains("anna"));
    }
}
