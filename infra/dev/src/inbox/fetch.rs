//! GET over plain HTTP on loopback.

use std::time::Duration;

use anyhow::{Result, bail};

/// More than any picture or mailbox here.
const MOST: u64 = 64 * 1024 * 1024;

/// The body of a page that answers 200.
pub async fn get(url: &str) -> Result<Vec<u8>> {
    match status(url).await? {
        (200, body) => Ok(body),
        (code, _) => bail!("{url} answers {code}"),
    }
}

/// The status and the body of a page.
pub async fn status(url: &str) -> Result<(u16, Vec<u8>)> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .http_status_as_error(false)
            // Loopback is never behind the caller's proxy.
            .proxy(None)
            .build()
            .new_agent();
        let mut answer = agent.get(&url).call()?;
        let body = answer.body_mut().with_config().limit(MOST).read_to_vec()?;
        Ok((answer.status().as_u16(), body))
    })
    .await?
}
