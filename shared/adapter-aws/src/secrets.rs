use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_types::SdkConfig;
use ports::{Backend, Unavailable};

use crate::cause;

/// A process that starts has to know soon, tries included.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Secrets, each a text under its ARN.
pub struct Secrets(Client);

impl Secrets {
    /// Secrets Manager.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        let patience = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
        Self(Client::from_conf(Builder::from(config).timeout_config(patience).build()))
    }

    /// A secret's text; `None` where it has none yet, or an empty object, with which the template makes it.
    ///
    /// # Errors
    /// [`Unavailable`] where the service does not answer.
    pub async fn read(&self, arn: &str) -> anyhow::Result<Option<String>> {
        match self.0.get_secret_value().secret_id(arn).send().await {
            Ok(answer) => Ok(answer.secret_string.filter(|text| text.trim() != "{}")),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok(None)
            }
            Err(error) => Err(Unavailable::new(Backend::Secrets, cause(&error)).into()),
        }
    }

    /// Replaces a secret's text.
    ///
    /// # Errors
    /// [`Unavailable`] where the service does not answer.
    pub async fn write(&self, arn: &str, text: &str) -> anyhow::Result<()> {
        let written = self.0.put_secret_value().secret_id(arn).secret_string(text).send().await;
        let written = written.map(drop).map_err(|error| Unavailable::new(Backend::Secrets, cause(&error)));
        written.context("writing a secret")
    }
}
