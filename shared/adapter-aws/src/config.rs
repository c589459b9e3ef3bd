//! The SDK's configuration, and whom its connections trust.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// The roots of Amazon Trust Services as PEM, which every endpoint of AWS has its certificate from, RDS's proxies
/// among them (<https://www.amazontrust.com/repository>). Reading all of a system's would be half of a cold start.
pub const AMAZON_ROOTS: &str = include_str!("../data/amazon-roots.pem");

/// Gives a variable of the environment.
type Read = fn(&str) -> Option<String>;

/// The SDK's configuration from AWS's variables, which `read` gives: region, credentials, endpoints, dual stack and
/// FIPS. Nowhere else is looked for any of it: Lambda puts a function's credentials there, for as long as it runs
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>), and what searches files, other roles and
/// the machine's own service for them is a millisecond of each start and a hundredth of a program.
#[must_use]
pub fn sdk_config(read: Read) -> SdkConfig {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .use_dual_stack(is_true(read, "AWS_USE_DUALSTACK_ENDPOINT"))
        .use_fips(is_true(read, "AWS_USE_FIPS_ENDPOINT"))
        .service_config(Variables(read));
    config.set_region(read("AWS_REGION").map(Region::new));
    let credentials = credentials(read);
    if credentials.is_none() {
        tracing::warn!(event = "no_credentials", "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set");
    }
    config.set_credentials_provider(credentials.map(SharedCredentialsProvider::new));
    if is_amazons(read) {
        config.set_http_client(Some(trusting_amazon()));
    }
    config.build()
}

fn is_true(read: Read, name: &str) -> bool {
    read(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn credentials(read: Read) -> Option<Credentials> {
    let (key, secret) = (read("AWS_ACCESS_KEY_ID")?, read("AWS_SECRET_ACCESS_KEY")?);
    Some(Credentials::new(key, secret, read("AWS_SESSION_TOKEN"), None, "environment"))
}

/// Whether all endpoints have certificates of Amazon's: China's have not, and an https endpoint of somebody's own may
/// have any.
fn is_amazons(read: Read) -> bool {
    let in_china = read("AWS_REGION").is_some_and(|region| region.starts_with("cn-"));
    let services = ["", "_S3", "_SES", "_DYNAMODB", "_SECRETS_MANAGER"];
    let endpoint = |service: &&str| read(&format!("AWS_ENDPOINT_URL{service}"));
    !in_china && !services.iter().filter_map(endpoint).any(|url| url.starts_with("https:"))
}

/// What a service is configured with: by its own variable, or else by that of all
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
#[derive(Debug)]
struct Variables(Read);

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        (self.0)(&format!("{}_{service}", key.env())).or_else(|| (self.0)(key.env()))
    }
}

#[expect(clippy::expect_used, reason = "the roots are a constant, which a test reads")]
fn trusting_amazon() -> SharedHttpClient {
    let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = TlsContext::builder().with_trust_store(trusted).build().expect("roots");
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https()
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::ProvideCredentials as _;
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
        drop(trusting_amazon());
    }

    fn on_lambda(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" => "an id",
            "AWS_SECRET_ACCESS_KEY" => "a secret",
            "AWS_SESSION_TOKEN" => "a token",
            "AWS_USE_DUALSTACK_ENDPOINT" => "true",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[tokio::test]
    async fn a_functions_environment_is_all_that_the_sdk_needs() {
        let config = sdk_config(on_lambda);
        let provider = config.credentials_provider().expect("credentials");
        let credentials = provider.provide_credentials().await.expect("credentials");
        assert_eq!(credentials.access_key_id(), "an id");
        assert_eq!(credentials.secret_access_key(), "a secret");
        assert_eq!(credentials.session_token(), Some("a token"));
        assert_eq!(config.region(), Some(&Region::from_static("eu-central-1")));
        assert_eq!((config.use_dual_stack(), config.use_fips()), (Some(true), Some(false)));
        assert!(config.http_client().is_some(), "Amazon's roots");
    }

    #[test]
    fn a_service_has_its_own_endpoint_or_that_of_all() {
        let read: Read = |name| match name {
            "AWS_ENDPOINT_URL" => Some("http://all".to_owned()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some("http://secrets".to_owned()),
            _ => None,
        };
        let endpoint = |service| {
            let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("p");
            Variables(read).load_config(key.build().expect("a key"))
        };
        assert_eq!(endpoint("Secrets Manager").as_deref(), Some("http://secrets"));
        assert_eq!(endpoint("S3").as_deref(), Some("http://all"));
    }

    #[test]
    fn other_certificates_than_amazons_are_taken_in_china_and_at_ones_own_https_endpoint() {
        assert!(is_amazons(on_lambda));
        assert!(is_amazons(|name| (name == "AWS_ENDPOINT_URL").then(|| "http://127.0.0.1:4566".to_owned())));
        assert!(!is_amazons(|name| (name == "AWS_ENDPOINT_URL_S3").then(|| "https://minio.test".to_owned())));
        assert!(!is_amazons(|name| (name == "AWS_REGION").then(|| "cn-north-1".to_owned())));
    }
}
