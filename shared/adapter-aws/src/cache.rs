use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_elasticache::Client;

use crate::cause;

/// The address of the ElastiCache serverless cache with this name: `rediss://…`, since it takes TLS alone.
///
/// # Errors
/// The service does not answer, or there is no such cache, or it has no endpoint yet.
pub async fn cache_url(config: &SdkConfig, name: &str) -> anyhow::Result<String> {
    let found = Client::new(config).describe_serverless_caches().serverless_cache_name(name).send().await;
    let found = found.map_err(|error| anyhow::anyhow!("looking for the cache {name}: {}", cause(&error)))?;
    let cache = found.serverless_caches().first().with_context(|| format!("there is no cache {name}"))?;
    let endpoint = cache.endpoint().with_context(|| format!("the cache {name} has no endpoint yet"))?;
    let address = endpoint.address().with_context(|| format!("the cache {name} has no address yet"))?;
    Ok(format!("rediss://{address}:{}", endpoint.port().unwrap_or(6379)))
}
