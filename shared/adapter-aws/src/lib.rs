//! What AWS does for Prohod: pictures in S3, mail by SES, secrets in Secrets Manager, the tokens that
//! open ElastiCache and RDS, and CloudFormation's word on a deployment.
//!
//! This crate knows no HTTP and no environment: the SDK's configuration comes in. Errors hold the SDK's codes and
//! kinds alone, since its messages may name addresses. To add a letter: its variant in `ports::Letter`, its four
//! files under `templates/mail/`, its line in `letters.rs`.

mod cache;
mod cloudformation;
mod config;
mod images;
mod letters;
mod mail;
mod operators;
mod picture;
mod presigned;
mod secrets;
mod setup;

pub use aws_types::SdkConfig;
pub use cache::cache_token;
pub use cloudformation::reply;
pub use config::{AMAZON_ROOTS, sdk_config};
pub use images::{DecodingPlace, S3Images};
pub use letters::{Rendered, Templates};
pub use mail::SesMail;
pub use operators::SesOperatorMail;
pub use presigned::database_token;
pub use secrets::Secrets;
pub use setup::{make_bucket, verify_sender};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use ports::{Backend, Error, Unavailable};

/// What went wrong, without the service's message, which may name people's addresses (LOG-1).
fn cause<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "the request could not be made",
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "the answer could not be read",
        _ => "refused",
    };
    format!("{kind} {}", error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default())
}

fn unavailable(backend: Backend, cause: String) -> Error {
    Unavailable::new(backend, cause).into()
}
