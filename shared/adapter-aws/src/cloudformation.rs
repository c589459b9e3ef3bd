use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

const TIMEOUT: Duration = Duration::from_secs(20);

/// Tells CloudFormation, at the address that it gave, what became of a custom resource.
///
/// # Errors
/// The address does not take it.
pub async fn reply(address: String, answer: String) -> anyhow::Result<()> {
    let put = move || -> anyhow::Result<()> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::WebPki)
            .build();
        let agent: Agent =
            Agent::config_builder().tls_config(tls).timeout_global(Some(TIMEOUT)).build().into();
        // The address is signed for a request without a content type.
        agent.put(&address).header("content-type", "").send(answer.as_str())?;
        Ok(())
    };
    tokio::task::spawn_blocking(put).await?.context("answering CloudFormation")
}
