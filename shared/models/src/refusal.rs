/// Why a value is refused. Never holds the value itself, so that it may be logged and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fewer characters (code points) than `min`.
    #[error("shorter than {min} characters")]
    TooShort {
        /// The least number of characters.
        min: usize,
    },
    /// More characters, or entries of a list, than `max`.
    #[error("longer than {max}")]
    TooLong {
        /// The greatest number of characters or entries.
        max: usize,
    },
    /// A number outside of its bounds, both included.
    #[error("not from {min} to {max}")]
    OutOfRange {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A word that is none of the known ones.
    #[error("not one of {0:?}")]
    NotOneOf(&'static [&'static str]),
    /// Not of the form that the value has to have.
    #[error("not a valid {0:?}")]
    InvalidFormat(Format),
    /// A control, invisible or otherwise unwanted character.
    #[error("a forbidden character")]
    ForbiddenCharacter,
}

/// The form that an [`Refusal::InvalidFormat`] misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A UUID: 36 characters in lower case, with dashes.
    Id,
    /// An e-mail address.
    Email,
    /// A username of letters of one script.
    OneScript,
    /// A username that is not kept for the product itself.
    NotReserved,
    /// A username with at least one letter or digit, and no mark that stands alone.
    Username,
    /// An https address without user info.
    HttpsUrl,
}
