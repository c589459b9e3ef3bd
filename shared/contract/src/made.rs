//! Valid records, made quickly; what a test does not care about is of chance.

use jiff::Timestamp;
use models::{
    Description, Email, Name, Picture, Rating, ReleaseYear, Review, ReviewId, ReviewText, Role, SessionId,
    Title, TitleFields, TitleId, TitleType, UserId, Username, Walk, WalkId, WalkState,
};
use ports::{NewSession, NewUser, TokenHash};

use crate::chance::{after, digest, id};

const DAY: i64 = 86_400;

/// The last letters of a new id: a word that nobody had before.
#[must_use]
pub fn some_word() -> String {
    let id = id().simple().to_string();
    id[id.len() - 16..].to_owned()
}

/// A name that no title had before.
#[must_use]
pub fn some_name() -> String {
    format!("Title {}", some_word())
}

/// Somebody who is not there.
#[must_use]
pub fn nobody() -> UserId {
    UserId::new(id())
}

/// An address that nobody had before.
#[must_use]
pub fn email() -> Email {
    email_of(&format!("Anna.{}", some_word()))
}

/// The address with this local part.
#[must_use]
pub fn email_of(local: &str) -> Email {
    Email::try_from(format!("{local}@Example.org")).expect("an address")
}

/// This username.
#[must_use]
pub fn username(name: &str) -> Username {
    Username::try_from(name.to_owned()).expect("a username")
}

/// A person about to register.
#[must_use]
pub fn user(now: Timestamp) -> NewUser {
    NewUser {
        id: UserId::new(id()),
        email: email(),
        username: username(&format!("anna_{}", some_word())),
        password_hash: format!("$argon2id$hash of {}", some_word()),
        role: Role::User,
        now,
    }
}

/// A session that idles for 14 days and lives for 30.
#[must_use]
pub fn session(now: Timestamp) -> NewSession {
    NewSession {
        id: SessionId::new(id()),
        user_agent: "Браузер/1.0 (X11; \"Linux\")".to_owned(),
        ip: "2001:db8::7".to_owned(),
        refresh: token(),
        now,
        idle_until: after(now, 14 * DAY),
        expires_at: after(now, 30 * DAY),
    }
}

/// The hash of a token that nobody had before.
#[must_use]
pub fn token() -> TokenHash {
    TokenHash(digest())
}

/// A name of a title.
#[must_use]
pub fn name(name: &str) -> Name {
    Name::try_from(name.to_owned()).expect("a name")
}

/// A year of release.
#[must_use]
pub fn year(year: i64) -> ReleaseYear {
    ReleaseYear::try_from(year).expect("a year")
}

/// A title without reviews and walks.
#[must_use]
pub fn title(called: &str, kind: TitleType, released: i64) -> Title {
    let now = crate::chance::now();
    Title {
        id: TitleId::new(id()),
        fields: TitleFields {
            name: name(called),
            description: description("Сталкер идёт.\n\tТретий — лишний 🦊"),
            kind,
            release_year: year(released),
        },
        cover: None,
        rating: None,
        reviews_count: 0,
        walks_count: 0,
        created_at: now,
        updated_at: now,
    }
}

/// A title's description.
#[must_use]
pub fn description(text: &str) -> Description {
    Description::try_from(text.to_owned()).expect("a description")
}

/// A picture that was never stored.
#[must_use]
pub fn picture(folder: &str) -> Picture {
    Picture { key: format!("{folder}/{}", some_word()), widths: vec![160, 640] }
}

/// A walk.
#[must_use]
pub fn walk(title_id: TitleId, user_id: UserId, state: WalkState, now: Timestamp) -> Walk {
    Walk { id: WalkId::new(id()), title_id, user_id, state, created_at: now, updated_at: now }
}

/// A mark.
#[must_use]
pub fn rating(mark: i64) -> Rating {
    Rating::try_from(mark).expect("a mark")
}

/// A review's words.
#[must_use]
pub fn text(text: &str) -> ReviewText {
    ReviewText::try_from(text.to_owned()).expect("a text")
}

/// A review.
#[must_use]
pub fn review(title_id: TitleId, user_id: UserId, mark: i64, now: Timestamp) -> Review {
    Review {
        id: ReviewId::new(id()),
        title_id,
        user_id,
        rating: rating(mark),
        text: text("Смотреть.\nДважды — \"да\" 🎬"),
        created_at: now,
        updated_at: now,
    }
}
