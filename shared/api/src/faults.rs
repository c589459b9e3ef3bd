use std::collections::HashSet;
use std::ops::ControlFlow;

use deserr::{DeserializeError, ErrorKind, IntoValue, MergeWithError, ValuePointerRef};
use models::Refusal;

/// Every fault of a body at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    all: Vec<Fault>,
    /// The places of all of them: a body of 128 KiB has room for tens of thousands.
    places: HashSet<String>,
}

/// One fault of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What.
    pub kind: FaultKind,
}

/// What is wrong at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A field that is needed is not there.
    Required,
    /// Another JSON type than the field has.
    InvalidType,
    /// The endpoint has no such field.
    UnknownField,
    /// Of the right type, and still refused.
    Refused(Refusal),
}

impl FaultKind {
    /// The stable code of the contract.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::InvalidType => "invalid_type",
            Self::UnknownField => "unknown_field",
            Self::Refused(Refusal::TooShort { .. }) => "too_short",
            Self::Refused(Refusal::TooLong { .. }) => "too_long",
            Self::Refused(Refusal::OutOfRange { .. }) => "out_of_range",
            Self::Refused(Refusal::NotOneOf(_)) => "not_one_of",
            Self::Refused(Refusal::InvalidFormat(_)) => "invalid_format",
            Self::Refused(Refusal::ForbiddenCharacter) => "forbidden_character",
        }
    }
}

impl Faults {
    /// One fault.
    #[must_use]
    pub fn one(pointer: impl Into<String>, kind: FaultKind) -> Self {
        let mut faults = Self::default();
        faults.push(pointer, kind);
        faults
    }

    /// Adds a fault, unless one is known of this place.
    pub fn push(&mut self, pointer: impl Into<String>, kind: FaultKind) {
        let pointer = pointer.into();
        if self.places.insert(pointer.clone()) {
            self.all.push(Fault { pointer, kind });
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The faults.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.all.iter()
    }

    fn with(self_: Option<Self>, other: Self) -> ControlFlow<Self, Self> {
        let mut all = self_.unwrap_or_default();
        for fault in other.all {
            all.push(fault.pointer, fault.kind);
        }
        ControlFlow::Continue(all)
    }
}

/// `key` as a part of a JSON pointer.
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

pub(crate) fn pointer(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => format!("{}/{}", pointer(*prev), escaped(key)),
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", pointer(*prev)),
    }
}

impl DeserializeError for Faults {
    fn error<V: IntoValue>(
        self_: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let here = pointer(location);
        let fault = match error {
            ErrorKind::MissingField { field } => {
                Self::one(format!("{here}/{}", escaped(field)), FaultKind::Required)
            }
            ErrorKind::UnknownKey { key, .. } => {
                Self::one(format!("{here}/{}", escaped(key)), FaultKind::UnknownField)
            }
            ErrorKind::IncorrectValueKind { .. }
            | ErrorKind::UnknownValue { .. }
            | ErrorKind::BadSequenceLen { .. }
            | ErrorKind::Unexpected { .. } => Self::one(here, FaultKind::InvalidType),
        };
        Self::with(self_, fault)
    }
}

impl MergeWithError<Self> for Faults {
    fn merge(self_: Option<Self>, other: Self, _location: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        Self::with(self_, other)
    }
}

impl MergeWithError<Refusal> for Faults {
    fn merge(
        self_: Option<Self>,
        refusal: Refusal,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        Self::with(self_, Self::one(pointer(location), FaultKind::Refused(refusal)))
    }
}
