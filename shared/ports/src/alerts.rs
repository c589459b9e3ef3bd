use async_trait::async_trait;
use jiff::Timestamp;
use models::Email;

use crate::{Result, Window};

/// An error of the system's own, as operators are told of it: nothing in it is secret or personal any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The same for errors that are one problem: function, route, class, top frame. At most 900 bytes.
    pub fingerprint: String,
    /// The function that it happened in.
    pub function: String,
    /// What kind of error it is, in a word.
    pub class: String,
    /// What a mail says of it: some lines.
    pub details: String,
}

/// How often operators are mailed (AL-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertRule {
    /// For how many seconds equal alerts are counted before a digest tells how many they were.
    pub digest_seconds: u32,
    /// The mails of single alerts.
    pub mails: Window,
    /// How many more of them there may be for a class that the function had no mail of in that time.
    pub new_class_mails: u32,
}

/// What is to be done about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It is the first of its fingerprint: it is mailed at once.
    Mail,
    /// It is counted, and a digest will tell.
    Counted,
}

/// An alert, and how often it came since it was last mailed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The alert, as it was when it was first seen.
    pub alert: Alert,
    /// How often since the last mail, at least 1.
    pub count: u32,
    /// Since when it is counted.
    pub since: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// Whether the first one had a mail of its own.
    pub mailed: bool,
}

/// What was mailed to operators lately, and what is still to be.
#[async_trait]
pub trait AlertMemory: Send + Sync {
    /// So many equal alerts were seen, at least 1. Of any number of calls at once with a new fingerprint one is told
    /// [`Notice::Mail`], where the rule has room for a mail; that one alert is not counted, all others are.
    async fn note(&self, alert: &Alert, count: u32, rule: &AlertRule, now: Timestamp) -> Result<Notice>;

    /// The mail that [`Notice::Mail`] asked for did not go: the alert is counted, and due at once.
    async fn put_off(&self, alert: &Alert, now: Timestamp) -> Result<()>;

    /// Everything that is counted, most frequent first, once one of it has waited as long as the rule says; nothing
    /// before. So two digests are that long apart.
    async fn due(&self, now: Timestamp) -> Result<Vec<Counted>>;

    /// A digest told of these: they are counted anew, and an alert that does not come again until the next digest
    /// would be due is forgotten. What was counted meanwhile is kept.
    async fn digested(&self, told: &[Counted], rule: &AlertRule, now: Timestamp) -> Result<()>;
}

/// Mail to the people who run the system.
#[async_trait]
pub trait OperatorMail: Send + Sync {
    /// Hands one plain text for all of these addresses to the mail service. The subject is one line.
    async fn send(&self, to: &[Email], subject: &str, text: &str) -> Result<()>;
}
