//! What operators were mailed, in a table of its own, in both shapes of the system.

use async_trait::async_trait;
use futures::future::try_join_all;
use jiff::Timestamp;
use ports::{Alert, AlertMemory, AlertRule, Counted, Notice, Result, Window};

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::failure::Answer;
use crate::item::{Item, Key, instant, n, number, s, text, time, true_value, ttl};
use crate::limits::{later, one_more, relog, times, wait};
use crate::lookup::{Lookup, Range};
use crate::tables::Table;
use crate::write::Write;

/// The collection of alerts, one a fingerprint.
const ALERTS: &str = "alert";
const PREFIX: &str = "alert#";
/// As many fingerprints as are looked at for one digest.
const MOST_DUE: usize = 5_000;
const RESET_AT_ONCE: usize = 25;
/// For how long what waits for a digest is kept where no digest comes.
const KEPT_SECONDS: u32 = 24 * 3600;

fn alert_key(fingerprint: &str) -> Key {
    Key::part(Table::Alerts, ALERTS, format!("{PREFIX}{fingerprint}"))
}

fn mails_key() -> Key {
    Key::part(Table::Alerts, "mails", "times")
}

fn class_key(alert: &Alert) -> Key {
    Key::part(Table::Alerts, "class", format!("{}#{}", alert.function, alert.class))
}

/// Counts more of a fingerprint that a digest will tell of.
fn count_more(alert: &Alert, count: u32, now: Timestamp) -> Write {
    let more = "SET #count = #count + :more, #last = :now, #ttl = :ttl";
    Write::update(alert_key(&alert.fingerprint), more)
        .when("#until > :now OR #count > :none")
        .with(":more", n(count))
        .with(":now", instant(now))
        .with(":none", n(0))
        .with(":ttl", ttl(later(now, KEPT_SECONDS)))
}

/// A fingerprint that is new, or was quiet for long enough to be forgotten.
fn begin(alert: &Alert, (count, mailed): (u32, bool), rule: &AlertRule, now: Timestamp) -> Write {
    let until = later(now, rule.digest_seconds);
    let mut item = alert_key(&alert.fingerprint).item([
        ("function", s(&alert.function)),
        ("class", s(&alert.class)),
        ("details", s(&alert.details)),
        ("count", n(count)),
        ("since", instant(now)),
        ("last", instant(now)),
        ("until", instant(until)),
        ("ttl", ttl(if count > 0 { later(now, KEPT_SECONDS) } else { until })),
    ]);
    if mailed {
        item.insert("mailed".to_owned(), true_value());
    }
    Write::put(Table::Alerts, item)
        .when("attribute_not_exists(#id) OR (#until <= :now AND #count = :none)")
        .with(":now", instant(now))
        .with(":none", n(0))
}

/// As it was counted.
fn counted(item: &Item) -> Answer<Counted> {
    let part = text(item, "part")?;
    let alert = Alert {
        fingerprint: part.strip_prefix(PREFIX).unwrap_or(part).to_owned(),
        function: text(item, "function")?.to_owned(),
        class: text(item, "class")?.to_owned(),
        details: text(item, "details")?.to_owned(),
    };
    let (since, last) = (time(item, "since")?, time(item, "last")?);
    let mailed = item.contains_key("mailed");
    Ok(Counted { alert, count: number(item, "count")?, since, last, mailed })
}

impl DynamoDb {
    async fn note_one(&self, alert: &Alert, count: u32, rule: &AlertRule, now: Timestamp) -> Answer<Notice> {
        if let Updated::Done(_) = self.update(&count_more(alert, count, now), Gives::After).await? {
            return Ok(Notice::Counted);
        }
        let (mails, class) = (mails_key(), class_key(alert));
        let mut found = self.get_all(&[mails.clone(), class.clone()], true).await?;
        let (log, known) = (found.remove(&mails), found.remove(&class));
        let known = known.map(|class| time(&class, "until")).transpose()?.is_some_and(|until| now < until);
        let reserve = if known { 0 } else { rule.new_class_mails };
        let window = Window { count: rule.mails.count + reserve, ..rule.mails };
        let sent = times(log.as_ref())?;
        if wait(&sent, window, now) > 0 {
            self.transact(&[begin(alert, (count, false), rule, now)]).await?.or_overtaken()?;
            return Ok(Notice::Counted);
        }
        let until = later(now, window.seconds);
        let writes = [
            begin(alert, (count.saturating_sub(1), true), rule, now),
            relog(mails, log.as_ref(), &one_more(sent, window.seconds, now), until),
            Write::put(Table::Alerts, class.item([("until", instant(until)), ("ttl", ttl(until))])),
        ];
        self.transact(&writes).await?.or_overtaken()?;
        Ok(Notice::Mail)
    }

    /// Nothing is due before one of the counted alerts has waited; then all of them are told.
    async fn all_due(&self, now: Timestamp) -> Answer<Vec<Counted>> {
        let all = Lookup::of_table(Table::Alerts, ALERTS, Range::BeginsWith(PREFIX.to_owned()), true);
        let (items, _) = self.first(&all, MOST_DUE).await?;
        let mut waiting = Vec::new();
        let mut due = false;
        for item in &items {
            let counted = counted(item)?;
            if counted.count > 0 {
                due |= time(item, "until")? <= now;
                waiting.push(counted);
            }
        }
        waiting.sort_by_key(|counted| std::cmp::Reverse(counted.count));
        Ok(if due { waiting } else { Vec::new() })
    }

    /// Whoever told it first has reset it: then it is as it should be.
    async fn reset(&self, told: &Counted, rule: &AlertRule, now: Timestamp) -> Answer<()> {
        let until = later(now, rule.digest_seconds);
        let reset =
            "SET #count = #count - :told, #since = :now, #until = :until, #mailed = :true, #ttl = :ttl";
        let reset = Write::update(alert_key(&told.alert.fingerprint), reset)
            .when("#since = :since AND #count >= :told")
            .with(":told", n(told.count))
            .with(":now", instant(now))
            .with(":until", instant(until))
            .with(":true", true_value())
            .with(":since", instant(told.since))
            // Not `until`: what was counted meanwhile waits for the next digest.
            .with(":ttl", ttl(later(now, KEPT_SECONDS)));
        self.update(&reset, Gives::After).await.map(drop)
    }
}

#[async_trait]
impl AlertMemory for DynamoDb {
    async fn note(&self, alert: &Alert, count: u32, rule: &AlertRule, now: Timestamp) -> Result<Notice> {
        self.unit(|| self.note_one(alert, count, rule, now)).await
    }

    async fn put_off(&self, alert: &Alert, now: Timestamp) -> Result<()> {
        let put_off = "SET #function = :function, #class = :class, #details = :details, \
                       #count = if_not_exists(#count, :none) + :one, #since = if_not_exists(#since, :now), \
                       #last = :now, #until = :now, #ttl = :ttl REMOVE #mailed";
        let put_off = Write::update(alert_key(&alert.fingerprint), put_off)
            .with(":function", s(&alert.function))
            .with(":class", s(&alert.class))
            .with(":details", s(&alert.details))
            .with(":none", n(0))
            .with(":one", n(1))
            .with(":now", instant(now))
            .with(":ttl", ttl(later(now, KEPT_SECONDS)));
        self.unit(|| async { self.update(&put_off, Gives::After).await.map(drop) }).await
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Counted>> {
        self.unit(|| self.all_due(now)).await
    }

    async fn digested(&self, told: &[Counted], rule: &AlertRule, now: Timestamp) -> Result<()> {
        for some in told.chunks(RESET_AT_ONCE) {
            let resets = some.iter().map(|counted| self.unit(move || self.reset(counted, rule, now)));
            try_join_all(resets).await?;
        }
        Ok(())
    }
}
