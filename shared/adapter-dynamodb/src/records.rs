//! What the items of titles, walks and reviews are made of.

use aws_sdk_dynamodb::types::AttributeValue;
use models::{
    Average, Description, Name, Rating, ReleaseYear, Review, ReviewId, ReviewText, ShortTitle, ShortUser,
    Title, TitleFields, TitleId, TitleType, UserId, Username, Walk, WalkId, WalkState,
};

use crate::failure::{Answer, Failure};
use crate::item::{
    Item, Key, count, instant, n, number, picture, s, sortable, stored, stored_picture, time, uuid, word,
};
use crate::tables::Table;

/// Where a title is.
pub(crate) fn title_key(id: TitleId) -> Key {
    Key::of(Table::Titles, id.to_string())
}

/// Where a person is.
pub(crate) fn user_key(id: UserId) -> Key {
    Key::of(Table::Users, format!("user#{id}"))
}

/// What a collection or a key of walks or reviews begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Walk,
    Review,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Review => "review",
        }
    }

    /// Where a person's walk on a title, or review of it, is.
    pub(crate) fn key(self, title: TitleId, user: UserId) -> Key {
        Key::part(Table::Entries, title.to_string(), format!("{}#{user}", self.as_str()))
    }

    /// Where it is said where the one with this id is.
    pub(crate) fn pointer(self, id: impl std::fmt::Display) -> Key {
        Key::part(Table::Entries, format!("{}#{id}", self.as_str()), self.as_str())
    }
}

/// The order of a title in a list by year.
pub(crate) fn year_order(year: ReleaseYear, id: TitleId) -> String {
    format!("{:04}#{id}", year.get())
}

/// The rated and the unrated part of a list by rating.
pub(crate) const RATED: &str = "1#";
pub(crate) const UNRATED: &str = "0#";

/// The order of a title in a list by rating.
pub(crate) fn rating_order(rating: Option<Average>, id: TitleId) -> String {
    match rating {
        Some(rating) => format!("{RATED}{:04}#{id}", rating.tenths()),
        None => format!("{UNRATED}{id}"),
    }
}

/// A new title's item, in this partition of its type's lists.
pub(crate) fn title_item(title: &Title, shard: u16) -> Item {
    let fields = &title.fields;
    let mut item = title_key(title.id).item([
        ("shelf", s(shelf(fields.kind, shard))),
        ("shard", n(shard)),
        ("name", s(fields.name.as_str())),
        ("description", s(fields.description.as_str())),
        ("type", n(fields.kind.number())),
        ("release_year", n(fields.release_year.get())),
        ("year_order", s(year_order(fields.release_year, title.id))),
        ("rating_order", s(rating_order(None, title.id))),
        ("rating_sum", n(0)),
        ("rating_count", n(0)),
        ("walks_count", n(0)),
        ("revision", n(0)),
        ("created_at", instant(title.created_at)),
        ("updated_at", instant(title.updated_at)),
    ]);
    item.extend(title.cover.as_ref().map(|cover| ("cover".to_owned(), picture(cover))));
    item
}

/// The collection of the lists that a title is in.
pub(crate) fn shelf(kind: TitleType, shard: u16) -> String {
    format!("{}#{shard}", kind.number())
}

fn average(item: &Item) -> Answer<Option<Average>> {
    Ok(Average::of(number(item, "rating_sum")?, number(item, "rating_count")?))
}

pub(crate) fn kind(item: &Item) -> Answer<TitleType> {
    word(item, "type", TitleType::from_number)
}

fn year(item: &Item) -> Answer<ReleaseYear> {
    let year = ReleaseYear::try_from(number::<i64>(item, "release_year")?);
    year.map_err(|_| Failure::Stored("release_year".to_owned()))
}

pub(crate) fn title(item: &Item) -> Answer<Title> {
    Ok(Title {
        id: TitleId::new(uuid(item, "id")?),
        fields: TitleFields {
            name: stored(item, "name", Name::from_stored)?,
            description: stored(item, "description", Description::from_stored)?,
            kind: kind(item)?,
            release_year: year(item)?,
        },
        cover: stored_picture(item, "cover")?,
        rating: average(item)?,
        reviews_count: number(item, "rating_count")?,
        walks_count: number(item, "walks_count")?,
        created_at: time(item, "created_at")?,
        updated_at: time(item, "updated_at")?,
    })
}

pub(crate) fn short_title(item: &Item) -> Answer<ShortTitle> {
    Ok(ShortTitle {
        id: TitleId::new(uuid(item, "id")?),
        name: stored(item, "name", Name::from_stored)?,
        kind: kind(item)?,
        release_year: year(item)?,
        cover: stored_picture(item, "cover")?,
        rating: average(item)?,
    })
}

pub(crate) fn short_user(item: &Item) -> Answer<ShortUser> {
    Ok(ShortUser {
        id: UserId::new(uuid(item, "user")?),
        username: stored(item, "username", Username::from_stored)?,
        avatar: stored_picture(item, "avatar")?,
    })
}

/// Where a walk stands in the lists that it is in: its own person's, and its title's by state.
pub(crate) fn walk_orders(walk: &Walk) -> [(&'static str, AttributeValue); 4] {
    let at = sortable(walk.updated_at);
    [
        ("of_user", s(of_user(Kind::Walk, walk.user_id))),
        ("user_order", s(format!("{at}#{}", walk.title_id))),
        ("of_title", s(walks_of_title(walk.title_id, walk.state))),
        ("title_order", s(format!("{at}#{}", walk.user_id))),
    ]
}

/// The collection of a person's walks or reviews.
pub(crate) fn of_user(kind: Kind, user: UserId) -> String {
    format!("{}#{user}", kind.as_str())
}

/// The collection of a title's walks in a state.
pub(crate) fn walks_of_title(title: TitleId, state: WalkState) -> String {
    format!("walk#{title}#{}", state.number())
}

/// The collection of a title's reviews by their last change.
pub(crate) fn reviews_of_title(title: TitleId) -> String {
    format!("review#{title}")
}

pub(crate) fn walk_item(walk: &Walk) -> Item {
    let mut item = Kind::Walk.key(walk.title_id, walk.user_id).item([
        ("entry", s(walk.id.to_string())),
        ("title", s(walk.title_id.to_string())),
        ("user", s(walk.user_id.to_string())),
        ("state", n(walk.state.number())),
        ("created_at", instant(walk.created_at)),
        ("updated_at", instant(walk.updated_at)),
    ]);
    item.extend(walk_orders(walk).map(|(name, value)| (name.to_owned(), value)));
    item
}

pub(crate) fn walk(item: &Item) -> Answer<Walk> {
    Ok(Walk {
        id: WalkId::new(uuid(item, "entry")?),
        title_id: title_of(item)?,
        user_id: user_of(item)?,
        state: word(item, "state", WalkState::from_number)?,
        created_at: time(item, "created_at")?,
        updated_at: time(item, "updated_at")?,
    })
}

/// Where a review stands in the lists that it is in: its own person's, and its title's by change and by mark.
pub(crate) fn review_orders(review: &Review) -> [(&'static str, AttributeValue); 6] {
    let at = sortable(review.updated_at);
    [
        ("of_user", s(of_user(Kind::Review, review.user_id))),
        ("user_order", s(format!("{at}#{}", review.title_id))),
        ("of_title", s(reviews_of_title(review.title_id))),
        ("title_order", s(format!("{at}#{}", review.user_id))),
        ("rated", s(review.title_id.to_string())),
        ("mark_order", s(mark_order(review.rating, review.user_id))),
    ]
}

/// The order of a review in its title's list by mark.
pub(crate) fn mark_order(rating: Rating, user: impl std::fmt::Display) -> String {
    format!("{:03}#{user}", rating.get())
}

pub(crate) fn review_item(review: &Review) -> Item {
    let mut item = Kind::Review.key(review.title_id, review.user_id).item([
        ("entry", s(review.id.to_string())),
        ("title", s(review.title_id.to_string())),
        ("user", s(review.user_id.to_string())),
        ("rating", n(review.rating.get())),
        ("text", s(review.text.as_str())),
        ("created_at", instant(review.created_at)),
        ("updated_at", instant(review.updated_at)),
    ]);
    item.extend(review_orders(review).map(|(name, value)| (name.to_owned(), value)));
    item
}

pub(crate) fn review(item: &Item) -> Answer<Review> {
    Ok(Review {
        id: ReviewId::new(uuid(item, "entry")?),
        title_id: title_of(item)?,
        user_id: user_of(item)?,
        rating: mark(item)?,
        text: stored(item, "text", ReviewText::from_stored)?,
        created_at: time(item, "created_at")?,
        updated_at: time(item, "updated_at")?,
    })
}

pub(crate) fn mark(item: &Item) -> Answer<Rating> {
    Rating::try_from(number::<i64>(item, "rating")?).map_err(|_| Failure::Stored("rating".to_owned()))
}

pub(crate) fn title_of(item: &Item) -> Answer<TitleId> {
    Ok(TitleId::new(uuid(item, "title")?))
}

pub(crate) fn user_of(item: &Item) -> Answer<UserId> {
    Ok(UserId::new(uuid(item, "user")?))
}

/// The sum and the count of a title's marks.
pub(crate) fn marks(item: &Item) -> Answer<(i64, i64)> {
    Ok((count(item, "rating_sum")?, count(item, "rating_count")?))
}
