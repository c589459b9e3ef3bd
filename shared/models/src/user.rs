use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;

use crate::text::text;
use crate::title::words_enum;
use crate::{Average, Email, Format, Picture, Refusal, TitleType, UserId, Username, WalkState};

words_enum! {
    /// What a person may do beyond their own records.
    Role {
        /// Nothing more.
        User = 1, "user";
        /// May delete a title that is in use.
        Moderator = 2, "moderator";
    }
}

text! {
    /// What a person says of themselves: up to 2,000 characters.
    About, 0..=2_000, lines: true
}

text! {
    /// A link's label: one line of 1 to 50 characters.
    LinkLabel, 1..=50, lines: false
}

/// An https address without user info, up to 500 characters, kept as it was given.
#[derive(Debug, Clone, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, format = "uri", max_length = 500, pattern = "^https://", example = "https://example.org/anna")]
pub struct LinkUrl(String);

impl LinkUrl {
    const MAX: usize = 500;

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LinkUrl {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        if text.chars().any(crate::text::is_invisible) {
            return Err(Refusal::ForbiddenCharacter);
        }
        if text.chars().nth(Self::MAX).is_some() {
            return Err(Refusal::TooLong { max: Self::MAX });
        }
        let bad = Refusal::InvalidFormat(Format::HttpsUrl);
        let url = Url::parse(&text).map_err(|_| bad)?;
        let plain =
            url.username().is_empty() && url.password().is_none() && !text.contains(char::is_whitespace);
        // The parser also takes `https:host` and `https:\\host`, which other programs read as something else.
        let spelled_out =
            text.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("https://")) && !text.contains('\\');
        if url.scheme() == "https" && plain && spelled_out && url.has_host() {
            Ok(Self(text))
        } else {
            Err(bad)
        }
    }
}

/// A link on a person's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is called.
    pub label: LinkLabel,
    /// Where it leads.
    pub url: LinkUrl,
}

/// Up to 10 links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links(Vec<Link>);

impl Links {
    /// The most that a person can have.
    pub const MAX: usize = 10;

    /// The links, in the person's order.
    #[must_use]
    pub fn as_slice(&self) -> &[Link] {
        &self.0
    }
}

impl TryFrom<Vec<Link>> for Links {
    type Error = Refusal;

    fn try_from(links: Vec<Link>) -> Result<Self, Refusal> {
        if links.len() > Self::MAX { Err(Refusal::TooLong { max: Self::MAX }) } else { Ok(Self(links)) }
    }
}

/// A person's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Walks by type and state; what is not there is 0.
    pub walks: BTreeMap<(TitleType, WalkState), u32>,
    /// Reviews written.
    pub reviews: u32,
    /// The mean of the marks given.
    pub mean_rating: Option<Average>,
}

/// A person, with what only they themselves see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub username: Username,
    /// Their picture.
    pub avatar: Option<Picture>,
    /// What they say of themselves.
    pub about: About,
    /// Their links.
    pub links: Links,
    /// When they registered.
    pub joined_at: Timestamp,
    /// Their numbers.
    pub stats: Stats,
    /// Their address; only for their own eyes.
    pub email: Email,
    /// When they last registered or signed in; only for their own eyes.
    pub last_auth_at: Timestamp,
    /// What they may do; only for their own eyes.
    pub role: Role,
}

/// The short form of a person, as it goes along with a walk or a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortUser {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub username: Username,
    /// Their picture.
    pub avatar: Option<Picture>,
}

/// A language that texts for people are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, where nothing else is asked for.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// Its tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_https_without_user_info() {
        let link = |text: &str| LinkUrl::try_from(text.to_owned());
        assert!(link("https://example.org/a?b=c#d").is_ok());
        assert!(link("https://пример.рф/").is_ok());
        for bad in [
            "http://example.org",
            "javascript:alert(1)",
            "https:example.org",
            "https://a:b@example.org",
            "https://",
            "https://a@example.org",
            "example.org",
            "https:\\\\example.org",
            "https://exam ple.org",
            "",
        ] {
            assert_eq!(link(bad), Err(Refusal::InvalidFormat(Format::HttpsUrl)), "{bad:?}");
        }
        assert_eq!(link("https://example.org/\u{202e}"), Err(Refusal::ForbiddenCharacter));
        assert!(matches!(
            link(&format!("https://e.org/{}", "a".repeat(500))),
            Err(Refusal::TooLong { max: 500 })
        ));
    }
}
