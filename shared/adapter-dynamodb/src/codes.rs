use async_trait::async_trait;
use jiff::Timestamp;
use ports::{CodeHash, CodeSlot, Codes, Result, Window};

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::failure::Answer;
use crate::item::{Item, Key, b, bytes, instant, n, number, true_value, ttl};
use crate::limits::{later, one_more, relog, times, wait};
use crate::tables::Table;
use crate::write::Write;

fn code_key(slot: &CodeSlot) -> Key {
    let user = slot.user.map(|user| user.to_string()).unwrap_or_default();
    Key::of(Table::Codes, format!("code#{}#{}#{user}", slot.purpose.as_str(), slot.address))
}

/// The mails to a slot's address.
fn mails_key(slot: &CodeSlot) -> Key {
    Key::of(Table::Codes, format!("mails#{}#{}", slot.purpose.as_str(), slot.address))
}

/// Changes a code, where it is the slot's.
fn change(slot: &CodeSlot, code: CodeHash, (set, condition): (&str, &str)) -> Write {
    let condition = format!("#code = :code AND {condition}");
    Write::update(code_key(slot), set).when(condition).with(":code", b(&code.0))
}

impl DynamoDb {
    async fn issue_code(
        &self,
        slot: &CodeSlot,
        code: CodeHash,
        mails: &[Window],
        (now, expires_at): (Timestamp, Timestamp),
    ) -> Answer<bool> {
        let item = code_key(slot).item([
            ("code", b(&code.0)),
            ("tries", n(0)),
            ("issued_at", instant(now)),
            ("expires_at", instant(expires_at)),
            ("ttl", ttl(expires_at)),
        ]);
        let mut writes = vec![Write::put(Table::Codes, item)];
        if let Some(longest) = mails.iter().map(|window| window.seconds).max() {
            let seen = self.get(&mails_key(slot)).await?;
            let sent = times(seen.as_ref())?;
            if mails.iter().any(|window| wait(&sent, *window, now) > 0) {
                return Ok(false);
            }
            let sent = one_more(sent, longest, now);
            writes.push(relog(mails_key(slot), seen.as_ref(), &sent, later(now, longest)));
        }
        self.transact(&writes).await?.or_overtaken().map(|()| true)
    }

    async fn withdraw_code(&self, slot: &CodeSlot, issued_at: Timestamp) -> Answer<()> {
        let same = Write::delete(code_key(slot)).when("#issued_at = :issued_at");
        self.transact(&[same.with(":issued_at", instant(issued_at))]).await?;
        self.take_back(mails_key(slot), issued_at).await
    }

    /// A try is counted before anything is compared: parallel guesses can't slip past.
    async fn try_code(
        &self,
        slot: &CodeSlot,
        code: CodeHash,
        (tries, now): (u32, Timestamp),
    ) -> Answer<Tried> {
        let count = Write::update(code_key(slot), "ADD #tries :one")
            .when("#expires_at > :now")
            .with(":one", n(1))
            .with(":now", instant(now));
        let Updated::Done(kept) = self.update(&count, Gives::After).await? else { return Ok(Tried::Wrong) };
        // Digests under a key: how long this takes tells nobody how much of a guess is right.
        if number::<u32>(&kept, "tries")? > tries || bytes(&kept, "code") != Some(&code.0) {
            return Ok(Tried::Wrong);
        }
        if !kept.contains_key("claimed") {
            return Ok(Tried::Right);
        }
        self.uncount(slot, code).await.map(|()| Tried::Wrong)
    }

    /// Right, but another call has it: no guess, so no try.
    async fn uncount(&self, slot: &CodeSlot, code: CodeHash) -> Answer<()> {
        let uncount =
            change(slot, code, ("ADD #tries :back", "attribute_exists(#claimed)")).with(":back", n(-1));
        self.update(&uncount, Gives::After).await.map(drop)
    }

    async fn claim_code(&self, slot: &CodeSlot, code: CodeHash, rule: (u32, Timestamp)) -> Answer<bool> {
        if self.try_code(slot, code, rule).await? == Tried::Wrong {
            return Ok(false);
        }
        let claim = change(slot, code, ("SET #claimed = :yes", "attribute_not_exists(#claimed)"));
        match self.update(&claim.with(":yes", true_value()), Gives::After).await? {
            Updated::Done(_) => Ok(true),
            Updated::Refused(kept) => {
                if kept.as_ref().is_some_and(|kept: &Item| kept.contains_key("claimed")) {
                    self.uncount(slot, code).await?;
                }
                Ok(false)
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Tried {
    Right,
    Wrong,
}

#[async_trait]
impl Codes for DynamoDb {
    async fn issue(
        &self,
        slot: &CodeSlot,
        code: CodeHash,
        mails: &[Window],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool> {
        self.unit(|| self.issue_code(slot, code, mails, (now, expires_at))).await
    }

    async fn withdraw(&self, slot: &CodeSlot, issued_at: Timestamp) -> Result<()> {
        self.unit(|| self.withdraw_code(slot, issued_at)).await
    }

    async fn verify(&self, slot: &CodeSlot, code: CodeHash, tries: u32, now: Timestamp) -> Result<bool> {
        let tried = self.unit(|| self.try_code(slot, code, (tries, now))).await?;
        Ok(tried == Tried::Right)
    }

    async fn claim(&self, slot: &CodeSlot, code: CodeHash, tries: u32, now: Timestamp) -> Result<bool> {
        self.unit(|| self.claim_code(slot, code, (tries, now))).await
    }

    async fn release(&self, slot: &CodeSlot, code: CodeHash) -> Result<()> {
        let release = ("ADD #tries :back REMOVE #claimed", "attribute_exists(#claimed)");
        let release = change(slot, code, release).with(":back", n(-1));
        self.unit(|| async { self.update(&release, Gives::After).await.map(drop) }).await
    }

    async fn spend(&self, slot: &CodeSlot, code: CodeHash) -> Result<()> {
        let spend = Write::delete(code_key(slot)).when("#code = :code").with(":code", b(&code.0));
        self.unit(|| async { self.transact(std::slice::from_ref(&spend)).await.map(drop) }).await
    }
}
