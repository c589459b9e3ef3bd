use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation};
use aws_sdk_s3::primitives::ByteStream;
use aws_types::SdkConfig;
use bytes::Bytes;
use futures::future::join_all;
use models::{Picture, PictureKind};
use ports::{Backend, ImageError, Images, Outage, Result};
use tokio::sync::Semaphore;

use crate::picture::{Refused, Size, sizes};
use crate::{cause, unavailable};

/// TO-1: five seconds in all, tries included: these, and those in which what was put is taken back.
const TIMEOUT: Duration = Duration::from_secs(4);
const TAKING_BACK: Duration = Duration::from_secs(1);
const ATTEMPTS: u32 = 2;
/// A key is random and its objects never change.
const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// Where pictures are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodingPlace {
    /// In the handler itself: a Lambda environment serves one request at a time.
    InPlace,
    /// On threads of their own, no more at once than this, so that uploads can't starve the rest.
    Threads(usize),
}

/// Pictures in a private bucket of S3.
pub struct S3Images {
    client: Client,
    bucket: String,
    threads: Option<Arc<Semaphore>>,
    outage: Outage,
}

impl S3Images {
    /// The pictures of a bucket. `in_path` puts the bucket's name into the path, as emulators want it.
    #[must_use]
    pub fn new(config: &SdkConfig, bucket: &str, in_path: bool, place: DecodingPlace) -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
        let config = Builder::from(config)
            .force_path_style(in_path)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build();
        let threads = match place {
            DecodingPlace::InPlace => None,
            DecodingPlace::Threads(most) => Some(Arc::new(Semaphore::new(most.max(1)))),
        };
        let outage = Outage::new(Backend::Images);
        Self { client: Client::from_conf(config), bucket: bucket.to_owned(), threads, outage }
    }

    async fn decode(&self, kind: PictureKind, upload: Bytes) -> std::result::Result<Vec<Size>, ImageError> {
        let Some(threads) = &self.threads else {
            return sizes(&upload, kind).map_err(refused);
        };
        let failed = |error: String| ImageError::Store(unavailable(Backend::Images, error));
        let permit = threads.clone().acquire_owned().await.map_err(|error| failed(error.to_string()))?;
        // With the request's span, so that a panic on the thread is logged with its id (AL-2).
        let span = tracing::Span::current();
        let decoded = tokio::task::spawn_blocking(move || {
            // The thread holds the permit: a caller who gives up does not make room while decoding goes on.
            let _permit = permit;
            span.in_scope(|| sizes(&upload, kind))
        });
        decoded.await.map_err(|error| failed(error.to_string()))?.map_err(refused)
    }

    async fn put_object(&self, key: String, jpeg: Vec<u8>) -> Result<()> {
        let request = self.client.put_object().bucket(&self.bucket).key(key);
        let request =
            request.content_type("image/jpeg").cache_control(CACHE_CONTROL).body(ByteStream::from(jpeg));
        self.noted(request.send().await.map(drop).map_err(|error| cause(&error)))
    }

    async fn remove_object(&self, key: String) -> Result<()> {
        let request = self.client.delete_object().bucket(&self.bucket).key(key);
        self.noted(request.send().await.map(drop).map_err(|error| cause(&error)))
    }

    fn noted(&self, answer: std::result::Result<(), String>) -> Result<()> {
        match answer {
            Ok(()) => {
                self.outage.over();
                Ok(())
            }
            Err(cause) => {
                self.outage.noted(&cause);
                Err(unavailable(Backend::Images, cause))
            }
        }
    }
}

fn refused(refused: Refused) -> ImageError {
    match refused {
        Refused::Unsupported => ImageError::Unsupported,
        Refused::Unreadable => ImageError::Unreadable,
    }
}

#[async_trait]
impl Images for S3Images {
    async fn put(
        &self,
        kind: PictureKind,
        name: &str,
        upload: Bytes,
    ) -> std::result::Result<Picture, ImageError> {
        let sizes = self.decode(kind, upload).await?;
        let widths = sizes.iter().map(|size| size.width).collect();
        let picture = Picture { key: format!("{}/{name}", kind.folder()), widths };
        let puts = sizes.into_iter().map(|size| self.put_object(picture.object(size.width), size.jpeg));
        // All of them end before any is taken back, or one might arrive after its removal.
        let puts = join_all(puts).await;
        if let Err(error) = puts.into_iter().collect::<Result<()>>() {
            // Nothing points to them; what can't be removed now stays unseen.
            let _ = tokio::time::timeout(TAKING_BACK, self.remove(&picture)).await;
            return Err(error.into());
        }
        Ok(picture)
    }

    async fn remove(&self, picture: &Picture) -> Result<()> {
        let removals = join_all(picture.objects().map(|key| self.remove_object(key))).await;
        removals.into_iter().collect()
    }
}
