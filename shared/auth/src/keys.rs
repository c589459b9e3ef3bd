use anyhow::Context as _;
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
    OctetKeyPairType, PublicKeyUse, ThumbprintHash,
};

/// What a deployment needs to make and check tokens, codes and passwords.
pub struct KeyMaterial {
    /// The private signing key: PKCS#8 in base64. Only the auth function has it.
    pub signing_key: String,
    /// The public keys as a JWK set; every function has it.
    pub public_keys: String,
    /// 32 random bytes in base64.
    pub pepper: String,
}

/// Fresh keys.
///
/// # Errors
/// Where the system's generator fails.
pub fn generate() -> anyhow::Result<KeyMaterial> {
    let document =
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok().context("making a signing key")?;
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).ok().context("reading a signing key")?;
    let keys = JwkSet { keys: vec![public_key(pair.public_key().as_ref())?] };
    let mut pepper = [0; 32];
    fill(&mut pepper).ok().context("making a pepper")?;
    Ok(KeyMaterial {
        signing_key: STANDARD.encode(document.as_ref()),
        public_keys: serde_json::to_string(&keys)?,
        pepper: STANDARD.encode(pepper),
    })
}

/// The key pair that a signing key holds, and its public half as a JWK named by its thumbprint (RFC 7638).
pub(crate) fn read_signing_key(text: &str) -> anyhow::Result<(Vec<u8>, Jwk)> {
    let der = STANDARD.decode(text.trim()).ok().context("the signing key is not base64")?;
    let pair =
        Ed25519KeyPair::from_pkcs8(&der).ok().context("the signing key is no Ed25519 key in PKCS#8")?;
    let private = pair.to_pkcs8v1().ok().context("writing the signing key")?;
    Ok((private.as_ref().to_vec(), public_key(pair.public_key().as_ref())?))
}

fn public_key(bytes: &[u8]) -> anyhow::Result<Jwk> {
    let mut jwk = Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(bytes),
        }),
    };
    jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256)?);
    Ok(jwk)
}
