//! The `alerts` function: critical errors of the other functions, by e-mail.
//!
//! Lines of logs come in by a subscription; a schedule asks for digests. The first of a problem is mailed at once,
//! equal ones are counted and told by a digest after a quarter of an hour. Of 20 mails an hour 12 are for whatever
//! comes first; 4 more only for a class that its function had no mail of within the hour, so that something new gets
//! through a storm; and digests are at least 15 minutes apart, which makes 4.
//!
//! The library knows no AWS but the form of the events: the memory and the mail are ports. To count another line:
//! `line.rs`. To take another secret out: `scrub.rs`.

mod batch;
mod fallback;
mod line;
mod mail;
mod problem;
mod scrub;

pub use batch::{Batch, Log};
pub use fallback::Fallback;
pub use line::Line;

use std::sync::Arc;

use jiff::Timestamp;
use models::Email;
use ports::{Alert, AlertMemory, AlertRule, Clock, Notice, OperatorMail, Window};
use serde_json::Value;

use crate::batch::Event;
use crate::mail::Mail;

/// The name under which the function logs: its own lines must never come back to it.
pub const NAME: &str = "alerts";

/// At most 20 mails an hour: 12, 4 for what is new, and a digest each quarter of an hour (AL-3).
pub const RULE: AlertRule =
    AlertRule { digest_seconds: 900, mails: Window { count: 12, seconds: 3_600 }, new_class_mails: 4 };

/// What the function works with.
pub struct App {
    /// What was mailed.
    pub memory: Arc<dyn AlertMemory>,
    /// Who is mailed; nobody: alerts are logged only.
    pub operators: Option<Operators>,
    /// Of which deployment the alerts are.
    pub deployment: Deployment,
    /// How often they are mailed: [`RULE`], unless somebody does not want to wait for a digest.
    pub rule: AlertRule,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What serves while the memory does not answer.
    pub fallback: Fallback,
}

/// Who is mailed, and how.
pub struct Operators {
    /// The mail service.
    pub mail: Arc<dyn OperatorMail>,
    /// At least one address.
    pub addresses: Vec<Email>,
}

/// Of which deployment alerts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its stage.
    pub stage: String,
    /// Its region.
    pub region: String,
}

/// Equal alerts of one batch.
struct Group {
    alert: Alert,
    count: u32,
    /// The requests that Lambda told of already.
    told: Vec<String>,
}

impl App {
    /// Handles what Lambda calls the function with.
    ///
    /// # Errors
    /// The event can't be read, or an alert was neither mailed nor kept, or a digest not mailed: then Lambda calls
    /// again, and at last leaves the event to the queue that has an alarm (AL-5).
    pub async fn handle(&self, event: &Value) -> anyhow::Result<()> {
        match Event::read(event)? {
            Event::Lines(batch) => self.observe(&batch).await,
            Event::Schedule => self.digest().await,
        }
    }

    /// Mails or counts the alerts among the lines.
    ///
    /// # Errors
    /// An alert was neither mailed nor kept.
    pub async fn observe(&self, batch: &Batch) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        let mut memory_answers = true;
        for group in self.groups(batch) {
            if let Err(error) = self.tell(&group, &mut memory_answers).await {
                tracing::warn!(event = "alert_not_told", class = group.alert.class, "{error:#}");
                outcome = Err(error);
            }
        }
        outcome
    }

    /// Mails what was counted, once it is due.
    ///
    /// # Errors
    /// The memory or the mail service does not answer: it is still due.
    pub async fn digest(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let told = self.memory.due(now).await?;
        if told.is_empty() {
            return Ok(());
        }
        self.send(&mail::digest(&self.deployment.stage, &told)).await?;
        // After the mail: should this fail, a digest comes twice rather than never.
        Ok(self.memory.digested(&told, &self.rule, now).await?)
    }

    /// The alerts among the lines, equal ones together, in the order of their first lines.
    fn groups(&self, batch: &Batch) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for line in &batch.lines {
            let Some(seen) = line::sighting(&line.text) else { continue };
            let alert = problem::alert(&seen, line.at, batch.log.as_ref(), &self.deployment);
            let once = seen.request_id.filter(|_| seen.of_the_runtime);
            match groups.iter_mut().find(|group| group.alert.fingerprint == alert.fingerprint) {
                Some(group) => match once {
                    Some(request) if group.told.contains(&request) => {}
                    once => {
                        group.count = group.count.saturating_add(1);
                        group.told.extend(once);
                    }
                },
                None => groups.push(Group { alert, count: 1, told: once.into_iter().collect() }),
            }
        }
        groups
    }

    async fn tell(&self, group: &Group, memory_answers: &mut bool) -> anyhow::Result<()> {
        let now = self.clock.now();
        // Once it did not answer, it is not waited for again: the time is short.
        if *memory_answers {
            match self.memory.note(&group.alert, group.count, &self.rule, now).await {
                Ok(Notice::Counted) => return Ok(()),
                Ok(Notice::Mail) => return self.mail_first(&group.alert, now).await,
                Err(error) => {
                    tracing::warn!(event = "alert_memory_down", "{:#}", anyhow::Error::from(error));
                    *memory_answers = false;
                }
            }
        }
        self.mail_unremembered(group, now).await
    }

    async fn mail_first(&self, alert: &Alert, now: Timestamp) -> anyhow::Result<()> {
        let Err(error) = self.send(&mail::single(&self.deployment.stage, alert, 1, true)).await else {
            return Ok(());
        };
        tracing::warn!(event = "alert_put_off", "{error:#}");
        Ok(self.memory.put_off(alert, now).await?)
    }

    /// Without a memory the mail goes out all the same (AL-3).
    async fn mail_unremembered(&self, group: &Group, now: Timestamp) -> anyhow::Result<()> {
        let Alert { fingerprint, class, .. } = &group.alert;
        if !self.fallback.allows(fingerprint, &self.rule, now) {
            tracing::warn!(
                event = "alert_not_counted",
                class,
                count = group.count,
                "mailed a short time ago"
            );
            return Ok(());
        }
        let sent = self.send(&mail::single(&self.deployment.stage, &group.alert, group.count, false)).await;
        if sent.is_err() {
            self.fallback.forget(fingerprint);
        }
        sent
    }

    async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        let Mail { subject, text } = mail;
        match &self.operators {
            Some(operators) => Ok(operators.mail.send(&operators.addresses, subject, text).await?),
            None => {
                tracing::warn!(event = "alert", subject, "{text}");
                Ok(())
            }
        }
    }
}
