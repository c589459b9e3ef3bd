//! What titles, walks, reviews and people look like in JSON, wherever they appear.

use std::collections::BTreeMap;

use jiff::Timestamp;
use models::{
    Average, Change, FieldChange, FullReview, FullWalk, Link, Picture, Review, ShortTitle, ShortUser, Stats,
    Title, TitleType, User, Walk, WalkState,
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type};

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

/// A title of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Title)]
pub struct TitleView {
    #[schema(value_type = models::TitleId)]
    id: String,
    #[schema(value_type = models::Name)]
    name: String,
    #[schema(value_type = models::Description)]
    description: String,
    #[schema(value_type = TitleType)]
    r#type: &'static str,
    #[schema(value_type = models::ReleaseYear)]
    release_year: i16,
    #[schema(required)]
    cover: Option<PictureView>,
    /// The mean of its reviews' ratings, rounded half up to one decimal; `null` without reviews.
    #[schema(required, minimum = 0, maximum = 100, example = 73.5)]
    rating: Option<f64>,
    reviews_count: u32,
    /// Walks of every state.
    walks_count: u32,
    created_at: Instant,
    /// When the title's own fields or its cover last changed.
    updated_at: Instant,
}

impl TitleView {
    /// The view of a title whose pictures are served under `media`.
    #[must_use]
    pub fn of(title: Title, media: &MediaUrl) -> Self {
        Self {
            id: title.id.to_string(),
            name: title.fields.name.as_str().to_owned(),
            description: title.fields.description.as_str().to_owned(),
            r#type: title.fields.kind.as_str(),
            release_year: title.fields.release_year.get(),
            cover: picture(title.cover.as_ref(), media),
            rating: title.rating.map(Average::get),
            reviews_count: title.reviews_count,
            walks_count: title.walks_count,
            created_at: Instant(title.created_at),
            updated_at: Instant(title.updated_at),
        }
    }
}

/// The short form of a title.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShortTitle)]
pub struct ShortTitleView {
    #[schema(value_type = models::TitleId)]
    id: String,
    #[schema(value_type = models::Name)]
    name: String,
    #[schema(value_type = TitleType)]
    r#type: &'static str,
    #[schema(value_type = models::ReleaseYear)]
    release_year: i16,
    #[schema(required)]
    cover: Option<PictureView>,
    #[schema(required, minimum = 0, maximum = 100, example = 73.5)]
    rating: Option<f64>,
}

impl ShortTitleView {
    fn of(title: ShortTitle, media: &MediaUrl) -> Self {
        Self {
            id: title.id.to_string(),
            name: title.name.as_str().to_owned(),
            r#type: title.kind.as_str(),
            release_year: title.release_year.get(),
            cover: picture(title.cover.as_ref(), media),
            rating: title.rating.map(Average::get),
        }
    }
}

/// The short form of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShortUser)]
pub struct ShortUserView {
    #[schema(value_type = models::UserId)]
    id: String,
    #[schema(value_type = models::Username)]
    username: String,
    #[schema(required)]
    avatar: Option<PictureView>,
}

impl ShortUserView {
    /// The view of a person whose picture is served under `media`.
    #[must_use]
    pub fn of(user: ShortUser, media: &MediaUrl) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            avatar: picture(user.avatar.as_ref(), media),
        }
    }
}

/// One person's progress on one title.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Walk)]
pub struct WalkView {
    #[schema(value_type = models::WalkId)]
    id: String,
    #[schema(value_type = models::TitleId)]
    title_id: String,
    #[schema(value_type = models::UserId)]
    user_id: String,
    #[schema(value_type = WalkState)]
    state: &'static str,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Walk> for WalkView {
    fn from(walk: Walk) -> Self {
        Self {
            id: walk.id.to_string(),
            title_id: walk.title_id.to_string(),
            user_id: walk.user_id.to_string(),
            state: walk.state.as_str(),
            created_at: Instant(walk.created_at),
            updated_at: Instant(walk.updated_at),
        }
    }
}

/// One person's mark for one title, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewView {
    #[schema(value_type = models::ReviewId)]
    id: String,
    #[schema(value_type = models::TitleId)]
    title_id: String,
    #[schema(value_type = models::UserId)]
    user_id: String,
    #[schema(value_type = models::Rating)]
    rating: u8,
    #[schema(value_type = models::ReviewText)]
    text: String,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        Self {
            id: review.id.to_string(),
            title_id: review.title_id.to_string(),
            user_id: review.user_id.to_string(),
            rating: review.rating.get(),
            text: review.text.as_str().to_owned(),
            created_at: Instant(review.created_at),
            updated_at: Instant(review.updated_at),
        }
    }
}

/// A walk or a review with its title.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithTitle<T> {
    #[serde(flatten)]
    record: T,
    title: ShortTitleView,
}

impl<T> WithTitle<T> {
    /// The view of a record and its title.
    pub fn of(record: impl Into<T>, title: ShortTitle, media: &MediaUrl) -> Self {
        Self { record: record.into(), title: ShortTitleView::of(title, media) }
    }
}

/// A walk or a review with its person.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithUser<T> {
    #[serde(flatten)]
    record: T,
    user: ShortUserView,
}

impl<T> WithUser<T> {
    /// The view of a record and its person.
    pub fn of(record: impl Into<T>, user: ShortUser, media: &MediaUrl) -> Self {
        Self { record: record.into(), user: ShortUserView::of(user, media) }
    }
}

/// A walk or a review with its title and its person.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithBoth<T> {
    #[serde(flatten)]
    record: T,
    title: ShortTitleView,
    user: ShortUserView,
}

impl WithBoth<WalkView> {
    /// The view of a walk.
    #[must_use]
    pub fn walk(full: FullWalk, media: &MediaUrl) -> Self {
        let FullWalk { walk, title, user } = full;
        Self {
            record: walk.into(),
            title: ShortTitleView::of(title, media),
            user: ShortUserView::of(user, media),
        }
    }
}

impl WithBoth<ReviewView> {
    /// The view of a review.
    #[must_use]
    pub fn review(full: FullReview, media: &MediaUrl) -> Self {
        let FullReview { review, title, user } = full;
        Self {
            record: review.into(),
            title: ShortTitleView::of(title, media),
            user: ShortUserView::of(user, media),
        }
    }
}

/// One change of a title.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub struct ChangeView {
    changed_at: Instant,
    /// Who changed it; `null` when the account is gone.
    #[schema(required)]
    user: Option<ShortUserView>,
    /// Each field that changed, with its old and its new value; a cover as its address, or `null`.
    #[schema(schema_with = changes_schema)]
    changes: BTreeMap<&'static str, [serde_json::Value; 2]>,
}

/// Every field that can change, as a pair of values.
fn changes_schema() -> ObjectBuilder {
    let pair = |value: RefOr<Schema>| ArrayBuilder::new().items(value).min_items(Some(2)).max_items(Some(2));
    let nullable = SchemaType::from_iter([Type::String, Type::Null]);
    let cover = ObjectBuilder::new().schema_type(nullable).format(Some(SchemaFormat::Custom("uri".into())));
    ObjectBuilder::new()
        .description(Some(
            "Each field that changed, with its old and its new value; a cover as its address, or `null`.",
        ))
        .property("name", pair(Ref::from_schema_name("Name").into()))
        .property("description", pair(Ref::from_schema_name("Description").into()))
        .property("type", pair(Ref::from_schema_name("TitleType").into()))
        .property("release_year", pair(Ref::from_schema_name("ReleaseYear").into()))
        .property("cover", pair(cover.into()))
}

impl ChangeView {
    /// The view of a change, where pictures are served under `media`.
    #[must_use]
    pub fn of(change: Change, media: &MediaUrl) -> Self {
        let cover =
            |picture: Option<&Picture>| picture.map(|picture| PictureView::of(picture, media).url).into();
        let field = |change: &FieldChange| match change {
            FieldChange::Name(old, new) => ("name", [old.as_str().into(), new.as_str().into()]),
            FieldChange::Description(old, new) => ("description", [old.as_str().into(), new.as_str().into()]),
            FieldChange::Kind(old, new) => ("type", [old.as_str().into(), new.as_str().into()]),
            FieldChange::ReleaseYear(old, new) => ("release_year", [old.get().into(), new.get().into()]),
            FieldChange::Cover(old, new) => ("cover", [cover(old.as_ref()), cover(new.as_ref())]),
        };
        Self {
            changed_at: Instant(change.changed_at),
            user: change.user.map(|user| ShortUserView::of(user, media)),
            changes: change.changes.iter().map(field).collect(),
        }
    }
}

/// A link on a person's page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    #[schema(value_type = models::LinkLabel)]
    label: String,
    #[schema(value_type = models::LinkUrl)]
    url: String,
}

impl From<&Link> for LinkView {
    fn from(link: &Link) -> Self {
        Self { label: link.label.as_str().to_owned(), url: link.url.as_str().to_owned() }
    }
}

/// A person's numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stats)]
pub struct StatsView {
    /// Walks by type, then by state; every type and state is there.
    walks: BTreeMap<&'static str, BTreeMap<&'static str, u32>>,
    /// Reviews written.
    reviews: u32,
    /// The mean of the marks given, rounded half up to one decimal; `null` without reviews.
    #[schema(required, minimum = 0, maximum = 100, example = 73.5)]
    mean_rating: Option<f64>,
}

impl From<&Stats> for StatsView {
    fn from(stats: &Stats) -> Self {
        let count = |kind, state| stats.walks.get(&(kind, state)).copied().unwrap_or_default();
        let states =
            |kind| WalkState::ALL.iter().map(|state| (state.as_str(), count(kind, *state))).collect();
        Self {
            walks: TitleType::ALL.iter().map(|kind| (kind.as_str(), states(*kind))).collect(),
            reviews: stats.reviews,
            mean_rating: stats.mean_rating.map(Average::get),
        }
    }
}

/// A person, as everybody sees them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    #[schema(value_type = models::UserId)]
    id: String,
    #[schema(value_type = models::Username)]
    username: String,
    #[schema(required)]
    avatar: Option<PictureView>,
    #[schema(value_type = models::About)]
    about: String,
    #[schema(max_items = 10)]
    links: Vec<LinkView>,
    joined_at: Instant,
    stats: StatsView,
}

impl UserView {
    /// The view of a person whose picture is served under `media`.
    #[must_use]
    pub fn of(user: &User, media: &MediaUrl) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            avatar: picture(user.avatar.as_ref(), media),
            about: user.about.as_str().to_owned(),
            links: user.links.as_slice().iter().map(LinkView::from).collect(),
            joined_at: Instant(user.joined_at),
            stats: StatsView::from(&user.stats),
        }
    }
}

/// A person, as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnUser)]
pub struct OwnUserView {
    #[serde(flatten)]
    user: UserView,
    #[schema(value_type = models::Email)]
    email: String,
    /// When they last registered or signed in; a refresh does not count.
    last_auth_at: Instant,
    #[schema(value_type = models::Role)]
    role: &'static str,
}

impl OwnUserView {
    /// The view of the caller, whose picture is served under `media`.
    #[must_use]
    pub fn of(user: &User, media: &MediaUrl) -> Self {
        Self {
            user: UserView::of(user, media),
            email: user.email.shown().to_owned(),
            last_auth_at: Instant(user.last_auth_at),
            role: user.role.as_str(),
        }
    }
}
