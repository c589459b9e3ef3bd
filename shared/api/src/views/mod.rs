//! What titles, walks, reviews and people look like in JSON, wherever they appear.

mod people;
mod records;
mod titles;

pub use people::{LinkView, OwnUserView, ShortUserView, StatsView, UserView};
pub use records::{ReviewView, WalkView, WithBoth, WithTitle, WithUser};
pub use titles::{ChangeView, ShortTitleView, TitleView};

use std::collections::BTreeMap;

use jiff::Timestamp;
use models::Picture;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// Where pictures are served, without a slash at the end.
#[derive(Debug, Clone)]
pub struct MediaUrl(pub std::sync::Arc<str>);

/// An instant as it is shown: UTC, `Z`, three digits of a second's fraction.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T10:52:00.120Z",
         pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$")]
pub struct Instant(pub Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// A picture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Picture)]
pub struct PictureView {
    /// The largest size.
    #[schema(format = "uri")]
    url: String,
    /// Every size by its width in pixels; a picture that is smaller keeps its own.
    #[schema(value_type = BTreeMap<String, String>)]
    sizes: BTreeMap<u16, String>,
}

impl PictureView {
    /// The view of a picture that is served under `media`.
    #[must_use]
    pub fn of(picture: &Picture, media: &MediaUrl) -> Self {
        let url = |width: u16| format!("{}/{}", media.0, picture.object(width));
        let largest = picture.widths.iter().copied().max().unwrap_or_default();
        Self { url: url(largest), sizes: picture.widths.iter().map(|width| (*width, url(*width))).collect() }
    }
}

fn picture(picture: Option<&Picture>, media: &MediaUrl) -> Option<PictureView> {
    picture.map(|picture| PictureView::of(picture, media))
}
