//! Tokens of IAM that open connections: requests to `connect`, presigned and never sent.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use aws_sdk_s3::config::{Credentials, ProvideCredentials as _};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::SdkConfig;
use jiff::Timestamp;

/// How long a token opens connections, the longest that AWS takes. An open one stays.
const TOKEN_LIVES: Duration = Duration::from_secs(900);

/// What `user`, whom RDS knows by IAM, gives the database or proxy at `host` as password when a connection is opened at
/// `now`. It is secret.
///
/// # Errors
/// There is no region, or there are no credentials of AWS to sign with.
pub async fn database_token(
    config: &SdkConfig,
    (host, port): (&str, u16),
    user: &str,
    now: Timestamp,
) -> anyhow::Result<String> {
    let (credentials, region) = signer(config).await?;
    let address = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
    presigned((credentials, &region, "rds-db"), &address, now)
}

/// Who signs, and for which region.
pub(crate) async fn signer(config: &SdkConfig) -> anyhow::Result<(Credentials, String)> {
    let region = config.region().context("no region to sign for")?;
    let provider = config.credentials_provider().context("no credentials to sign with")?;
    let credentials = provider.provide_credentials().await.context("no credentials to sign with")?;
    Ok((credentials, region.to_string()))
}

/// A request for this address, signed for a service, without its scheme.
pub(crate) fn presigned(
    (credentials, region, service): (Credentials, &str, &str),
    address: &str,
    now: Timestamp,
) -> anyhow::Result<String> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(TOKEN_LIVES);
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::from(now))
        .settings(settings)
        .build()?;
    let request = SignableRequest::new("GET", address, std::iter::empty(), SignableBody::Bytes(&[]))?;
    let (signature, _) = sign(request, &params.into())?.into_parts();
    let mut signed = http::Request::get(address).body(())?;
    signature.apply_to_request_http1x(&mut signed);
    Ok(signed.uri().to_string().trim_start_matches("https://").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_token_names_host_port_and_user() {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None, None, "test");
        let now = "2026-11-22T10:52:00Z".parse().unwrap();
        let address = "https://prohod.proxy.example:5432/?Action=connect&DBUser=prohod";
        let token = presigned((credentials, "eu-central-1", "rds-db"), address, now).unwrap();
        let begins =
            "prohod.proxy.example:5432/?Action=connect&DBUser=prohod&X-Amz-Algorithm=AWS4-HMAC-SHA256";
        assert!(token.starts_with(begins), "{token}");
        assert!(token.contains("%2Frds-db%2Faws4_request"), "{token}");
    }
}
