use std::collections::BTreeMap;

use models::{Average, Change, FieldChange, Picture, ShortTitle, Title, TitleType};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type};

use super::{Instant, MediaUrl, PictureView, ShortUserView, picture};

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
    pub(super) fn of(title: ShortTitle, media: &MediaUrl) -> Self {
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
