use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::text::text;
use crate::{Average, Picture, Refusal, ShortUser, TitleId, name_key, words};

/// A closed set of words, with the small numbers by which stores keep them.
macro_rules! words_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal, $word:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, utoipa::ToSchema)]
        #[schema(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* $variant = $number,)+
        }

        impl $name {
            /// Every value, in the order in which people are shown them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The words of the API, in the order of [`Self::ALL`].
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word of the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The number by which stores keep it; never changes.
            #[must_use]
            pub const fn number(self) -> i16 {
                self as i16
            }

            /// The value with this number.
            #[must_use]
            pub const fn from_number(number: i16) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Refusal;

            fn from_str(word: &str) -> Result<Self, $crate::Refusal> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::Refusal::NotOneOf(Self::WORDS)),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Refusal;

            fn try_from(word: String) -> Result<Self, $crate::Refusal> {
                word.parse()
            }
        }
    };
}
pub(crate) use words_enum;

words_enum! {
    /// What kind of work a title is.
    TitleType {
        /// A video game.
        Game = 1, "game";
        /// A film.
        Movie = 2, "movie";
        /// A series.
        Series = 3, "series";
        /// An anime, film or series.
        Anime = 4, "anime";
    }
}

text! {
    /// A title's name: one line of 1 to 200 characters.
    Name, 1..=200, lines: false
}

text! {
    /// A title's description: up to 10,000 characters, may be empty.
    Description, 0..=10_000, lines: true
}

impl Name {
    /// What is unique beside type and year: the name as search compares it.
    #[must_use]
    pub fn key(&self) -> String {
        name_key(self.as_str())
    }

    /// The words by whose beginnings the name is found.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        words(self.as_str())
    }
}

/// The year of a title's release, from 1870.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = i32, minimum = 1870, example = 1979)]
pub struct ReleaseYear(i16);

impl ReleaseYear {
    /// The year before which nothing was released that could be listed here.
    pub const FIRST: i16 = 1870;

    /// The last year that may be given at `now`: next year plus 10.
    #[must_use]
    pub fn last(now: Timestamp) -> i16 {
        now.to_zoned(TimeZone::UTC).year() + 11
    }

    /// The year as a number.
    #[must_use]
    pub const fn get(self) -> i16 {
        self.0
    }
}

impl TryFrom<i64> for ReleaseYear {
    type Error = Refusal;

    /// Takes any year of four digits from 1870 on; what is too far ahead depends on the clock ([`Self::last`]).
    fn try_from(year: i64) -> Result<Self, Refusal> {
        match i16::try_from(year) {
            Ok(year @ Self::FIRST..=9999) => Ok(Self(year)),
            _ => Err(Refusal::OutOfRange { min: Self::FIRST.into(), max: 9999 }),
        }
    }
}

/// What a person says of a title when adding or editing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleFields {
    /// The name.
    pub name: Name,
    /// The description.
    pub description: Description,
    /// The kind of work.
    pub kind: TitleType,
    /// The year of release.
    pub release_year: ReleaseYear,
}

/// A title of the shared catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// Its id.
    pub id: TitleId,
    /// What people said of it.
    pub fields: TitleFields,
    /// Its cover.
    pub cover: Option<Picture>,
    /// The mean of its reviews' marks.
    pub rating: Option<Average>,
    /// How many reviews it has.
    pub reviews_count: u32,
    /// How many walks of any state it has.
    pub walks_count: u32,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its own fields or its cover last changed.
    pub updated_at: Timestamp,
}

/// The short form of a title, as it goes along with a walk or a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortTitle {
    /// Its id.
    pub id: TitleId,
    /// Its name.
    pub name: Name,
    /// The kind of work.
    pub kind: TitleType,
    /// The year of release.
    pub release_year: ReleaseYear,
    /// Its cover.
    pub cover: Option<Picture>,
    /// The mean of its reviews' marks.
    pub rating: Option<Average>,
}

/// By what a catalogue is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum TitleSort {
    /// By id, which is by creation.
    Id,
    /// By year of release, then id.
    ReleaseYear,
    /// By the rounded average, then id; unrated titles last either way.
    Rating,
}

impl FromStr for TitleSort {
    type Err = Refusal;

    fn from_str(word: &str) -> Result<Self, Refusal> {
        match word {
            "id" => Ok(Self::Id),
            "release_year" => Ok(Self::ReleaseYear),
            "rating" => Ok(Self::Rating),
            _ => Err(Refusal::NotOneOf(&["id", "release_year", "rating"])),
        }
    }
}

/// One field's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldChange {
    /// The name, before and after.
    Name(Name, Name),
    /// The description, before and after.
    Description(Description, Description),
    /// The type, before and after.
    Kind(TitleType, TitleType),
    /// The year of release, before and after.
    ReleaseYear(ReleaseYear, ReleaseYear),
    /// The cover, before and after. The picture before is no longer kept.
    Cover(Option<Picture>, Option<Picture>),
}

/// One change of a title: what one call changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The title.
    pub title_id: TitleId,
    /// When it changed.
    pub changed_at: Timestamp,
    /// Who changed it; `None` when the account is gone.
    pub user: Option<ShortUser>,
    /// What changed; never empty.
    pub changes: Vec<FieldChange>,
}

impl TitleFields {
    /// What has to change to make `new` of these; empty where they are equal.
    #[must_use]
    pub fn changes_to(&self, new: &Self) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        if self.name != new.name {
            changes.push(FieldChange::Name(self.name.clone(), new.name.clone()));
        }
        if self.description != new.description {
            changes.push(FieldChange::Description(self.description.clone(), new.description.clone()));
        }
        if self.kind != new.kind {
            changes.push(FieldChange::Kind(self.kind, new.kind));
        }
        if self.release_year != new.release_year {
            changes.push(FieldChange::ReleaseYear(self.release_year, new.release_year));
        }
        changes
    }
}

impl Title {
    /// What has to change of the fields and the cover to make `new` of it; empty where they are equal.
    #[must_use]
    pub fn changes_to(&self, new: &Self) -> Vec<FieldChange> {
        let mut changes = self.fields.changes_to(&new.fields);
        if self.cover != new.cover {
            changes.push(FieldChange::Cover(self.cover.clone(), new.cover.clone()));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_reaches_from_1870_to_next_year_plus_10() {
        assert!(ReleaseYear::try_from(1870).is_ok());
        assert!(ReleaseYear::try_from(1869).is_err());
        assert!(ReleaseYear::try_from(65_536 + 2000).is_err());
        let new_year: Timestamp = "2026-12-31T23:59:59.999Z".parse().expect("an instant");
        assert_eq!(ReleaseYear::last(new_year), 2037);
    }

    #[test]
    fn words_and_numbers_of_a_type_lead_back_to_it() {
        for (kind, word) in TitleType::ALL.iter().zip(TitleType::WORDS) {
            assert_eq!(word.parse(), Ok(*kind));
            assert_eq!(TitleType::from_number(kind.number()), Some(*kind));
        }
        assert_eq!("Game".parse::<TitleType>(), Err(Refusal::NotOneOf(TitleType::WORDS)));
    }
}
