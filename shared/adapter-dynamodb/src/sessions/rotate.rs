use models::SessionId;
use ports::{Rotated, Rotation, SessionIds};

use super::{is_reused, lives, new_token, session, session_key, token_key};
use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::counts::IS_THERE;
use crate::failure::{Answer, Failure};
use crate::item::{Item, b, bytes, hex, instant, model, optional_time, s, text, time, true_value, uuid};
use crate::records::{user_key, user_of};
use crate::write::Write;

impl DynamoDb {
    /// Of any number of refreshes with one token the first finds it unspent; the others meet its mark.
    pub(super) async fn rotate_token(&self, rotation: &Rotation) -> Answer<Rotated> {
        let presented = hex(&rotation.presented.0);
        let Some(token) = self.get(&token_key(&presented)).await? else { return Ok(Rotated::Unknown) };
        let ids =
            SessionIds { session_id: SessionId::new(uuid(&token, "session")?), user_id: user_of(&token)? };
        let Some(head) = self.get(&session_key(ids.session_id)).await? else { return Ok(Rotated::Unknown) };
        if is_reused(&head) {
            return self.reused(ids).await;
        }
        if !lives(&head, rotation.now)? {
            return Ok(Rotated::Unknown);
        }
        if token.contains_key("spent_at") {
            return self.not_first(rotation, ids, &token).await;
        }
        let previous = head.contains_key("previous").then(|| text(&head, "previous")).transpose()?;
        if previous == Some(presented.as_str()) {
            // Spent between the two looks.
            return Err(Failure::Overtaken);
        }
        let mut writes = vec![
            Write::update(
                token_key(&presented),
                "SET #spent_at = :now, #successor = :successor, #sealed = :sealed",
            )
            .when("attribute_exists(#id) AND attribute_not_exists(#spent_at)")
            .with(":now", instant(rotation.now))
            .with(":successor", s(hex(&rotation.successor.0)))
            .with(":sealed", b(&rotation.sealed)),
            use_session(ids.session_id, rotation, &head, &presented)?,
        ];
        writes.extend(new_token(ids.session_id, ids.user_id, rotation.successor, time(&head, "expires_at")?));
        // The one spent before this one needs no seal any more: its successor is spent.
        if let Some(previous) = previous {
            let unseal = Write::update(token_key(previous), "REMOVE #sealed").when("attribute_exists(#id)");
            writes.push(unseal);
        }
        self.transact(&writes).await?.or_overtaken().map(|()| Rotated::New(ids))
    }

    /// What comes of a token that is spent.
    async fn not_first(&self, rotation: &Rotation, ids: SessionIds, token: &Item) -> Answer<Rotated> {
        let Some(spent_at) = optional_time(token, "spent_at")? else { return Err(Failure::Overtaken) };
        let successor: String = model(token, "successor")?;
        if successor == hex(&rotation.successor.0) {
            // This very refresh was done at another try.
            return Ok(Rotated::New(ids));
        }
        if let Some(sealed) = bytes(token, "sealed")
            && spent_at > rotation.grace_since
        {
            let next = self.get(&token_key(&successor)).await?;
            if next.is_some_and(|next| !next.contains_key("spent_at")) {
                return Ok(Rotated::Again { ids, sealed: sealed.to_vec(), spent_at });
            }
        }
        self.reused(ids).await
    }

    /// Ends the session by a mark and tells what it was. A session that is marked already is told of once more: who
    /// marked it may have got no answer, or been stopped before anybody heard. So the mark is set without asking
    /// whether it is there, which also makes it safe to repeat. Once the head is gone there is nothing to tell.
    async fn reused(&self, ids: SessionIds) -> Answer<Rotated> {
        let Some(person) = self.get(&user_key(ids.user_id)).await? else { return Ok(Rotated::Unknown) };
        let mark = Write::update(session_key(ids.session_id), "SET #reused = :yes").when(IS_THERE);
        let mark = mark.with(":yes", true_value());
        let Updated::Done(head) = self.update(&mark, Gives::Before).await? else {
            return Ok(Rotated::Unknown);
        };
        Ok(Rotated::Reused { ids, email: model(&person, "email")?, session: session(&head)? })
    }
}

/// Moves a session's idle end, on condition that it lives and nobody moved it meanwhile.
fn use_session(id: SessionId, rotation: &Rotation, head: &Item, presented: &str) -> Answer<Write> {
    let idle_until = rotation.idle_until.min(time(head, "expires_at")?);
    let set = "SET #last_used_at = :now, #idle_until = :idle_until, #previous = :previous";
    Ok(Write::update(session_key(id), set)
        .when("#idle_until > :now AND #expires_at > :now AND attribute_not_exists(#reused)")
        .with(":now", instant(rotation.now))
        .with(":idle_until", instant(idle_until))
        .with(":previous", s(presented)))
}
