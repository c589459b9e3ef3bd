use std::time::Duration;

use models::{SessionId, UserId};
use tokio::time::timeout;

use super::{session_ids, session_key, token_key};
use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, s, text, texts};
use crate::lookup::{Lookup, Range};
use crate::records::user_key;
use crate::tables::Table;
use crate::write::Write;

/// As many sessions as one transaction ends.
pub(crate) const AT_ONCE: usize = 50;

/// What sweeping up may take: somebody waits for an answer, or the mail that tells of a reused token does.
const SWEEP: Duration = Duration::from_secs(3);

/// The sessions that a person's item names, but this one. They may be dead already.
pub(crate) fn ids_but(person: &Item, keep: Option<SessionId>) -> Answer<Vec<SessionId>> {
    let ids = texts(person, "sessions").iter().map(|id| id.parse());
    let ids =
        ids.collect::<Result<Vec<SessionId>, _>>().map_err(|_| Failure::Stored("sessions".to_owned()))?;
    Ok(ids.into_iter().filter(|id| Some(*id) != keep).collect())
}

impl DynamoDb {
    /// Ends a session of this person.
    pub(super) async fn end_session(&self, user: UserId, session: SessionId) -> Answer<bool> {
        let end =
            Write::delete(session_key(session)).when("#user = :user").with(":user", s(user.to_string()));
        let committed = self.transact(&[end]).await?;
        if committed.refused(0) {
            return Ok(false);
        }
        self.tidy(user, &[session]).await;
        Ok(true)
    }

    /// Ends all sessions of this person but one.
    pub(super) async fn end_all_but(&self, user: UserId, keep: SessionId) -> Answer<()> {
        let Some(person) = self.get(&user_key(user)).await? else { return Ok(()) };
        let ended = ids_but(&person, Some(keep))?;
        for ids in ended.chunks(AT_ONCE) {
            let writes: Vec<_> = ids.iter().map(|id| Write::delete(session_key(*id))).collect();
            self.transact(&writes).await?.or_overtaken()?;
        }
        self.tidy(user, &ended).await;
        Ok(())
    }

    /// Sweeps up after sessions that ended. They are over whether or not this succeeds: what is left goes at its time
    /// to live, or with the next session that is opened, or with the account.
    pub(crate) async fn tidy(&self, user: UserId, ended: &[SessionId]) {
        if ended.is_empty() {
            return;
        }
        let sweeping = timeout(SWEEP, self.end_sessions(user, ended)).await;
        if let Err(failure) = sweeping.unwrap_or(Err(Failure::TooLong)) {
            tracing::warn!(event = "sessions_left", %failure, "tokens of ended sessions are left");
        }
    }

    /// Removes sessions with all their tokens, then their names from the person's item.
    pub(crate) async fn end_sessions(&self, user: UserId, ids: &[SessionId]) -> Answer<()> {
        for id in ids {
            self.remove_session(*id).await?;
        }
        if ids.is_empty() {
            return Ok(());
        }
        let forget = Write::update(user_key(user), "DELETE #sessions :ids").when("attribute_exists(#id)");
        let forget = forget.with(":ids", session_ids(ids.iter().copied()));
        match self.update(&forget, Gives::After).await? {
            // Without the person nobody names them any more.
            Updated::Done(_) | Updated::Refused(_) => Ok(()),
        }
    }

    /// The head goes first: from then on no token can be added.
    async fn remove_session(&self, id: SessionId) -> Answer<()> {
        self.remove_all([session_key(id)]).await?;
        self.remove_tokens(id).await
    }

    /// Removes a session's tokens.
    pub(crate) async fn remove_tokens(&self, id: SessionId) -> Answer<()> {
        let range = Range::BeginsWith("token#".to_owned());
        let tokens = Lookup::of_table(Table::Sessions, format!("session#{id}"), range, true);
        let (words, _) = self.first(&tokens, usize::MAX).await?;
        let mut keys = Vec::new();
        for word in words {
            let digest = text(&word, "part")?.trim_start_matches("token#");
            // The token first: its word is how it is found again.
            keys.extend([token_key(digest), Key::of_item(Table::Sessions, &word)?]);
        }
        self.remove_all(keys).await
    }
}
