use anyhow::Context as _;
use aws_sdk_s3::operation::create_bucket::CreateBucketError;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_types::SdkConfig;

use crate::cause;

/// Makes a bucket, unless it is there. For development: a deployment's bucket is the template's.
///
/// # Errors
/// The service does not answer.
pub async fn make_bucket(config: &SdkConfig, bucket: &str) -> anyhow::Result<()> {
    let path_style = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    let client = aws_sdk_s3::Client::from_conf(path_style);
    if client.head_bucket().bucket(bucket).send().await.is_ok() {
        return Ok(());
    }
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let mut request = client.create_bucket().bucket(bucket);
    // us-east-1 is the one region that S3 refuses to hear named.
    if !region.is_empty() && region != "us-east-1" {
        let place = BucketLocationConstraint::from(region.as_str());
        let place = CreateBucketConfiguration::builder().location_constraint(place).build();
        request = request.create_bucket_configuration(place);
    }
    match request.send().await {
        Ok(_) => Ok(()),
        // Somebody else was faster since it was looked for.
        Err(error)
            if error.as_service_error().is_some_and(CreateBucketError::is_bucket_already_owned_by_you) =>
        {
            Ok(())
        }
        Err(error) => Err(anyhow::anyhow!("making the bucket {bucket}: {}", cause(&error))),
    }
}

/// Tells SES that mails are sent by `sender`, given as `Name <address>` or as the address alone.
///
/// # Errors
/// The service does not answer.
pub async fn verify_sender(config: &SdkConfig, sender: &str) -> anyhow::Result<()> {
    let address = sender.rsplit('<').next().unwrap_or(sender).trim_end_matches('>').trim();
    anyhow::ensure!(address.contains('@'), "the sender has no address");
    let request = aws_sdk_ses::Client::new(config).verify_email_identity().email_address(address);
    request
        .send()
        .await
        .map(drop)
        .map_err(|error| anyhow::anyhow!(cause(&error)))
        .context("naming the sender")
}
