//! The SDK's configuration, and whom its connections trust.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

/// The roots of Amazon Trust Services as PEM, which every endpoint of AWS has its certificate from, RDS's proxies
/// among them (<https://www.amazontrust.com/repository>). Reading all of a system's would be half of a cold start.
pub const AMAZON_ROOTS: &str = include_str!("../data/amazon-roots.pem");

/// Whose certificates are good for the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// Amazon's own.
    Amazon,
    /// All that the system trusts.
    System,
}

/// Where credentials are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// In the environment, as those of a Lambda function always are: nowhere else is looked, which saves a start a
    /// millisecond (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>).
    Environment,
    /// Wherever the SDK looks: the environment, profiles, containers' and instances' roles.
    Anywhere,
}

/// The SDK's configuration from the environment: region, endpoint and, unless they are elsewhere, credentials.
pub async fn sdk_config(roots: Roots, credentials: Whereabouts) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if credentials == Whereabouts::Environment {
        loader = loader.credentials_provider(EnvironmentVariableCredentialsProvider::new());
    }
    // Given before anything is loaded: the search for credentials makes a client of its own else.
    match roots {
        Roots::Amazon => loader.http_client(amazon()).load().await,
        Roots::System => loader.load().await,
    }
}

#[expect(clippy::expect_used, reason = "the roots are a constant, which a test reads")]
fn amazon() -> SharedHttpClient {
    let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = TlsContext::builder().with_trust_store(trusted).build().expect("roots");
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https()
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
        drop(amazon());
    }
}
