mod deletion;
mod stats;

use async_trait::async_trait;
use models::{Email, Picture, Role, SessionId, User, UserId};
use ports::{
    AccountGone, AvatarSet, Conflict, Credentials, EndSessions, NewSession, NewUser, ProfilePatch, Result,
    Users,
};

use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::counts::IS_THERE;
use crate::failure::Answer;
use crate::item::{Item, n, picture, s, stored_picture, text};
use crate::people::{
    credentials, email_lock, give_back, is_theirs, links, nobody_key, take, user, user_item, username_lock,
};
use crate::records::{user_key, user_of};
use crate::sessions::{first_session, session_ids};
use crate::tables::Table;
use crate::write::Write;

impl DynamoDb {
    async fn register(&self, new: &NewUser, session: &NewSession) -> Answer<()> {
        let mut person = user_item(new);
        person.insert("sessions".to_owned(), session_ids([session.id]));
        let mut writes = vec![
            Write::put(Table::Users, person).new_only(),
            take(&email_lock(&new.email.key()), new.id),
            take(&username_lock(&new.username.key()), new.id),
        ];
        writes.extend(first_session(new.id, new.role, session));
        let committed = self.transact(&writes).await?;
        match (committed.found(1), committed.found(2)) {
            // Done at another try.
            (Some(lock), _) if is_theirs(lock, new.id)? => Ok(()),
            (Some(_), _) => Err(Conflict::EmailTaken.into()),
            (None, Some(_)) => Err(Conflict::UsernameTaken.into()),
            (None, None) => committed.or_overtaken(),
        }
    }

    /// Reads twice whether or not somebody has the address, so that the time and the units tell nothing (ENUM-1).
    pub(crate) async fn by_email(&self, key: &str) -> Answer<Option<Item>> {
        let person = match self.get(&email_lock(key)).await? {
            Some(lock) => user_key(user_of(&lock)?),
            None => nobody_key(key),
        };
        self.get(&person).await
    }

    /// Changes an account whose password is still the one that was seen, and ends these sessions in the same step.
    async fn change_account(
        &self,
        seen: &Item,
        (set, more): (Write, Vec<Write>),
        ended: &[SessionId],
    ) -> Answer<crate::calls::Committed> {
        let same = "#password_hash = :seen AND #opened = :opened";
        let set = set.when(same).with(":seen", s(text(seen, "password_hash")?));
        let set = set.with(":opened", seen.get("opened").cloned().unwrap_or_else(|| n(0)));
        let mut writes = vec![set];
        writes.extend(more);
        writes.extend(ended.iter().map(|id| Write::delete(crate::sessions::session_key(*id))));
        self.transact(&writes).await
    }

    async fn set_password(
        &self,
        id: UserId,
        hashes: (&str, &str),
        end: EndSessions,
    ) -> Answer<Option<Vec<SessionId>>> {
        let Some(person) = self.get(&user_key(id)).await? else { return Ok(None) };
        if text(&person, "password_hash")? != hashes.0 {
            return Ok(None);
        }
        let ended = match end {
            EndSessions::None => Vec::new(),
            EndSessions::AllBut(keep) => crate::sessions::ids_but(&person, Some(keep))?,
            EndSessions::All => crate::sessions::ids_but(&person, None)?,
        };
        let set = Write::update(user_key(id), "SET #password_hash = :hash").with(":hash", s(hashes.1));
        self.change_account(&person, (set, Vec::new()), &ended).await?.or_overtaken()?;
        Ok(Some(ended))
    }

    async fn set_email(
        &self,
        id: UserId,
        password_hash: &str,
        email: &Email,
        keep: SessionId,
    ) -> Answer<Option<Vec<SessionId>>> {
        let Some(person) = self.get(&user_key(id)).await? else { return Ok(None) };
        if text(&person, "password_hash")? != password_hash {
            return Ok(None);
        }
        let ended = crate::sessions::ids_but(&person, Some(keep))?;
        let (old, new) = (text(&person, "email_key")?, email.key());
        let set = Write::update(user_key(id), "SET #email = :email, #email_key = :key");
        let set = set.with(":email", s(email.shown())).with(":key", s(&new));
        let locks = if old == new {
            Vec::new()
        } else {
            vec![take(&email_lock(&new), id), give_back(email_lock(old), id)]
        };
        let moves = !locks.is_empty();
        let committed = self.change_account(&person, (set, locks), &ended).await?;
        if moves && committed.refused(1) && !committed.refused(0) {
            return Err(Conflict::EmailTaken.into());
        }
        committed.or_overtaken()?;
        Ok(Some(ended))
    }

    async fn change_profile(&self, id: UserId, patch: &ProfilePatch) -> Answer<Option<User>> {
        let (mut set, mut values) = (Vec::new(), Vec::new());
        let mut change = |name: &str, value| {
            set.push(format!("#{name} = :{name}"));
            values.push((format!(":{name}"), value));
        };
        if let Some(username) = &patch.username {
            change("username", s(username.as_str()));
            change("username_key", s(username.key()));
        }
        if let Some(about) = &patch.about {
            change("about", s(about.as_str()));
        }
        if let Some(new) = &patch.links {
            change("links", links(new));
        }
        if set.is_empty() {
            return self.person(id).await;
        }
        let write = Write::update(user_key(id), format!("SET {}", set.join(", ")));
        let write = values.into_iter().fold(write, |write, (name, value)| write.with(&name, value));
        match &patch.username {
            Some(username) => self.rename(id, &username.key(), write).await,
            None => match self.update(&write.when(IS_THERE), Gives::After).await? {
                Updated::Done(item) => self.with_stats(&item).await.map(Some),
                Updated::Refused(_) => Ok(None),
            },
        }
    }

    /// Changes a profile together with the locks of its name.
    async fn rename(&self, id: UserId, new: &str, write: Write) -> Answer<Option<User>> {
        let Some(person) = self.get(&user_key(id)).await? else { return Ok(None) };
        let old = text(&person, "username_key")?;
        let mut writes = vec![write.when("#username_key = :old").with(":old", s(old))];
        if old != new {
            writes.extend([take(&username_lock(new), id), give_back(username_lock(old), id)]);
        }
        let committed = self.transact(&writes).await?;
        if committed.refused(1) && !committed.refused(0) {
            return Err(Conflict::UsernameTaken.into());
        }
        committed.or_overtaken()?;
        self.person(id).await
    }

    async fn set_avatar(&self, id: UserId, avatar: Option<&Picture>) -> Answer<Option<AvatarSet>> {
        let write = match avatar {
            Some(new) => Write::update(user_key(id), "SET #avatar = :avatar").with(":avatar", picture(new)),
            None => Write::update(user_key(id), "REMOVE #avatar"),
        };
        let Updated::Done(mut item) = self.update(&write.when(IS_THERE), Gives::Before).await? else {
            return Ok(None);
        };
        // Set twice, a picture does not take its own place: its objects are still pointed at.
        let replaced = stored_picture(&item, "avatar")?.filter(|old| Some(old) != avatar);
        item.remove("avatar");
        item.extend(avatar.map(|new| ("avatar".to_owned(), picture(new))));
        Ok(Some(AvatarSet { user: self.with_stats(&item).await?, replaced }))
    }

    async fn person(&self, id: UserId) -> Answer<Option<User>> {
        match self.get(&user_key(id)).await? {
            Some(item) => self.with_stats(&item).await.map(Some),
            None => Ok(None),
        }
    }

    async fn with_stats(&self, item: &Item) -> Answer<User> {
        user(item, self.stats(item).await?)
    }

    /// The role is also in the sessions, where each request reads it.
    async fn set_role(&self, key: &str, role: Role) -> Answer<bool> {
        let Some(person) = self.by_email(key).await? else { return Ok(false) };
        let sessions = self.live_ids(&person).await?;
        let set = |write: Write| write.with(":role", n(role.number()));
        let opened = person.get("opened").cloned().unwrap_or_else(|| n(0));
        let write = Write::update(user_key(user_of(&person)?), "SET #role = :role").when("#opened = :opened");
        let mut writes = vec![set(write.with(":opened", opened))];
        for id in sessions {
            let session = Write::update(crate::sessions::session_key(id), "SET #role = :role").when(IS_THERE);
            writes.push(set(session));
        }
        self.transact(&writes).await?.or_overtaken().map(|()| true)
    }
}

#[async_trait]
impl Users for DynamoDb {
    async fn register(&self, user: NewUser, session: NewSession) -> Result<()> {
        self.unit(|| self.register(&user, &session)).await
    }

    async fn credentials_by_email(&self, key: &str) -> Result<Option<Credentials>> {
        self.unit(|| async { self.by_email(key).await?.as_ref().map(credentials).transpose() }).await
    }

    async fn credentials(&self, id: UserId) -> Result<Option<Credentials>> {
        self.unit(|| async { self.get(&user_key(id)).await?.as_ref().map(credentials).transpose() }).await
    }

    async fn set_password(
        &self,
        id: UserId,
        old_hash: &str,
        new_hash: &str,
        end: EndSessions,
    ) -> Result<bool> {
        let ended = self.unit(|| self.set_password(id, (old_hash, new_hash), end)).await?;
        self.tidy(id, ended.as_deref().unwrap_or_default()).await;
        Ok(ended.is_some())
    }

    async fn set_email(
        &self,
        id: UserId,
        password_hash: &str,
        email: &Email,
        keep: SessionId,
    ) -> Result<bool> {
        let ended = self.unit(|| self.set_email(id, password_hash, email, keep)).await?;
        self.tidy(id, ended.as_deref().unwrap_or_default()).await;
        Ok(ended.is_some())
    }

    async fn find(&self, id: UserId) -> Result<Option<User>> {
        self.unit(|| self.person(id)).await
    }

    async fn change_profile(&self, id: UserId, patch: ProfilePatch) -> Result<Option<User>> {
        self.unit(|| self.change_profile(id, &patch)).await
    }

    async fn set_avatar(&self, id: UserId, avatar: Option<Picture>) -> Result<Option<AvatarSet>> {
        self.unit(|| self.set_avatar(id, avatar.as_ref())).await
    }

    async fn delete(&self, id: UserId, password_hash: &str) -> Result<Option<AccountGone>> {
        self.delete_account(id, password_hash).await
    }

    async fn set_role(&self, key: &str, role: Role) -> Result<bool> {
        self.unit(|| self.set_role(key, role)).await
    }
}
