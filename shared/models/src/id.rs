use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::{Format, Refusal};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
        #[schema(value_type = String, format = "uuid", example = "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f",
                 pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
        pub struct $name(Uuid);

        impl $name {
            /// The id with the value of `uuid`.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The value, as stores keep it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Refusal;

            fn from_str(text: &str) -> Result<Self, Refusal> {
                parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Refusal;

            fn try_from(text: String) -> Result<Self, Refusal> {
                text.parse()
            }
        }
    };
}

id!(
    /// A person's id, a UUIDv7: ordering by id is ordering by creation.
    UserId
);
id!(
    /// A title's id, a UUIDv7.
    TitleId
);
id!(
    /// A walk's id, a UUIDv7.
    WalkId
);
id!(
    /// A review's id, a UUIDv7.
    ReviewId
);
id!(
    /// A session's id, a UUIDv7; the `sid` of its access tokens.
    SessionId
);

/// Only the form that the API shows: an id has one spelling, or it could stand twice in a cache or a log.
fn parse(text: &str) -> Result<Uuid, Refusal> {
    let uuid = Uuid::try_parse(text).map_err(|_| Refusal::InvalidFormat(Format::Id))?;
    let mut buffer = Uuid::encode_buffer();
    if uuid.hyphenated().encode_lower(&mut buffer) == text {
        Ok(uuid)
    } else {
        Err(Refusal::InvalidFormat(Format::Id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let shown = "019aa5c4-6f00-7cc3-98c4-dc0c0c07398f";
        assert_eq!(shown.parse::<TitleId>().map(|id| id.to_string()), Ok(shown.to_owned()));
        for other in ["019AA5C4-6F00-7CC3-98C4-DC0C0C07398F", "019aa5c46f007cc398c4dc0c0c07398f", "x", ""] {
            assert_eq!(other.parse::<TitleId>(), Err(Refusal::InvalidFormat(Format::Id)));
        }
    }
}
