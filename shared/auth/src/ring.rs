use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::{Deserialize, Serialize};

use crate::keys::{generate, read_signing_key};
use crate::tokens::LIFETIME;

/// How long every function has known a new public key before tokens are signed with its private half: a deployment that
/// reaches the functions one after the other is over by then.
const ANNOUNCED: SignedDuration = SignedDuration::from_mins(15);

/// The private keys of a deployment, oldest first, as its secret holds them (JWT-4).
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRing {
    /// Which rotation made the newest one.
    generation: u32,
    keys: Vec<RingKey>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RingKey {
    /// PKCS#8 in base64.
    key: String,
    /// From when tokens are signed with it, in seconds since 1970.
    from: i64,
}

impl KeyRing {
    /// A ring of one key, which signs at once.
    #[must_use]
    pub fn of_one(signing_key: &str) -> Self {
        Self { generation: 0, keys: vec![RingKey { key: signing_key.to_owned(), from: 0 }] }
    }

    /// A ring as [`KeyRing::to_text`] wrote it, or one private key alone.
    ///
    /// # Errors
    /// Where it is neither; it is not in the error.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        if !text.trim_start().starts_with('{') {
            return Ok(Self::of_one(text));
        }
        let ring: Self = serde_json::from_str(text).ok().context("the signing keys can't be read")?;
        anyhow::ensure!(!ring.keys.is_empty(), "there is no signing key");
        Ok(ring)
    }

    /// As a secret holds it.
    ///
    /// # Errors
    /// Where it can't be written, which a ring always can.
    pub fn to_text(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// The ring with a key of this generation: `before`, where it has it already; else one with a key more, which is
    /// announced for 15 minutes before it signs. Keys whose last tokens are over are left out. A lower generation is a
    /// deployment that is taken back: keys that were announced and have not signed yet go, and none comes, since
    /// functions that the deployment never reached would not know them.
    ///
    /// # Errors
    /// Where the system's generator fails.
    pub fn rotated(before: Option<Self>, generation: u32, now: Timestamp) -> anyhow::Result<Self> {
        let key = generate()?.signing_key;
        let Some(mut ring) = before else {
            return Ok(Self { generation, ..Self::of_one(&key) });
        };
        if ring.generation == generation {
            return Ok(ring);
        }
        if generation < ring.generation {
            let first = ring.keys.first().cloned();
            ring.keys.retain(|key| key.from <= now.as_second());
            if ring.keys.is_empty() {
                ring.keys.extend(first);
            }
            return Ok(Self { generation, ..ring });
        }
        let over = (now - LIFETIME).as_second();
        // A key's tokens are over when its successor has signed for as long as a token lives.
        let successors: Vec<i64> = ring.keys.iter().skip(1).map(|next| next.from).collect();
        let mut successors = successors.into_iter();
        ring.keys.retain(|_| successors.next().is_none_or(|from| from > over));
        ring.keys.push(RingKey { key, from: (now + ANNOUNCED).as_second() });
        ring.generation = generation;
        Ok(ring)
    }

    /// The public halves of all keys as a JWK set.
    ///
    /// # Errors
    /// Where a key is no Ed25519 key.
    pub fn public_keys(&self) -> anyhow::Result<String> {
        let keys = self.read()?.into_iter().map(|(_, _, jwk)| jwk).collect();
        Ok(serde_json::to_string(&JwkSet { keys })?)
    }

    /// The ring without the keys that are not in this JWK set: whoever signs with one would make tokens that a function
    /// which has the set refuses.
    ///
    /// # Errors
    /// Where the set can't be read, or holds none of them.
    pub fn known_to(mut self, public_keys: &str) -> anyhow::Result<Self> {
        let set: JwkSet = serde_json::from_str(public_keys).ok().context("the public keys are no JWK set")?;
        let known = |jwk: &Jwk| jwk.common.key_id.as_deref().is_some_and(|kid| set.find(kid).is_some());
        let mut known =
            self.read()?.into_iter().map(|(_, _, jwk)| known(&jwk)).collect::<Vec<_>>().into_iter();
        self.keys.retain(|_| known.next() == Some(true));
        anyhow::ensure!(!self.keys.is_empty(), "the public keys are of no signing key");
        Ok(self)
    }

    /// From when each signs, its private half in PKCS#8, and its public half.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<(i64, Vec<u8>, Jwk)>> {
        let read = |key: &RingKey| read_signing_key(&key.key).map(|(der, jwk)| (key.from, der, jwk));
        self.keys.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use models::{SessionId, UserId};

    use super::*;
    use crate::tokens::{Signer, TokenFacts};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn starts(ring: &KeyRing) -> Vec<i64> {
        ring.keys.iter().map(|key| key.from).collect()
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_same_generation_changes_nothing() {
        let ring = KeyRing::rotated(None, 1, at(0)).unwrap();
        assert_eq!(starts(&ring), [0]);
        let again = KeyRing::rotated(Some(ring.clone()), 1, at(5)).unwrap();
        assert_eq!(again.to_text().unwrap(), ring.to_text().unwrap());
    }

    #[test]
    fn a_new_key_is_announced_and_the_old_one_stays_until_its_tokens_are_over() {
        let first = KeyRing::rotated(None, 1, at(0)).unwrap();
        let second = KeyRing::rotated(Some(first), 2, at(0)).unwrap();
        assert_eq!(starts(&second), [0, at(15).as_second()]);
        let soon = KeyRing::rotated(Some(second.clone()), 3, at(29)).unwrap();
        assert_eq!(starts(&soon), [0, at(15).as_second(), at(44).as_second()]);
        let late = KeyRing::rotated(Some(second), 3, at(31)).unwrap();
        assert_eq!(starts(&late), [at(15).as_second(), at(46).as_second()]);
    }

    #[test]
    fn a_rotation_that_is_taken_back_leaves_nothing_to_sign_with_that_is_not_known() {
        let first = KeyRing::rotated(None, 1, at(0)).unwrap();
        let second = KeyRing::rotated(Some(first.clone()), 2, at(0)).unwrap();
        let back = KeyRing::rotated(Some(second.clone()), 1, at(10)).unwrap();
        assert_eq!(back.to_text().unwrap(), first.to_text().unwrap());
        let again = KeyRing::rotated(Some(back), 2, at(12)).unwrap();
        assert_eq!(starts(&again), [0, at(27).as_second()]);
        // What has signed stays: tokens of it are out.
        let late = KeyRing::rotated(Some(second), 1, at(16)).unwrap();
        assert_eq!((late.generation, starts(&late)), (1, vec![0, at(15).as_second()]));
    }

    #[test]
    fn nobody_signs_with_a_key_that_is_not_in_the_set() {
        let first = KeyRing::rotated(None, 1, at(0)).unwrap();
        let second = KeyRing::rotated(Some(first.clone()), 2, at(0)).unwrap();
        let known = second.clone().known_to(&first.public_keys().unwrap()).unwrap();
        assert_eq!(starts(&known), [0]);
        let all = second.clone().known_to(&second.public_keys().unwrap()).unwrap();
        assert_eq!(starts(&all), starts(&second));
        let stranger = KeyRing::rotated(None, 1, at(0)).unwrap();
        assert!(second.known_to(&stranger.public_keys().unwrap()).is_err());
    }

    #[test]
    fn tokens_are_signed_with_the_newest_key_that_everybody_knows() {
        let ring = KeyRing::rotated(Some(KeyRing::rotated(None, 1, at(0)).unwrap()), 2, at(0)).unwrap();
        let signer = Signer::new(&ring, "https://prohod.example").unwrap();
        let public: JwkSet = serde_json::from_str(&ring.public_keys().unwrap()).unwrap();
        let kid = |now| {
            let facts = TokenFacts {
                user_id: UserId::new(uuid::Uuid::nil()),
                session_id: SessionId::new(uuid::Uuid::nil()),
                id: uuid::Uuid::nil(),
                issued_at: now,
            };
            jsonwebtoken::decode_header(&signer.sign(facts).unwrap().jwt).unwrap().kid
        };
        let [old, new] = [0, 1].map(|number: usize| public.keys[number].common.key_id.clone());
        assert_eq!((kid(at(14)), kid(at(15))), (old, new));
    }

    #[test]
    fn a_ring_reads_back_and_tells_its_public_keys() {
        let ring = KeyRing::rotated(Some(KeyRing::rotated(None, 1, at(0)).unwrap()), 2, at(0)).unwrap();
        let read = KeyRing::parse(&ring.to_text().unwrap()).unwrap();
        let public = read.public_keys().unwrap();
        assert_eq!(public, ring.public_keys().unwrap());
        assert_eq!(serde_json::from_str::<JwkSet>(&public).unwrap().keys.len(), 2);
        assert!(!public.contains("\"d\""), "nothing private is in it");
        for bad in ["{}", r#"{"generation":1,"keys":[]}"#, r#"{"generation":1}"#] {
            assert!(KeyRing::parse(bad).is_err(), "{bad}");
        }
    }
}
