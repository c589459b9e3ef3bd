use async_trait::async_trait;
use jiff::Timestamp;
use models::{Email, Language};

use crate::Result;

/// What is mailed to people. No `Debug`: a code must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub enum Letter {
    /// A code to register the address with, as `K7QM-2XPD`.
    RegistrationCode {
        /// The code as it is shown.
        code: String,
    },
    /// A code to move an account to the address.
    EmailChangeCode {
        /// The code as it is shown.
        code: String,
    },
    /// A code to set a new password with.
    RestoreCode {
        /// The code as it is shown.
        code: String,
    },
    /// Somebody wants to register the address, and it has an account.
    AlreadyRegistered,
    /// Somebody wants to restore the password of the address, and it has no account.
    NoAccount,
    /// Somebody wants to move an account to the address, and it has one.
    AddressTaken,
    /// The password was changed.
    PasswordChanged {
        /// When.
        at: Timestamp,
    },
    /// The password was restored by a mailed code.
    PasswordRestored {
        /// When.
        at: Timestamp,
    },
    /// The account was moved away from this address.
    EmailChanged {
        /// The new address, mostly hidden.
        new_address_masked: String,
        /// When.
        at: Timestamp,
    },
    /// A refresh token came back that was spent: the session was ended.
    SessionReuse {
        /// When.
        at: Timestamp,
        /// The program that the session was opened with.
        user_agent: String,
        /// The address that it was opened from.
        ip: String,
    },
}

/// Mail to people.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands the letter to the mail service, as text and HTML, in `language`.
    async fn send(&self, to: &Email, letter: Letter, language: Language) -> Result<()>;
}
