use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

use crate::support::{Person, World};

const ME: &str = "/api/v1/user/@me";

/// Makes tokens by hand, so that nothing of what a library would refuse is missed.
struct Forger {
    pair: Ed25519KeyPair,
    header: Value,
    claims: Value,
}

fn part(token: &str, number: usize) -> Value {
    let text = token.split('.').nth(number).expect("a part");
    serde_json::from_slice(&BASE64.decode(text).expect("base64")).expect("JSON")
}

fn pair(signing_key: &str) -> Ed25519KeyPair {
    Ed25519KeyPair::from_pkcs8(&STANDARD.decode(signing_key).expect("base64")).expect("a key pair")
}

fn foreign() -> Ed25519KeyPair {
    let document = Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).expect("a key");
    Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key pair")
}

/// `object` with this member, or without it where the value is `null`.
fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    let members = object.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(name)
    } else {
        members.insert(name.to_owned(), value)
    };
    object
}

fn assembled(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let signature = BASE64.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

impl Forger {
    /// With the deployment's own key, and what a good token of this person says.
    fn of(world: &World, person: &Person<'_>) -> Self {
        let (header, claims) = (part(&person.token, 0), part(&person.token, 1));
        Self { pair: pair(&world.keys[0].signing_key), header, claims }
    }

    fn ours(&self, header: &Value, claims: &Value) -> String {
        assembled(header, claims, |text| self.pair.sign(text).as_ref().to_vec())
    }

    /// Signed with the deployment's own key, with one member of the header changed.
    fn header(&self, name: &str, value: Value) -> String {
        self.ours(&with(&self.header, name, value), &self.claims)
    }

    /// The same with one claim.
    fn claim(&self, name: &str, value: Value) -> String {
        self.ours(&self.header, &with(&self.claims, name, value))
    }
}

/// Whom this token is taken for: a name, or the refusal.
async fn taken_for(world: &World, token: &str) -> String {
    let client = world.anybody().with("authorization", &format!("Bearer {token}"));
    let answer = client.get(ME).await;
    if answer.status == 200 {
        return answer.text("/username");
    }
    let challenge = answer.header("www-authenticate").to_owned();
    assert!(challenge.starts_with("Bearer") && challenge.contains(r#"error="invalid_token""#), "{challenge}");
    answer.refusal()
}

#[tokio::test]
async fn a_token_of_another_algorithm_opens_nothing() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let forger = Forger::of(&world, &anna);
    assert_eq!(
        taken_for(&world, &forger.ours(&forger.header, &forger.claims)).await,
        "anna",
        "forging works"
    );
    let jwks = &world.keys[0].public_keys;
    let jwk: Value = serde_json::from_str(jwks).expect("keys");
    let x = jwk["keys"][0]["x"].as_str().expect("a key");
    let mut forged = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = with(&forger.header, "alg", json!(none));
        forged.push(assembled(&header, &forger.claims, |_| Vec::new()));
        forged.push(forger.ours(&header, &forger.claims));
    }
    // The public key is public: taken for a shared secret, anybody could sign.
    let secrets =
        [x.as_bytes().to_vec(), BASE64.decode(x).expect("bytes"), jwks.clone().into_bytes(), Vec::new()];
    for (alg, digest) in [("HS256", hmac::HMAC_SHA256), ("HS512", hmac::HMAC_SHA512)] {
        for secret in &secrets {
            let key = hmac::Key::new(digest, secret);
            let header = with(&forger.header, "alg", json!(alg));
            forged.push(assembled(&header, &forger.claims, |text| hmac::sign(&key, text).as_ref().to_vec()));
        }
    }
    for alg in ["ES256", "RS256", "PS256", "EdDSA ", "eddsa", "Ed25519"] {
        forged.push(forger.header("alg", json!(alg)));
    }
    for token in forged {
        assert_eq!(taken_for(&world, &token).await, "401 token_invalid", "{}", part(&token, 0));
    }
}

#[tokio::test]
async fn a_token_brings_no_key_of_its_own() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let forger = Forger::of(&world, &anna);
    let own = foreign();
    let x = BASE64.encode(own.public_key().as_ref());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": forger.header["kid"], "use": "sig"});
    let brought = [
        ("jwk", jwk),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("x5c", json!([STANDARD.encode(own.public_key().as_ref())])),
    ];
    for (name, value) in brought {
        let header = with(&forger.header, name, value);
        for kid in [forger.header["kid"].clone(), json!("theirs"), Value::Null] {
            let header = with(&header, "kid", kid);
            let token = assembled(&header, &forger.claims, |text| own.sign(text).as_ref().to_vec());
            assert_eq!(taken_for(&world, &token).await, "401 token_invalid", "{header}");
        }
    }
    for kid in [
        json!("other"),
        json!(""),
        json!(7),
        json!(["a"]),
        json!("../../dev/null"),
        json!("' or 1=1 --"),
        Value::Null,
    ] {
        let token = forger.header("kid", kid.clone());
        assert_eq!(taken_for(&world, &token).await, "401 token_invalid", "kid {kid}");
    }
}

#[tokio::test]
async fn every_claim_is_needed_and_checked() {
    let world = World::new().await;
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let forger = Forger::of(&world, &anna);
    let of_boris = Forger::of(&world, &boris);
    let mut forged = Vec::new();
    for claim in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"] {
        forged.extend([
            forger.claim(claim, Value::Null),
            forger.claim(claim, json!({})),
            forger.claim(claim, json!("")),
        ]);
    }
    for typ in [json!("JWT"), json!("jwt"), json!(""), Value::Null] {
        forged.push(forger.header("typ", typ));
    }
    let (now, iss) =
        (forger.claims["iat"].as_i64().expect("seconds"), forger.claims["iss"].as_str().expect("an issuer"));
    forged.push(forger.claim("iss", json!("https://attacker.example")));
    forged.push(forger.claim("iss", json!(format!("{iss}/"))));
    forged.push(forger.claim("aud", json!("another")));
    forged.push(forger.claim("aud", json!([])));
    forged.push(forger.claim("nbf", json!(now + 1)));
    forged.push(forger.claim("iat", json!(now + 1)));
    forged.push(forger.claim("exp", json!("9999999999")));
    forged.push(forger.claim("sub", of_boris.claims["sub"].clone()));
    forged.push(forger.claim("sid", of_boris.claims["sid"].clone()));
    forged.push(forger.claim("sid", json!("018f0000-0000-7000-8000-000000000000")));
    for (number, token) in forged.iter().enumerate() {
        let told = taken_for(&world, token).await;
        assert_eq!(told, "401 token_invalid", "{number}: {} {}", part(token, 0), part(token, 1));
    }
    assert_eq!(taken_for(&world, &forger.claim("exp", json!(now))).await, "401 token_expired", "no leeway");
    assert_eq!(taken_for(&world, &forger.claim("exp", json!(now + 1))).await, "anna");
}

#[tokio::test]
async fn a_damaged_token_opens_nothing() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let good = anna.token.clone();
    let forger = Forger::of(&world, &anna);
    let parts: Vec<_> = good.split('.').collect();
    let padding = "a".repeat(8 * 1024);
    let mut damaged: Vec<String> = (0..good.len()).step_by(7).map(|end| good[..end].to_owned()).collect();
    damaged.extend([
        format!("{good}."),
        format!("{good}A"),
        format!("{good}="),
        format!("{good}.{}", parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("..{}", parts[2]),
        format!("{}.{}.{}", parts[1], parts[0], parts[2]),
        forger.header("pad", json!(padding)),
        forger.claim("pad", json!(padding)),
        padding,
    ]);
    let flipped = |at: usize| {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("a text")
    };
    // The last letter of a signature holds bits that say nothing.
    damaged.extend((0..good.len() - 1).step_by(11).filter(|at| good.as_bytes()[*at] != b'.').map(flipped));
    for token in damaged {
        let client = world.anybody().with("authorization", &format!("Bearer {token}"));
        let refusal = client.get(ME).await.refusal();
        assert!(["401 token_invalid", "401 token_missing"].contains(&refusal.as_str()), "{refusal}: {token}");
    }
    assert_eq!(taken_for(&world, &good).await, "anna");
}

#[tokio::test]
async fn old_and_new_keys_are_live_together_and_no_third() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let mut forger = Forger::of(&world, &anna);
    assert_eq!(taken_for(&world, &forger.ours(&forger.header, &forger.claims)).await, "anna");
    let announced: Value = serde_json::from_str(&world.keys[1].public_keys).expect("keys");
    let kid = announced["keys"][0]["kid"].clone();
    // The new key's signature under the old key's name, then under its own.
    forger.pair = pair(&world.keys[1].signing_key);
    let misnamed = forger.ours(&forger.header, &forger.claims);
    assert_eq!(taken_for(&world, &misnamed).await, "401 token_invalid");
    assert_eq!(taken_for(&world, &forger.header("kid", kid.clone())).await, "anna");
    forger.pair = foreign();
    assert_eq!(taken_for(&world, &forger.header("kid", kid)).await, "401 token_invalid");
    let published = world.anybody().get("/api/v1/auth/.well-known/jwks.json").await.expect(200);
    assert_eq!(published.body["keys"].as_array().map(Vec::len), Some(2));
    assert!(published.body["keys"][0].get("d").is_none(), "{}", published.body);
}
