use auth::Hasher;
use jiff::{SignedDuration, Timestamp};
use models::{About, Email, Link, LinkLabel, LinkUrl, Links, Password, Role, SessionId, UserId, Username};
use ports::{Clock, Conflict, Error, NewSession, NewUser, ProfilePatch, TokenHash, Users};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// The password of every person of the demonstration.
pub(crate) const PASSWORD: &str = "quiet-kettle-waits-for-spring";

#[derive(Deserialize)]
struct Person {
    username: String,
    about: String,
    links: Vec<PersonLink>,
}

#[derive(Deserialize)]
struct PersonLink {
    label: String,
    url: String,
}

/// A UUIDv7 of an instant: ordering by id is ordering by creation, also for data that is made up.
pub(crate) fn id_at(instant: Timestamp, clock: &dyn Clock) -> Uuid {
    let mut random = [0; 10];
    clock.fill(&mut random);
    let millis = u64::try_from(instant.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The address of the person with this number; the first is a moderator.
pub(crate) fn address(number: usize) -> String {
    match number {
        0 => "moderator@prohod.example".to_owned(),
        1 => "demo@prohod.example".to_owned(),
        _ => format!("person{number}@prohod.example"),
    }
}

/// The hash of their password.
pub(crate) async fn hash(hasher: &Hasher, clock: &Arc<dyn Clock>) -> anyhow::Result<String> {
    Ok(hasher.hash(&Password::try_from(PASSWORD.to_owned())?, clock).await?)
}

/// Registers everybody, one hash for all, over the year before `now`.
pub(crate) async fn register(
    users: &dyn Users,
    hasher: &Hasher,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Vec<UserId>> {
    let people: Vec<Person> = serde_json::from_str(include_str!("../demo/people.json"))?;
    let hash = hash(hasher, clock).await?;
    let mut ids = Vec::new();
    for (number, person) in people.into_iter().enumerate() {
        let days = i64::try_from(360 - number.min(300))?;
        let joined = clock.now() - SignedDuration::from_hours(days * 24);
        ids.extend(one(users, clock, number, person, &hash, joined).await?);
    }
    Ok(ids)
}

async fn one(
    users: &dyn Users,
    clock: &Arc<dyn Clock>,
    number: usize,
    person: Person,
    hash: &str,
    joined: Timestamp,
) -> anyhow::Result<Option<UserId>> {
    let id = UserId::new(id_at(joined, &**clock));
    let new = NewUser {
        id,
        email: Email::try_from(address(number))?,
        username: Username::try_from(person.username)?,
        password_hash: hash.to_owned(),
        role: if number == 0 { Role::Moderator } else { Role::User },
        now: joined,
    };
    match users.register(new, ended_session(joined, &**clock)).await {
        // Somebody took the address or the name before: theirs it stays.
        Err(Error::Conflict(Conflict::EmailTaken | Conflict::UsernameTaken)) => return Ok(None),
        other => other?,
    }
    let links = person
        .links
        .into_iter()
        .map(|link| Ok(Link { label: LinkLabel::try_from(link.label)?, url: LinkUrl::try_from(link.url)? }));
    let patch = ProfilePatch {
        username: None,
        about: Some(About::try_from(person.about)?),
        links: Some(Links::try_from(links.collect::<anyhow::Result<Vec<_>>>()?)?),
    };
    users.change_profile(id, patch).await?;
    Ok(Some(id))
}

/// Registering opens a session; this one has no token that anybody knows, and is over.
pub(crate) fn ended_session(at: Timestamp, clock: &dyn Clock) -> NewSession {
    let mut nobody = [0; 32];
    clock.fill(&mut nobody);
    NewSession {
        id: SessionId::new(id_at(at, clock)),
        user_agent: String::new(),
        ip: "127.0.0.1".to_owned(),
        refresh: TokenHash(nobody),
        now: at,
        idle_until: at,
        expires_at: at,
    }
}
