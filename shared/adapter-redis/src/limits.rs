use std::sync::LazyLock;

use crate::script::{Call, Script};
use crate::{Redis, millis};
use async_trait::async_trait;
use jiff::Timestamp;
use ports::{Backoff, Limits, Result, Verdict, Window};

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/limit_take.lua")));
static GIVE_BACK: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/limit_give_back.lua")));
static BEGIN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/login_begin.lua")));
static SUCCEEDED: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/login_succeeded.lua")));

/// Milliseconds to wait as whole seconds, never too few.
fn verdict(wait_millis: u64) -> Verdict {
    match wait_millis {
        0 => Verdict::Allowed,
        millis => Verdict::RetryAfter(u32::try_from(millis.div_ceil(1000)).unwrap_or(u32::MAX)),
    }
}

fn log(key: &str) -> String {
    format!("limit:{{{key}}}")
}

/// An empty member only looks.
async fn take(redis: &Redis, key: &str, window: Window, now: Timestamp, member: String) -> Result<Verdict> {
    let mut script = TAKE.call();
    script.key(log(key)).arg(millis(now)).arg(member);
    script.arg(window.count).arg(u64::from(window.seconds) * 1000);
    redis.run(&script).await.map(verdict)
}

/// The account's buckets and whether the address is known: keys of one hash tag.
fn login_keys<'a>(script: &'a mut Call<'static>, account: &str, ip: &str) -> &'a mut Call<'static> {
    let tag = format!("{{{account}}}");
    script
        .key(format!("known:{tag}:{ip}"))
        .key(format!("login:{tag}"))
        .key(format!("failures:{tag}"))
        .key(format!("login:{tag}:{ip}"))
        .key(format!("failures:{tag}:{ip}"))
}

#[async_trait]
impl Limits for Redis {
    async fn take(&self, key: &str, window: Window, now: Timestamp) -> Result<Verdict> {
        take(self, key, window, now, self.member()).await
    }

    async fn peek(&self, key: &str, window: Window, now: Timestamp) -> Result<Verdict> {
        take(self, key, window, now, String::new()).await
    }

    async fn give_back(&self, key: &str, taken: Timestamp) -> Result<()> {
        let mut script = GIVE_BACK.call();
        script.key(log(key)).arg(millis(taken));
        self.run(&script).await
    }

    async fn login_begin(&self, account: &str, ip: &str, rule: &Backoff, now: Timestamp) -> Result<Verdict> {
        let mut script = BEGIN.call();
        login_keys(&mut script, account, ip).arg(millis(now)).arg(self.member());
        script.arg(rule.free.count).arg(u64::from(rule.free.seconds) * 1000);
        script.arg(u64::from(rule.first_seconds) * 1000).arg(u64::from(rule.most_seconds) * 1000);
        self.run(&script).await.map(verdict)
    }

    async fn login_succeeded(&self, account: &str, ip: &str, rule: &Backoff, now: Timestamp) -> Result<()> {
        let mut script = SUCCEEDED.call();
        login_keys(&mut script, account, ip).arg(millis(now)).arg(u64::from(rule.known_seconds) * 1000);
        self.run(&script).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_never_too_short() {
        assert_eq!(verdict(0), Verdict::Allowed);
        assert_eq!(verdict(1), Verdict::RetryAfter(1));
        assert_eq!(verdict(1000), Verdict::RetryAfter(1));
        assert_eq!(verdict(1001), Verdict::RetryAfter(2));
    }
}
