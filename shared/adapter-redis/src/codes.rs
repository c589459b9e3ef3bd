use std::sync::LazyLock;

use crate::script::Script;
use crate::{Redis, millis};
use async_trait::async_trait;
use jiff::Timestamp;
use ports::{CodeHash, CodeSlot, Codes, Result, Window};

static ISSUE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/code_issue.lua")));
static WITHDRAW: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/code_withdraw.lua")));
static TRY: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/code_try.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/code_release.lua")));
static SPEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/code_spend.lua")));

/// The slot's own key, and that of the mails to its address: of one hash tag.
fn keys(slot: &CodeSlot) -> (String, String) {
    let tag = format!("{{{}:{}}}", slot.purpose.as_str(), slot.address);
    let user = slot.user.map(|user| user.to_string()).unwrap_or_default();
    (format!("code:{tag}:{user}"), format!("mails:{tag}"))
}

impl Redis {
    async fn try_code(
        &self,
        slot: &CodeSlot,
        code: CodeHash,
        tries: u32,
        now: Timestamp,
        claim: String,
    ) -> Result<bool> {
        let mut script = TRY.call();
        script.key(keys(slot).0).arg(&code.0).arg(tries).arg(millis(now)).arg(claim);
        self.run(&script).await
    }
}

#[async_trait]
impl Codes for Redis {
    async fn issue(
        &self,
        slot: &CodeSlot,
        code: CodeHash,
        mails: &[Window],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool> {
        let (code_key, mails_key) = keys(slot);
        let mut script = ISSUE.call();
        script
            .key(code_key)
            .key(mails_key)
            .arg(&code.0)
            .arg(millis(now))
            .arg(millis(expires_at))
            .arg(self.member());
        for window in mails {
            script.arg(window.count).arg(u64::from(window.seconds) * 1000);
        }
        self.run(&script).await
    }

    async fn withdraw(&self, slot: &CodeSlot, issued_at: Timestamp) -> Result<()> {
        let (code_key, mails_key) = keys(slot);
        let mut script = WITHDRAW.call();
        script.key(code_key).key(mails_key).arg(millis(issued_at));
        self.run(&script).await
    }

    async fn verify(&self, slot: &CodeSlot, code: CodeHash, tries: u32, now: Timestamp) -> Result<bool> {
        self.try_code(slot, code, tries, now, String::new()).await
    }

    async fn claim(&self, slot: &CodeSlot, code: CodeHash, tries: u32, now: Timestamp) -> Result<bool> {
        self.try_code(slot, code, tries, now, self.member()).await
    }

    async fn release(&self, slot: &CodeSlot, code: CodeHash) -> Result<()> {
        let mut script = RELEASE.call();
        script.key(keys(slot).0).arg(&code.0);
        self.run(&script).await
    }

    async fn spend(&self, slot: &CodeSlot, code: CodeHash) -> Result<()> {
        let mut script = SPEND.call();
        script.key(keys(slot).0).arg(&code.0);
        self.run(&script).await
    }
}
