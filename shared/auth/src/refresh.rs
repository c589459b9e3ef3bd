use std::fmt;

use anyhow::Context as _;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ports::{Clock, TokenHash};
use uuid::Uuid;

use crate::pepper::tag;

/// What a token is known by where it must not be kept.
pub(crate) fn sha256(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

/// Says what it is, to people and to those who look for leaked secrets.
const PREFIX: &str = "prohod_rt_";
const NONCE: usize = 12;

/// A refresh token: 256 random bits in base64url behind a prefix (RT-1).
#[derive(Clone)]
pub struct RefreshToken(String);

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl RefreshToken {
    /// A new token.
    #[must_use]
    pub fn make(clock: &dyn Clock) -> Self {
        let mut bits = [0; 32];
        clock.fill(&mut bits);
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bits)))
    }

    /// The token that somebody presents; it need not be one of ours.
    #[must_use]
    pub fn presented(text: String) -> Self {
        Self(text)
    }

    /// The token itself; mind where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What stores know it by.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(&self.0))
    }

    /// The `jti` of the access token that goes with it: the same for everybody who is given the same pair.
    #[must_use]
    pub fn access_token_id(&self) -> Uuid {
        let hash = tag(&self.key(), &[b"jti"]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }

    /// `successor`, readable only by who has this token (RT-3).
    ///
    /// # Errors
    /// Never in practice: the cipher takes any input of this length.
    pub fn seal(&self, successor: &Self, clock: &dyn Clock) -> anyhow::Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        clock.fill(&mut nonce);
        let mut sealed = successor.0.clone().into_bytes();
        self.cipher()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .ok()
            .context("sealing a refresh token")?;
        let mut out = nonce.to_vec();
        out.append(&mut sealed);
        Ok(out)
    }

    /// The successor that was sealed under this token.
    ///
    /// # Errors
    /// Where `sealed` was not made by [`RefreshToken::seal`] of this token.
    pub fn unseal(&self, sealed: &[u8]) -> anyhow::Result<Self> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().context("a sealed token is too short")?;
        let mut body = body.to_vec();
        let plain = self
            .cipher()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut body)
            .ok()
            .context("a sealed token does not open")?;
        Ok(Self(String::from_utf8(plain.to_vec()).ok().context("a sealed token is no text")?))
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes())
    }

    fn cipher(&self) -> anyhow::Result<LessSafeKey> {
        let key = tag(&self.key(), &[b"successor"]);
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok().context("a key for AES-256-GCM")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_support::TestClock;

    #[test]
    fn a_successor_opens_with_its_predecessor_alone() {
        let clock = TestClock;
        let (first, second, third) =
            (RefreshToken::make(&clock), RefreshToken::make(&clock), RefreshToken::make(&clock));
        let sealed = first.seal(&second, &clock).unwrap();
        assert_eq!(first.unseal(&sealed).unwrap().expose(), second.expose());
        assert!(third.unseal(&sealed).is_err());
        assert!(first.unseal(&sealed[..20]).is_err());
        assert_ne!(first.hash(), second.hash());
        assert_eq!(second.access_token_id(), second.clone().access_token_id());
    }
}
