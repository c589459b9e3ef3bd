use std::collections::BTreeMap;

use models::{Average, Link, ShortUser, Stats, TitleType, User, WalkState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Instant, MediaUrl, PictureView, picture};

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
