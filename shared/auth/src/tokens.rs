use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use models::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::refresh::sha256;
use crate::ring::KeyRing;

/// How long an access token serves (JWT-3).
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
const AUDIENCE: &str = "prohod-api";
const TYPE: &str = "at+jwt";
/// Ours have some 600 bytes; nothing longer is worth a signature check.
const MAX_BYTES: usize = 4096;
/// How many tokens with a good signature are remembered at the most, some hundred bytes each.
const REMEMBERED: usize = 10_000;
const REQUIRED: [&str; 8] = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"];

/// Whose token it is, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenFacts {
    /// The person.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// The token's own id.
    pub id: Uuid,
    /// When it was made, to the second.
    pub issued_at: Timestamp,
}

/// An access token that was just made.
pub struct AccessToken {
    /// The JWT.
    pub jwt: String,
    /// When it expires, in seconds since 1970.
    pub expires_at: i64,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// It is none of ours.
    Invalid,
    /// It was ours until it expired.
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Makes access tokens. Only the auth function has one (JWT-1).
pub struct Signer {
    /// Oldest first.
    keys: Vec<SigningKey>,
    issuer: String,
}

struct SigningKey {
    /// From when it signs, in seconds since 1970.
    from: i64,
    kid: String,
    key: EncodingKey,
}

impl Signer {
    /// The signer with these private keys.
    ///
    /// # Errors
    /// Where one is no Ed25519 key; the keys are not in the error.
    pub fn new(ring: &KeyRing, issuer: &str) -> anyhow::Result<Self> {
        let keys = ring.read()?.into_iter().map(|(from, der, jwk)| {
            let kid = jwk.common.key_id.context("a key without an id")?;
            Ok(SigningKey { from, kid, key: EncodingKey::from_ed_der(&der) })
        });
        let keys = keys.collect::<anyhow::Result<Vec<_>>>()?;
        anyhow::ensure!(!keys.is_empty(), "there is no signing key");
        Ok(Self { keys, issuer: issuer.to_owned() })
    }

    /// A token with these facts. The same facts make the same token.
    ///
    /// # Errors
    /// Where signing fails, which it does not with a key that was read.
    pub fn sign(&self, facts: TokenFacts) -> anyhow::Result<AccessToken> {
        let iat = facts.issued_at.as_second();
        let exp = iat + LIFETIME.as_secs();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: facts.user_id.to_string(),
            sid: facts.session_id.to_string(),
            jti: facts.id.to_string(),
            iat,
            nbf: iat,
            exp,
        };
        // The newest that everybody knows by now.
        let key = self.keys.iter().rev().find(|key| key.from <= iat).or(self.keys.first());
        let key = key.context("there is no signing key")?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.kid.clone());
        Ok(AccessToken {
            jwt: encode(&header, &claims, &key.key).context("signing a token")?,
            expires_at: exp,
        })
    }
}

/// Checks access tokens: one algorithm, keys by `kid` from our own set alone, every claim (JWT-1, 2, 4; RFC 8725).
pub struct Verifier {
    keys: HashMap<String, DecodingKey>,
    public: JwkSet,
    validation: Validation,
    /// By their digests: to check a signature again with every request would be a quarter of what it costs.
    remembered: Mutex<HashMap<[u8; 32], Signed>>,
}

/// What a token with a good signature says. Its times are checked whenever it comes.
#[derive(Clone, Copy)]
struct Signed {
    facts: TokenFacts,
    not_before: i64,
    expires: i64,
}

impl Verifier {
    /// The verifier with a JWK set of Ed25519 keys, each with a `kid`.
    ///
    /// # Errors
    /// Where the set is empty or holds another kind of key.
    pub fn new(public_keys: &str, issuer: &str) -> anyhow::Result<Self> {
        let public: JwkSet = serde_json::from_str(public_keys).context("the public keys are no JWK set")?;
        anyhow::ensure!(!public.keys.is_empty(), "there is no public key");
        let keys = public.keys.iter().map(decoding_key).collect::<anyhow::Result<_>>()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&REQUIRED);
        // Times are checked by our own clock, to the second, without leeway.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self { keys, public, validation, remembered: Mutex::default() })
    }

    /// The public keys, as they are published.
    #[must_use]
    pub const fn public_keys(&self) -> &JwkSet {
        &self.public
    }

    /// The facts of a token that is good at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] only where all else is in order.
    pub fn verify(&self, jwt: &str, now: Timestamp) -> Result<TokenFacts, TokenError> {
        if jwt.len() > MAX_BYTES {
            return Err(TokenError::Invalid);
        }
        let (digest, now) = (sha256(jwt), now.as_second());
        let known = self.remembered().get(&digest).copied();
        let signed = match known {
            Some(signed) => signed,
            None => {
                let signed = self.read(jwt)?;
                self.remember(digest, signed, now);
                signed
            }
        };
        if signed.not_before > now || signed.facts.issued_at.as_second() > now {
            return Err(TokenError::Invalid);
        }
        if signed.expires <= now { Err(TokenError::Expired) } else { Ok(signed.facts) }
    }

    /// Checks all but the times.
    fn read(&self, jwt: &str) -> Result<Signed, TokenError> {
        let header = decode_header(jwt).map_err(|_| TokenError::Invalid)?;
        let kid = header.kid.as_deref().ok_or(TokenError::Invalid)?;
        let key = self.keys.get(kid).ok_or(TokenError::Invalid)?;
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA {
            return Err(TokenError::Invalid);
        }
        let claims = decode::<Claims>(jwt, key, &self.validation).map_err(|_| TokenError::Invalid)?.claims;
        let facts = facts(&claims).ok_or(TokenError::Invalid)?;
        Ok(Signed { facts, not_before: claims.nbf, expires: claims.exp })
    }

    fn remember(&self, digest: [u8; 32], signed: Signed, now: i64) {
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED {
            remembered.retain(|_, signed| signed.expires > now);
        }
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(digest, signed);
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<[u8; 32], Signed>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn facts(claims: &Claims) -> Option<TokenFacts> {
    Some(TokenFacts {
        user_id: claims.sub.parse().ok()?,
        session_id: claims.sid.parse().ok()?,
        id: Uuid::try_parse(&claims.jti).ok()?,
        issued_at: Timestamp::from_second(claims.iat).ok()?,
    })
}

fn decoding_key(jwk: &Jwk) -> anyhow::Result<(String, DecodingKey)> {
    let kid = jwk.common.key_id.clone().context("a public key without `kid`")?;
    let key = DecodingKey::from_jwk(jwk).context("a public key that can't be read")?;
    anyhow::ensure!(key.family() == jsonwebtoken::AlgorithmFamily::Ed, "a public key that is not Ed25519");
    Ok((kid, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://prohod.example";

    fn fixture() -> (Signer, Verifier, TokenFacts) {
        let keys = crate::generate().unwrap();
        let facts = TokenFacts {
            user_id: UserId::new(Uuid::from_u128(1)),
            session_id: SessionId::new(Uuid::from_u128(2)),
            id: Uuid::from_u128(3),
            issued_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        };
        (
            Signer::new(&KeyRing::of_one(&keys.signing_key), ISSUER).unwrap(),
            Verifier::new(&keys.public_keys, ISSUER).unwrap(),
            facts,
        )
    }

    #[test]
    fn a_token_is_good_for_a_quarter_of_an_hour_to_the_second() {
        let (signer, verifier, facts) = fixture();
        let token = signer.sign(facts).unwrap();
        let at = |seconds| facts.issued_at + SignedDuration::from_secs(seconds);
        assert_eq!(verifier.verify(&token.jwt, at(0)), Ok(facts));
        assert_eq!(verifier.verify(&token.jwt, at(899)), Ok(facts));
        assert_eq!(verifier.verify(&token.jwt, at(900)), Err(TokenError::Expired));
        assert_eq!(verifier.verify(&token.jwt, at(-1)), Err(TokenError::Invalid));
        assert_eq!(token.expires_at, at(900).as_second());
        assert_eq!(signer.sign(facts).unwrap().jwt, token.jwt);
    }

    #[test]
    fn what_is_not_ours_is_invalid() {
        let (signer, verifier, facts) = fixture();
        let now = facts.issued_at;
        let good = signer.sign(facts).unwrap().jwt;
        let (foreign_signer, foreign_verifier, _) = fixture();
        assert_eq!(verifier.verify(&foreign_signer.sign(facts).unwrap().jwt, now), Err(TokenError::Invalid));
        assert_eq!(foreign_verifier.verify(&good, now), Err(TokenError::Invalid));
        let mut same_kid = foreign_signer;
        same_kid.keys[0].kid.clone_from(&signer.keys[0].kid);
        assert_eq!(verifier.verify(&same_kid.sign(facts).unwrap().jwt, now), Err(TokenError::Invalid));
        let elsewhere = Signer { issuer: "https://other.example".to_owned(), ..signer };
        assert_eq!(verifier.verify(&elsewhere.sign(facts).unwrap().jwt, now), Err(TokenError::Invalid));
        let long = "a".repeat(8192);
        for bad in ["", "a.b.c", &good[..good.len() - 4], &format!("{good}A"), &long] {
            assert_eq!(verifier.verify(bad, now), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn a_remembered_token_is_good_as_long_as_a_new_one_and_vouches_for_no_other() {
        let (signer, verifier, facts) = fixture();
        let token = signer.sign(facts).unwrap().jwt;
        let (now, end) = (facts.issued_at, facts.issued_at + LIFETIME);
        assert_eq!(verifier.verify(&token, now), Ok(facts));
        assert_eq!(verifier.remembered().len(), 1);
        assert_eq!(verifier.verify(&token, end), Err(TokenError::Expired));
        assert_eq!(verifier.verify(&token, now - SignedDuration::from_secs(1)), Err(TokenError::Invalid));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let other = signer.sign(TokenFacts { id: Uuid::from_u128(4), ..facts }).unwrap().jwt;
        let (other_signed, _) = other.rsplit_once('.').unwrap();
        for bad in [format!("{other_signed}.{signature}"), format!("{signed}."), format!("{token} ")] {
            assert_eq!(verifier.verify(&bad, now), Err(TokenError::Invalid), "{bad}");
        }
        assert_eq!(verifier.remembered().len(), 1);
    }

    #[test]
    fn no_more_tokens_are_remembered_than_there_is_room_for() {
        let (_, verifier, facts) = fixture();
        let signed = |expires| Signed { facts, not_before: 0, expires };
        let name = |number: usize| sha256(&number.to_string());
        for number in 0..REMEMBERED {
            verifier.remember(name(number), signed(if number == 0 { 900 } else { 100 }), 50);
        }
        verifier.remember(name(REMEMBERED), signed(900), 200);
        assert_eq!(verifier.remembered().len(), 2, "those that expired are forgotten first");
        for number in 0..2 * REMEMBERED {
            verifier.remember(name(number), signed(900), 200);
            assert!(verifier.remembered().len() <= REMEMBERED);
        }
    }

    #[test]
    fn other_algorithms_and_types_are_invalid_even_with_our_kid() {
        let (signer, verifier, facts) = fixture();
        let good = signer.sign(facts).unwrap().jwt;
        let claims = decode::<Claims>(&good, &verifier.keys[&signer.keys[0].kid], &verifier.validation)
            .unwrap()
            .claims;
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signer.keys[0].kid.clone());
        let public = serde_json::to_vec(verifier.public_keys()).unwrap();
        let confused = encode(&header, &claims, &EncodingKey::from_secret(&public)).unwrap();
        assert_eq!(verifier.verify(&confused, facts.issued_at), Err(TokenError::Invalid));
        let mut untyped = Header::new(Algorithm::EdDSA);
        untyped.kid = Some(signer.keys[0].kid.clone());
        let untyped = encode(&untyped, &claims, &signer.keys[0].key).unwrap();
        assert_eq!(verifier.verify(&untyped, facts.issued_at), Err(TokenError::Invalid));
    }
}
