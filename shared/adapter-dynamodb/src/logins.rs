//! How failed sign-ins slow down the next one.
//!
//! Where 5 failures in 5 minutes are free, and the waits are 30 s to 15 min: the sixth try waits until 30 s after the
//! fifth failure. One more failure doubles the wait, up to the longest, whether or not the 5 minutes are over by then:
//! whoever waits does not get five tries anew. Success forgets all of it, and so does a quiet time, as long as the
//! longest wait, after the end of the last.

use jiff::Timestamp;
use ports::{Backoff, Verdict};

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, count, n, number, ttl};
use crate::limits::{later, log, times, verdict};
use crate::tables::Table;
use crate::write::Write;

/// An account, and the address from which somebody tries.
type From<'a> = (&'a str, &'a str);

fn known_key((account, ip): From<'_>) -> Key {
    Key::of(Table::Codes, format!("known#{account}#{ip}"))
}

/// An account's failures; those at an address that it knows are a bucket of their own.
fn bucket_key((account, ip): From<'_>, known: bool) -> Key {
    if known {
        Key::of(Table::Codes, format!("login#{account}#{ip}"))
    } else {
        Key::of(Table::Codes, format!("login#{account}"))
    }
}

/// What a bucket holds.
struct Bucket {
    /// How many waits there were.
    level: u32,
    /// Until when the last one is, in milliseconds.
    until: i64,
    /// The failures before the first, newest first.
    failures: Vec<i64>,
}

impl Bucket {
    fn of(item: Option<&Item>) -> Answer<Self> {
        let nothing = Item::new();
        let kept = item.unwrap_or(&nothing);
        Ok(Self { level: count(kept, "level")?, until: count(kept, "until")?, failures: times(item)? })
    }

    /// Counts a failure in advance; the instant until which that is to be known, all in milliseconds.
    fn fail(&mut self, rule: &Backoff, now: i64) -> i64 {
        let span = i64::from(rule.free.seconds) * 1000;
        let most = i64::from(rule.most_seconds) * 1000;
        if self.level > 0 && now - self.until >= most {
            // Quiet for as long as the longest wait: what was is forgotten.
            (self.level, self.failures) = (0, Vec::new());
        }
        if self.level == 0 {
            self.failures.retain(|failure| *failure > now - span);
            self.failures.insert(0, now);
            if self.failures.len() < rule.free.count as usize {
                return now + span;
            }
        }
        let first = i64::from(rule.first_seconds) * 1000;
        self.until = now + most.min(first.saturating_mul(1 << self.level.min(30)));
        self.level += 1;
        self.until + most
    }

    /// Puts it in the place of what was seen, on condition that it is still that.
    fn write(&self, key: Key, seen: Option<&Item>, kept_until: i64) -> Write {
        let set = "SET #level = :level, #until = :until, #times = :times, #ttl = :ttl";
        let write =
            match seen.and_then(|item| Some((item.get("level")?, item.get("until")?, item.get("times")?))) {
                Some((level, until, times)) => Write::update(key, set)
                    .when("#level = :old_level AND #until = :old_until AND #times = :old_times")
                    .with(":old_level", level.clone())
                    .with(":old_until", until.clone())
                    .with(":old_times", times.clone()),
                None => Write::update(key, set).new_only(),
            };
        let kept_until = Timestamp::from_millisecond(kept_until).unwrap_or(Timestamp::MAX);
        write
            .with(":level", n(self.level))
            .with(":until", n(self.until))
            .with(":times", log(&self.failures))
            .with(":ttl", ttl(kept_until))
    }
}

fn is_known(item: Option<&Item>, now: Timestamp) -> Answer<bool> {
    let until: Option<i64> = item.map(|item| number(item, "until")).transpose()?;
    Ok(until.is_some_and(|until| now.as_millisecond() < until))
}

impl DynamoDb {
    pub(crate) async fn begin_login(
        &self,
        from: From<'_>,
        rule: &Backoff,
        now: Timestamp,
    ) -> Answer<Verdict> {
        let keys = [known_key(from), bucket_key(from, true), bucket_key(from, false)];
        let mut found = self.get_all(&keys, true).await?;
        let known = is_known(found.get(&known_key(from)), now)?;
        let key = bucket_key(from, known);
        let seen = found.remove(&key);
        let mut bucket = Bucket::of(seen.as_ref())?;
        let wait = bucket.until - now.as_millisecond();
        if wait > 0 {
            return Ok(verdict(wait));
        }
        let kept_until = bucket.fail(rule, now.as_millisecond());
        match self.update(&bucket.write(key, seen.as_ref(), kept_until), Gives::After).await? {
            Updated::Done(_) => Ok(Verdict::Allowed),
            Updated::Refused(_) => Err(Failure::Overtaken),
        }
    }

    pub(crate) async fn end_login(&self, from: From<'_>, rule: &Backoff, now: Timestamp) -> Answer<()> {
        let known = self.get(&known_key(from)).await?;
        let bucket = bucket_key(from, is_known(known.as_ref(), now)?);
        let until = later(now, rule.known_seconds);
        let known = known_key(from).item([("until", crate::item::instant(until)), ("ttl", ttl(until))]);
        let writes = [Write::delete(bucket), Write::put(Table::Codes, known)];
        self.transact(&writes).await?.or_overtaken()
    }
}
