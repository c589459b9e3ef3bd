use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use ports::{Backend, Conflict, Error, Unavailable};

/// Why a unit of work did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A rule forbids it; nothing was changed.
    Rule(Conflict),
    /// Somebody else was faster: the unit looks again.
    Overtaken,
    /// Throttled, or in conflict with another transaction: worth another try.
    Busy(String),
    /// No answer, or a refusal that another try would meet again.
    Down(String),
    /// An item that this program did not write.
    Stored(String),
    /// The time is over.
    TooLong,
}

/// What a step of a unit of work answers.
pub(crate) type Answer<T> = Result<T, Failure>;

/// What is over in a moment.
const PASSING: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
    "InternalServerError",
    "ServiceUnavailable",
];

impl Failure {
    /// Whether another try may do better.
    pub(crate) const fn passes(&self) -> bool {
        matches!(self, Self::Overtaken | Self::Busy(_))
    }

    /// What the service said, by its code: its messages may hold what people wrote (LOG-1).
    pub(crate) fn of<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Self {
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        match (code, error) {
            (Some(code), _) if PASSING.contains(&code) => Self::Busy(code.to_owned()),
            (Some(code), _) => Self::Down(code.to_owned()),
            (None, SdkError::TimeoutError(_)) => Self::Down("no answer in time".to_owned()),
            (None, SdkError::DispatchFailure(_)) => Self::Down("no connection".to_owned()),
            (None, SdkError::ConstructionFailure(_)) => {
                Self::Down("the request could not be made".to_owned())
            }
            (None, _) => Self::Down("the answer could not be read".to_owned()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(conflict) => conflict.fmt(f),
            Self::Overtaken => f.write_str("others were faster until the time was over"),
            Self::Busy(code) | Self::Down(code) => f.write_str(code),
            Self::Stored(attribute) => write!(f, "the stored attribute {attribute} can't be read"),
            Self::TooLong => f.write_str("no answer in time"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Self::Rule(conflict)
    }
}

impl Failure {
    /// As a port says it.
    pub(crate) fn into_error(self, backend: Backend) -> Error {
        match self {
            Self::Rule(conflict) => conflict.into(),
            other => Unavailable::new(backend, other).into(),
        }
    }
}
