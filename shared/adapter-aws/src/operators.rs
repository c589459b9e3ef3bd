use async_trait::async_trait;
use aws_sdk_ses::Client;
use aws_sdk_ses::error::BuildError;
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use aws_types::SdkConfig;
use models::Email;
use ports::{Backend, OperatorMail, Result};

use crate::letters::one_line;
use crate::mail::client;
use crate::{cause, unavailable};

/// Plain text to operators by SES.
pub struct SesOperatorMail {
    client: Client,
    sender: String,
}

impl SesOperatorMail {
    /// The mail service, with the sender as `Name <address>`.
    ///
    /// # Errors
    /// A sender that would end its header (IN-8).
    pub fn new(config: &SdkConfig, sender: &str) -> anyhow::Result<Self> {
        anyhow::ensure!(!sender.contains(char::is_control), "the sender holds a control character");
        Ok(Self { client: client(config), sender: sender.to_owned() })
    }
}

fn message(subject: &str, text: &str) -> std::result::Result<Message, BuildError> {
    let content = |text: String| Content::builder().charset("UTF-8").data(text).build();
    let body = Body::builder().text(content(text.to_owned())?).build();
    Ok(Message::builder().subject(content(one_line(subject))?).body(body).build())
}

#[async_trait]
impl OperatorMail for SesOperatorMail {
    // No outage is noted here: an error of mails about errors would be one more to mail.
    async fn send(&self, to: &[Email], subject: &str, text: &str) -> Result<()> {
        let message =
            message(subject, text).map_err(|error| unavailable(Backend::Mail, error.to_string()))?;
        let addresses = to.iter().map(Email::deliverable).collect();
        let destination = Destination::builder().set_to_addresses(Some(addresses)).build();
        let request = self.client.send_email().source(&self.sender).destination(destination).message(message);
        request.send().await.map(drop).map_err(|error| unavailable(Backend::Mail, cause(&error)))
    }
}
