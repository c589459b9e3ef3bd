//! What the items of people are made of.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use models::{About, Link, Links, Role, Stats, User, UserId, Username};
use ports::{Credentials, NewUser};

use crate::counts::Counts;
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, instant, model, n, s, stored, stored_picture, text, time, word};
use crate::records::{user_key, user_of};
use crate::tables::Table;
use crate::write::Write;

/// The lock of an address.
pub(crate) fn email_lock(key: &str) -> Key {
    Key::of(Table::Users, format!("email#{key}"))
}

/// Where nobody is, for an address that nobody has: no person's id has an `@`. Each address has its own, or questions
/// after unknown ones would all go to one partition and could wear it out.
pub(crate) fn nobody_key(email_key: &str) -> Key {
    Key::of(Table::Users, format!("user#{email_key}"))
}

/// The lock of a name.
pub(crate) fn username_lock(key: &str) -> Key {
    Key::of(Table::Users, format!("username#{key}"))
}

/// Takes a lock for somebody, unless it is taken.
pub(crate) fn take(lock: &Key, user: UserId) -> Write {
    Write::put(Table::Users, lock.item([("user", s(user.to_string()))])).new_only()
}

/// Gives a lock back that is somebody's.
pub(crate) fn give_back(lock: Key, user: UserId) -> Write {
    Write::delete(lock).when("#user = :user").with(":user", s(user.to_string()))
}

/// Whether what was found under a lock is this person's.
pub(crate) fn is_theirs(lock: &Item, user: UserId) -> Answer<bool> {
    Ok(user_of(lock)? == user)
}

pub(crate) fn user_item(new: &NewUser) -> Item {
    user_key(new.id).item([
        ("user", s(new.id.to_string())),
        ("email", s(new.email.shown())),
        ("email_key", s(new.email.key())),
        ("username", s(new.username.as_str())),
        ("username_key", s(new.username.key())),
        ("password_hash", s(&new.password_hash)),
        ("role", n(new.role.number())),
        ("about", s("")),
        ("links", AttributeValue::L(Vec::new())),
        ("joined_at", instant(new.now)),
        ("last_auth_at", instant(new.now)),
        ("opened", n(0)),
    ])
}

pub(crate) fn credentials(item: &Item) -> Answer<Credentials> {
    Ok(Credentials {
        user_id: user_of(item)?,
        email: model(item, "email")?,
        password_hash: text(item, "password_hash")?.to_owned(),
    })
}

/// The links as an attribute.
pub(crate) fn links(links: &Links) -> AttributeValue {
    let link = |link: &Link| {
        AttributeValue::M(HashMap::from([
            ("label".to_owned(), s(link.label.as_str())),
            ("url".to_owned(), s(link.url.as_str())),
        ]))
    };
    AttributeValue::L(links.as_slice().iter().map(link).collect())
}

fn stored_links(item: &Item) -> Option<Links> {
    let text = |map: &HashMap<String, AttributeValue>, name| Some(map.get(name)?.as_s().ok()?.clone());
    let link = |value: &AttributeValue| {
        let map = value.as_m().ok()?;
        Some(Link { label: text(map, "label")?.try_into().ok()?, url: text(map, "url")?.try_into().ok()? })
    };
    let links = item.get("links")?.as_l().ok()?.iter().map(link).collect::<Option<Vec<_>>>()?;
    links.try_into().ok()
}

pub(crate) fn role(item: &Item) -> Answer<Role> {
    word(item, "role", Role::from_number)
}

/// A person, with these numbers.
pub(crate) fn user(item: &Item, stats: Stats) -> Answer<User> {
    Ok(User {
        id: user_of(item)?,
        username: stored(item, "username", Username::from_stored)?,
        avatar: stored_picture(item, "avatar")?,
        about: stored(item, "about", About::from_stored)?,
        links: stored_links(item).ok_or_else(|| Failure::Stored("links".to_owned()))?,
        joined_at: time(item, "joined_at")?,
        stats,
        email: model(item, "email")?,
        last_auth_at: time(item, "last_auth_at")?,
        role: role(item)?,
    })
}

/// Whether nothing hangs on a person any more.
pub(crate) fn has_nothing(counts: Counts) -> bool {
    counts.walks == 0 && counts.reviews == 0 && counts.changes == 0
}
