use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_ses::Client;
use aws_sdk_ses::config::Builder;
use aws_sdk_ses::error::{BuildError, ProvideErrorMetadata as _};
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use aws_types::SdkConfig;
use models::{Email, Language};
use ports::{Backend, Letter, Mail, Outage, Probe, Result};

use crate::letters::{Rendered, Templates};
use crate::{cause, unavailable};

/// TO-1: three seconds in all, tries included.
const TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPTS: u32 = 2;

/// Mail by SES.
pub struct SesMail {
    client: Client,
    sender: String,
    templates: Templates,
    outage: Outage,
}

impl SesMail {
    /// The mail service, with the sender as `Name <address>`.
    ///
    /// # Errors
    /// A sender that would end its header (IN-8).
    pub fn new(config: &SdkConfig, sender: &str) -> anyhow::Result<Self> {
        anyhow::ensure!(!sender.contains(char::is_control), "the sender holds a control character");
        let (client, sender) = (client(config), sender.to_owned());
        Ok(Self { client, sender, templates: Templates::default(), outage: Outage::new(Backend::Mail) })
    }

    fn noted(&self, answer: std::result::Result<(), String>) -> Result<()> {
        match answer {
            Ok(()) => {
                self.outage.over();
                Ok(())
            }
            Err(cause) => {
                self.outage.noted(&cause);
                Err(unavailable(Backend::Mail, cause))
            }
        }
    }
}

/// A client of SES with our patience.
pub(crate) fn client(config: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
    let config = Builder::from(config)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .build();
    Client::from_conf(config)
}

fn message(mail: Rendered) -> std::result::Result<Message, BuildError> {
    let content = |text: String| Content::builder().charset("UTF-8").data(text).build();
    let body = Body::builder().text(content(mail.text)?).html(content(mail.html)?).build();
    Ok(Message::builder().subject(content(mail.subject)?).body(body).build())
}

#[async_trait]
impl Mail for SesMail {
    async fn send(&self, to: &Email, letter: Letter, language: Language) -> Result<()> {
        let broken = |what: String| unavailable(Backend::Mail, what);
        let mail = self.templates.render(to, &letter, language).map_err(|error| broken(error.to_string()))?;
        let message = message(mail).map_err(|error| broken(error.to_string()))?;
        let destination = Destination::builder().to_addresses(to.deliverable()).build();
        let request = self.client.send_email().source(&self.sender).destination(destination).message(message);
        self.noted(request.send().await.map(drop).map_err(|error| cause(&error)))
    }
}

#[async_trait]
impl Probe for SesMail {
    fn backend(&self) -> Backend {
        Backend::Mail
    }

    /// SES may be asked this once a second by all of an account, and says so: that is an answer, too.
    async fn probe(&self) -> Result<()> {
        self.noted(match self.client.get_send_quota().send().await {
            Err(error) if error.code() != Some("Throttling") => Err(cause(&error)),
            _ => Ok(()),
        })
    }
}
