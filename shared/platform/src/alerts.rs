use std::sync::Arc;

use adapter_aws::SesOperatorMail;
use adapter_dynamodb::DynamoDb;
use anyhow::Context as _;
use models::Email;
use ports::{AlertMemory, Clock, OperatorMail};

use crate::SystemClock;
use crate::settings::{PREFIX, variable};

/// What alerts need; none of the rest is theirs.
struct AlertSettings {
    addresses: Vec<Email>,
    digest_seconds: Option<u32>,
    stage: String,
    dynamodb_prefix: String,
    mail_sender: Option<String>,
}

impl AlertSettings {
    fn read() -> anyhow::Result<Self> {
        Ok(Self {
            addresses: addresses(&variable("ALERT_ADDRESSES").unwrap_or_default())?,
            digest_seconds: variable("ALERT_DIGEST_SECONDS").map(|text| seconds(&text)).transpose()?,
            stage: variable("STAGE").unwrap_or_else(|| "local".to_owned()),
            dynamodb_prefix: variable("DYNAMODB_PREFIX").unwrap_or_else(|| PREFIX.to_owned()),
            mail_sender: variable("MAIL_SENDER"),
        })
    }
}

fn seconds(text: &str) -> anyhow::Result<u32> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    seconds.context("ALERT_DIGEST_SECONDS is no number of seconds")
}

fn addresses(text: &str) -> anyhow::Result<Vec<Email>> {
    let addresses = text.split(',').map(str::trim).filter(|address| !address.is_empty());
    let address = |text: &str| Email::try_from(text.to_owned()).ok();
    let addresses: Option<_> = addresses.map(address).collect();
    addresses.context("ALERT_ADDRESSES holds what is no e-mail address")
}

/// What alerts need: none of the stores, the keys or the addresses that the API has.
pub struct AlertBackends {
    /// What operators were mailed.
    pub memory: Arc<dyn AlertMemory>,
    /// Mail to them; `None` where nobody is to be mailed.
    pub mail: Option<Arc<dyn OperatorMail>>,
    /// Whom to mail.
    pub addresses: Vec<Email>,
    /// After how many seconds a digest is due, where it is said.
    pub digest_seconds: Option<u32>,
    /// Which deployment it is.
    pub stage: String,
    /// The region that it is in.
    pub region: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl AlertBackends {
    /// Opens them.
    ///
    /// # Errors
    /// An address is none, or there are addresses and MAIL_SENDER is missing.
    pub async fn open() -> anyhow::Result<Self> {
        let settings = AlertSettings::read()?;
        let config = crate::backends::aws();
        let mail = if settings.addresses.is_empty() {
            None
        } else {
            let sender = settings.mail_sender.as_deref().context("MAIL_SENDER is not set")?;
            let mail: Arc<dyn OperatorMail> = Arc::new(SesOperatorMail::new(config, sender)?);
            Some(mail)
        };
        Ok(Self {
            memory: Arc::new(DynamoDb::alert_memory(config, &settings.dynamodb_prefix)),
            mail,
            addresses: settings.addresses,
            digest_seconds: settings.digest_seconds,
            stage: settings.stage,
            region: config.region().map_or_else(|| "none".to_owned(), ToString::to_string),
            clock: Arc::new(SystemClock),
        })
    }
}

/// Makes the memory's table, where somebody is to be mailed. On AWS the template makes it.
pub(crate) async fn prepare() -> anyhow::Result<()> {
    let settings = AlertSettings::read()?;
    if settings.addresses.is_empty() {
        return Ok(());
    }
    let config = crate::backends::aws();
    let memory = DynamoDb::alert_memory(config, &settings.dynamodb_prefix);
    if let Err(error) = memory.make_alert_table().await {
        // No reason not to start: alerts are mailed without it too, only not counted (AL-3).
        tracing::warn!(event = "no_alert_memory", "{:#}", anyhow::Error::from(error));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_some_none_or_refused() {
        let all: Vec<_> = addresses("a@x.example, b@x.example,").unwrap();
        assert_eq!(all.iter().map(Email::shown).collect::<Vec<_>>(), ["a@x.example", "b@x.example"]);
        assert!(addresses(" ").unwrap().is_empty());
        assert!(addresses("a@x.example, b").is_err());
    }

    #[test]
    fn a_digest_is_due_after_a_second_or_more() {
        assert_eq!(seconds("30").unwrap(), 30);
        assert!(seconds("0").is_err() && seconds("soon").is_err());
    }
}
