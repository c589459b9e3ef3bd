use std::time::Duration;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::config::{Builder, Credentials};
use jiff::Timestamp;

use crate::cause;
use crate::presigned::{presigned, signer};

/// A process that starts has to know soon, tries included.
const TIMEOUT: Duration = Duration::from_secs(4);
const ATTEMPTS: u32 = 2;

/// The address of the ElastiCache serverless cache with this name: `rediss://…`, since it takes TLS alone.
///
/// # Errors
/// The service does not answer, or there is no such cache, or it has no endpoint yet.
pub async fn cache_url(config: &SdkConfig, name: &str) -> anyhow::Result<String> {
    let config = Builder::from(config)
        .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .build();
    let request = Client::from_conf(config).describe_serverless_caches().serverless_cache_name(name);
    let found = request.send().await;
    let found = found.map_err(|error| anyhow::anyhow!("looking for the cache {name}: {}", cause(&error)))?;
    let cache = found.serverless_caches().first().with_context(|| format!("there is no cache {name}"))?;
    let endpoint = cache.endpoint().with_context(|| format!("the cache {name} has no endpoint yet"))?;
    let address = endpoint.address().with_context(|| format!("the cache {name} has no address yet"))?;
    Ok(format!("rediss://{address}:{}", endpoint.port().unwrap_or(6379)))
}

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
