//! The SDK's configuration, and whom its connections trust.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

/// The roots of Amazon Trust Services, which every endpoint of AWS has its certificate from
/// (<https://www.amazontrust.com/repository>). Reading all of a system's would be half of a cold start.
const AMAZON_ROOTS: &str = include_str!("../data/amazon-roots.pem");

/// The SDK's configuration from the environment: region, credentials, endpoint. Where that is somebody's own over
/// https (`AWS_ENDPOINT_URL`), or in China, the system's roots are trusted, else Amazon's alone.
pub async fn sdk_config() -> SdkConfig {
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    let elsewhere = config.endpoint_url().is_some_and(|url| url.starts_with("https:"));
    let in_china = config.region().is_some_and(|region| region.as_ref().starts_with("cn-"));
    if elsewhere || in_china {
        return config;
    }
    let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let Ok(context) = TlsContext::builder().with_trust_store(trusted).build() else {
        return config;
    };
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context);
    config.into_builder().http_client(client.build_https()).build()
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn each_root_is_one() {
        let certificates = CertificateDer::pem_slice_iter(AMAZON_ROOTS.as_bytes());
        let mut store = RootCertStore::empty();
        for certificate in certificates {
            store.add(certificate.expect("a certificate")).expect("a root");
        }
        assert_eq!(store.len(), 5);
        let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
        assert!(TlsContext::builder().with_trust_store(trusted).build().is_ok());
    }
}
