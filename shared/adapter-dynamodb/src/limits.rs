use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use ports::{Backoff, Limits, Result, Verdict, Window};

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, n, number, ttl};
use crate::tables::Table;
use crate::write::Write;

/// A log up to this long is appended to unread; a longer one is first rid of what is over.
const MOST_UNREAD: u32 = 50;

fn log_key(key: &str) -> Key {
    Key::of(Table::Codes, format!("limit#{key}"))
}

/// The instants of a log, in milliseconds, newest first.
pub(crate) fn times(item: Option<&Item>) -> Answer<Vec<i64>> {
    let Some(stored) = item.and_then(|item| item.get("times")) else { return Ok(Vec::new()) };
    let read = |time: &AttributeValue| time.as_n().ok()?.parse().ok();
    let times = stored.as_l().ok().and_then(|times| times.iter().map(read).collect::<Option<Vec<i64>>>());
    let mut times = times.ok_or_else(|| Failure::Stored("times".to_owned()))?;
    times.sort_unstable_by(|a, b| b.cmp(a));
    Ok(times)
}

/// The instants as an attribute.
pub(crate) fn log(times: &[i64]) -> AttributeValue {
    AttributeValue::L(times.iter().map(n).collect())
}

/// Replaces a log on condition that it is as it was seen, and keeps it for so long.
pub(crate) fn relog(key: Key, seen: Option<&Item>, times: &[i64], until: Timestamp) -> Write {
    let write = Write::update(key, "SET #times = :times, #ttl = :ttl");
    let write = match seen.and_then(|item| item.get("times")) {
        Some(old) => write.when("#times = :old").with(":old", old.clone()),
        None => write.when("attribute_not_exists(#times)"),
    };
    write.with(":times", log(times)).with(":ttl", ttl(until))
}

/// For how many milliseconds a log, newest first, has no room in this window.
pub(crate) fn wait(times: &[i64], window: Window, now: Timestamp) -> i64 {
    let (now, span) = (now.as_millisecond(), i64::from(window.seconds) * 1000);
    let count = window.count.max(1) as usize;
    // There is room again when the count-th newest leaves.
    times.get(count - 1).map_or(0, |leaves| (leaves + span - now).max(0))
}

/// What of a log, newest first, is of the last so many seconds, and this instant.
pub(crate) fn one_more(mut times: Vec<i64>, seconds: u32, now: Timestamp) -> Vec<i64> {
    let since = now.as_millisecond() - i64::from(seconds) * 1000;
    times.retain(|time| *time > since);
    times.insert(0, now.as_millisecond());
    times
}

/// Milliseconds to wait as whole seconds, never too few.
pub(crate) fn verdict(wait: i64) -> Verdict {
    match u64::try_from(wait) {
        Ok(millis @ 1..) => Verdict::RetryAfter(u32::try_from(millis.div_ceil(1000)).unwrap_or(u32::MAX)),
        _ => Verdict::Allowed,
    }
}

/// So many seconds from now.
pub(crate) fn later(now: Timestamp, seconds: u32) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now)
}

impl DynamoDb {
    /// Appends unread while the log is short; a full or long one is looked at.
    async fn take_one(&self, key: &str, window: Window, now: Timestamp) -> Answer<Verdict> {
        let append = "SET #times = list_append(if_not_exists(#times, :empty), :now), #ttl = :ttl";
        let append = Write::update(log_key(key), append)
            .when("attribute_not_exists(#times) OR size(#times) < :most")
            .with(":empty", log(&[]))
            .with(":now", log(&[now.as_millisecond()]))
            .with(":ttl", ttl(later(now, window.seconds)))
            .with(":most", n(window.count.clamp(1, MOST_UNREAD)));
        let seen = match self.update(&append, Gives::After).await? {
            Updated::Done(_) => return Ok(Verdict::Allowed),
            Updated::Refused(seen) => seen,
        };
        let times = times(seen.as_ref())?;
        let wait = wait(&times, window, now);
        if wait > 0 {
            return Ok(verdict(wait));
        }
        let times = one_more(times, window.seconds, now);
        let relog = relog(log_key(key), seen.as_ref(), &times, later(now, window.seconds));
        match self.update(&relog, Gives::After).await? {
            Updated::Done(_) => Ok(Verdict::Allowed),
            Updated::Refused(_) => Err(Failure::Overtaken),
        }
    }
}

impl DynamoDb {
    /// Takes one of this instant out of a log, which stays for as long as it would have.
    pub(crate) async fn take_back(&self, log: Key, taken: Timestamp) -> Answer<()> {
        let seen = self.get(&log).await?;
        let mut times = times(seen.as_ref())?;
        let Some(place) = times.iter().position(|time| *time == taken.as_millisecond()) else {
            return Ok(());
        };
        times.remove(place);
        let until = seen.as_ref().map(|item| number(item, "ttl")).transpose()?;
        let until = until.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(taken);
        match self.update(&relog(log, seen.as_ref(), &times, until), Gives::After).await? {
            Updated::Done(_) => Ok(()),
            Updated::Refused(_) => Err(Failure::Overtaken),
        }
    }
}

#[async_trait]
impl Limits for DynamoDb {
    async fn take(&self, key: &str, window: Window, now: Timestamp) -> Result<Verdict> {
        self.unit(|| self.take_one(key, window, now)).await
    }

    async fn peek(&self, key: &str, window: Window, now: Timestamp) -> Result<Verdict> {
        self.unit(|| async {
            let seen = self.get(&log_key(key)).await?;
            Ok(verdict(wait(&times(seen.as_ref())?, window, now)))
        })
        .await
    }

    async fn give_back(&self, key: &str, taken: Timestamp) -> Result<()> {
        self.unit(|| self.take_back(log_key(key), taken)).await
    }

    async fn login_begin(&self, account: &str, ip: &str, rule: &Backoff, now: Timestamp) -> Result<Verdict> {
        self.unit(|| self.begin_login((account, ip), rule, now)).await
    }

    async fn login_succeeded(&self, account: &str, ip: &str, rule: &Backoff, now: Timestamp) -> Result<()> {
        self.unit(|| self.end_login((account, ip), rule, now)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_room_again_when_one_leaves() {
        let now = Timestamp::from_millisecond(100_000).expect("an instant");
        let window = Window { count: 2, seconds: 10 };
        assert_eq!(wait(&[99_000], window, now), 0);
        assert_eq!(wait(&[99_000, 95_000], window, now), 5_000);
        assert_eq!(wait(&[99_000, 95_000, 90_001], window, now), 5_000);
        assert_eq!(wait(&[99_000, 90_000], window, now), 0);
        assert_eq!(verdict(0), Verdict::Allowed);
        assert_eq!(verdict(1), Verdict::RetryAfter(1));
        assert_eq!(verdict(1_001), Verdict::RetryAfter(2));
    }
}
