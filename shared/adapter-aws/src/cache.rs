use aws_sdk_s3::config::Credentials;
use aws_types::SdkConfig;
use jiff::Timestamp;

use crate::presigned::{presigned, signer};

/// What `user`, one whom ElastiCache knows by IAM, gives the serverless cache `name` as password when a connection is
/// opened at `now`. It is secret.
///
/// # Errors
/// There is no region, or there are no credentials of AWS to sign with.
pub async fn cache_token(
    config: &SdkConfig,
    name: &str,
    user: &str,
    now: Timestamp,
) -> anyhow::Result<String> {
    let (credentials, region) = signer(config).await?;
    token(credentials, &region, name, user, now)
}

/// The address of a `connect` request, presigned, without its scheme.
fn token(
    credentials: Credentials,
    region: &str,
    name: &str,
    user: &str,
    now: Timestamp,
) -> anyhow::Result<String> {
    // ElastiCache has both in lower case only, and signs what it has.
    let (name, user) = (name.to_ascii_lowercase(), user.to_ascii_lowercase());
    let address = format!("https://{name}/?Action=connect&User={user}&ResourceType=ServerlessCache");
    presigned((credentials, region, "elasticache"), &address, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_presigned_request_to_connect() {
        let credentials =
            Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", Some("session/+=".into()), None, "test");
        let now = "2026-11-22T10:52:00Z".parse().unwrap();
        let token = token(credentials, "eu-central-1", "Prohod-cache", "prohod", now).unwrap();
        // The signature was computed a second time by a few lines of another language.
        insta::assert_snapshot!(token.replace('&', "\n&"), @r"
        prohod-cache/?Action=connect
        &User=prohod
        &ResourceType=ServerlessCache
        &X-Amz-Algorithm=AWS4-HMAC-SHA256
        &X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-central-1%2Felasticache%2Faws4_request
        &X-Amz-Date=20261122T105200Z
        &X-Amz-Expires=900
        &X-Amz-SignedHeaders=host
        &X-Amz-Signature=7b419a6f548178eea8ec9df59bfcddb775f26c1d0f3e5a3fa9a92f3691eb7991
        &X-Amz-Security-Token=session%2F%2B%3D
        ");
    }
}
