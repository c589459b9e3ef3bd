use async_trait::async_trait;
use jiff::Timestamp;
use models::UserId;

use crate::{Result, Window};

/// What a mailed code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Registering an address.
    Registration,
    /// Moving an account to an address.
    EmailChange,
    /// Setting a forgotten password anew.
    Restore,
}

impl Purpose {
    /// Its name in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::EmailChange => "email_change",
            Self::Restore => "restore",
        }
    }
}

/// What a code is bound to (CODE-6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSlot {
    /// What it is for.
    pub purpose: Purpose,
    /// A keyed digest of the canonical address, in hexadecimal: the store never sees the address.
    pub address: String,
    /// The person who asked, for a change of address.
    pub user: Option<UserId>,
}

/// A keyed digest (HMAC-SHA-256) of a code and its slot: the store never sees the code (CODE-5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeHash(pub [u8; 32]);

/// Mailed codes: one a slot, the newest, for a while, for a few tries.
#[async_trait]
pub trait Codes: Send + Sync {
    /// Makes `code` the slot's only one until `expires_at` and counts a mail to the address for this purpose.
    /// `false`, and nothing changed, where one of the `mails` windows is full.
    async fn issue(
        &self,
        slot: &CodeSlot,
        code: CodeHash,
        mails: &[Window],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool>;

    /// The mail of the code issued at `issued_at` did not go: the code is gone and the mail not counted.
    async fn withdraw(&self, slot: &CodeSlot, issued_at: Timestamp) -> Result<()>;

    /// Counts a try and tells whether `code` is the slot's: not expired, not claimed, at most `tries` tries
    /// with this one. Counted before the comparison, atomically. The code stays unspent.
    async fn verify(&self, slot: &CodeSlot, code: CodeHash, tries: u32, now: Timestamp) -> Result<bool>;

    /// As [`Codes::verify`], and claims a right code: of any number of claims at once one succeeds, until it is
    /// released. A code that is claimed and never released is spent.
    async fn claim(&self, slot: &CodeSlot, code: CodeHash, tries: u32, now: Timestamp) -> Result<bool>;

    /// Gives a claimed code back as it was before the claim, uncounted: it was right, but refused for another
    /// reason.
    async fn release(&self, slot: &CodeSlot, code: CodeHash) -> Result<()>;

    /// A claimed code has served: it is gone.
    async fn spend(&self, slot: &CodeSlot, code: CodeHash) -> Result<()>;
}
