use std::fmt;

use anyhow::Context as _;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use models::Email;

/// The deployment's 256-bit secret, from which the keys for passwords, codes and identities are derived. What
/// was made under one pepper is worthless without it.
#[derive(Clone)]
pub struct Pepper {
    root: hmac::Key,
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Pepper {
    /// The pepper that `text` is in base64.
    ///
    /// # Errors
    /// Where it is not base64 of 32 bytes; the text is not in the error.
    pub fn from_base64(text: &str) -> anyhow::Result<Self> {
        let bytes = STANDARD.decode(text.trim()).ok().context("the pepper is not base64")?;
        anyhow::ensure!(bytes.len() == 32, "the pepper is not 32 bytes long");
        Ok(Self { root: hmac::Key::new(hmac::HMAC_SHA256, &bytes) })
    }

    /// A key for one use, so that a digest made for one is none for another.
    pub(crate) fn derive(&self, usage: &str) -> [u8; 32] {
        tag(&self.root, &[usage.as_bytes()])
    }

    /// The first characters of a digest of the pepper: tells which pepper a hash was made with.
    pub(crate) fn key_id(&self) -> [u8; 4] {
        let id = self.derive("key id");
        [id[0], id[1], id[2], id[3]]
    }

    /// A keyed digest of an address, in hexadecimal: what stores of codes and counters know it by.
    #[must_use]
    pub fn identity(&self, email: &Email) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.derive("identity"));
        tag(&key, &[email.key().as_bytes()])[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// HMAC-SHA-256 of `parts`, each with its length before it, so that borders can't be moved.
pub(crate) fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}
