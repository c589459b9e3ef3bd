use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use ports::AlertRule;

/// What this process mailed while the memory did not answer. Without it a storm that takes the memory away would
/// mail without end; with it, each process mails each problem.
#[derive(Debug, Default)]
pub struct Fallback(Mutex<Vec<(String, Timestamp)>>);

impl Fallback {
    /// Whether to mail, which is then noted.
    pub(crate) fn allows(&self, fingerprint: &str, rule: &AlertRule, now: Timestamp) -> bool {
        let mut mailed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = |seconds: u32| now - SignedDuration::from_secs(seconds.into());
        mailed.retain(|(_, at)| *at > since(rule.mails.seconds));
        let lately = mailed.iter().any(|(of, at)| of == fingerprint && *at > since(rule.digest_seconds));
        let room = mailed.len() < (rule.mails.count + rule.new_class_mails) as usize;
        if lately || !room {
            return false;
        }
        mailed.push((fingerprint.to_owned(), now));
        true
    }

    /// The mail did not go.
    pub(crate) fn forget(&self, fingerprint: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _)| of != fingerprint);
    }
}
