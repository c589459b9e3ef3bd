use models::{Order, UserId};
use ports::{AccountGone, Result};

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::counts::{self, Counts, IS_THERE};
use crate::failure::Answer;
use crate::item::{Item, Key, n, s, stored_picture, text, true_value};
use crate::lookup::{Lookup, Range};
use crate::people::{email_lock, give_back, has_nothing, username_lock};
use crate::records::user_key;
use crate::sessions::{AT_ONCE, ids_but, session_key};
use crate::tables::{BY_USER, Table};
use crate::write::Write;

/// So many entries in one step: of ten titles at the most, few enough for one transaction and for few to meet others
/// at a title.
const BATCH: usize = 10;

impl DynamoDb {
    /// Removes an account, its head last. What it is marked with first keeps anything new from hanging on it: whatever
    /// interrupts this, it can be repeated.
    pub(super) async fn delete_account(
        &self,
        id: UserId,
        password_hash: &str,
    ) -> Result<Option<AccountGone>> {
        if !self.unit(|| self.begin_to_go(id, password_hash)).await? {
            return Ok(None);
        }
        loop {
            for kind in ["walk", "review", "change"] {
                while self.unit(|| self.remove_some(id, kind)).await? {}
            }
            let gone = self.unit(|| self.remove_head(id)).await?;
            if gone.is_some() {
                return Ok(gone);
            }
        }
    }

    async fn begin_to_go(&self, id: UserId, password_hash: &str) -> Answer<bool> {
        let mark = Write::update(user_key(id), "SET #going = :yes").when("#password_hash = :hash");
        let mark = mark.with(":hash", s(password_hash)).with(":yes", true_value());
        Ok(matches!(self.update(&mark, Gives::After).await?, Updated::Done(_)))
    }

    /// Removes some of what hangs on the person; `true` where there may be more.
    async fn remove_some(&self, id: UserId, kind: &str) -> Answer<bool> {
        let range = (Range::after("", Order::Asc, None), Order::Asc);
        let all = Lookup::of_index(Table::Entries, &BY_USER, format!("{kind}#{id}"), range);
        let (found, more) = self.first(&all, BATCH).await?;
        // The index may lag behind: what it shows is looked up.
        let keys = found.iter().map(|item| Key::of_item(Table::Entries, item));
        let keys = keys.collect::<std::result::Result<Vec<_>, _>>()?;
        let entries: Vec<Item> = self.get_all(&keys, true).await?.into_values().collect();
        let entries: Vec<Item> = entries.into_iter().filter(|item| item.contains_key("user")).collect();
        if entries.is_empty() {
            return Ok(more);
        }
        if kind == "change" {
            self.forget_author(id, &entries).await?;
        } else {
            self.remove_entries(&entries).await?;
        }
        Ok(more)
    }

    /// A title's history stays, without the name.
    async fn forget_author(&self, id: UserId, changes: &[Item]) -> Answer<()> {
        let forget = |item| {
            let write =
                Write::update(Key::of_item(Table::Entries, item)?, "REMOVE #user, #of_user, #user_order");
            Ok(write.when("attribute_exists(#user)"))
        };
        let mut writes = changes.iter().map(forget).collect::<Answer<Vec<_>>>()?;
        let by = Counts::change(-i64::try_from(changes.len()).unwrap_or_default());
        writes.push(counts::of_user(id, by, IS_THERE));
        self.transact(&writes).await?.or_overtaken()
    }

    /// The tokens, then the person with their locks and sessions; `None` where something still hangs on them. While the
    /// person is there, so is the session by which the deletion can be repeated.
    async fn remove_head(&self, id: UserId) -> Answer<Option<AccountGone>> {
        let Some(person) = self.get(&user_key(id)).await? else { return Ok(Some(AccountGone::default())) };
        if !has_nothing(counts::read(&person)?) {
            // The index does not show it yet.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            return Ok(None);
        }
        let sessions = ids_but(&person, None)?;
        if sessions.len() > AT_ONCE {
            // More than a person can have: those that could not be swept up when they ended.
            self.end_sessions(id, &sessions[AT_ONCE..]).await?;
        }
        let sessions = &sessions[..sessions.len().min(AT_ONCE)];
        for session in sessions {
            self.remove_tokens(*session).await?;
        }
        let opened = person.get("opened").cloned().unwrap_or_else(|| n(0));
        let same = "#opened = :opened AND #email_key = :email AND #username_key = :username";
        let (email, username) = (text(&person, "email_key")?, text(&person, "username_key")?);
        let head = Write::delete(user_key(id)).when(same).with(":opened", opened);
        let head = head.with(":email", s(email)).with(":username", s(username));
        let locks = [give_back(email_lock(email), id), give_back(username_lock(username), id)];
        let sessions = sessions.iter().map(|session| Write::delete(session_key(*session)));
        let writes: Vec<_> = std::iter::once(head).chain(locks).chain(sessions).collect();
        self.transact(&writes).await?.or_overtaken()?;
        Ok(Some(AccountGone { avatar: stored_picture(&person, "avatar")? }))
    }
}
