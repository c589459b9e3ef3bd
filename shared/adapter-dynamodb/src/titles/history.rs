use aws_sdk_dynamodb::types::AttributeValue;
use models::{
    Change, Description, FieldChange, Name, Order, Page, PageRequest, Position, Refusal, ReleaseYear,
    ShortUser, TitleId, TitleType, UserId,
};
use uuid::Uuid;

use super::amend::Amendment;
use crate::DynamoDb;
use crate::entries::after_time;
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, instant, n, picture, read_picture, s, sortable, time, uuid};
use crate::lookup::{Lookup, Range};
use crate::records::title_of;
use crate::tables::{BY_USER, Table};

/// What the parts and collections of changes begin with.
const CHANGE: &str = "change#";

/// The item of a change; its person may be gone.
pub(super) fn change_item(amendment: &Amendment, changes: &[FieldChange], named: bool) -> Item {
    let Amendment { id, by, change_id, now } = amendment;
    let order = format!("{}#{change_id}", sortable(*now));
    let key = Key::part(Table::Entries, id.to_string(), format!("{CHANGE}{order}"));
    let mut item = key.item([
        ("title", s(id.to_string())),
        ("change", s(change_id.to_string())),
        ("changed_at", instant(*now)),
        ("changes", AttributeValue::L(changes.iter().map(stored).collect())),
    ]);
    if named {
        let user = [("user", by.to_string()), ("of_user", format!("{CHANGE}{by}")), ("user_order", order)];
        item.extend(user.map(|(name, value)| (name.to_owned(), s(value))));
    }
    item
}

/// A field's change: its name, and what was and is there.
fn stored(change: &FieldChange) -> AttributeValue {
    let cover = |cover: &Option<_>| cover.as_ref().map_or(AttributeValue::Null(true), picture);
    let (field, old, new) = match change {
        FieldChange::Name(old, new) => ("name", s(old.as_str()), s(new.as_str())),
        FieldChange::Description(old, new) => ("description", s(old.as_str()), s(new.as_str())),
        FieldChange::Kind(old, new) => ("type", n(old.number()), n(new.number())),
        FieldChange::ReleaseYear(old, new) => ("release_year", n(old.get()), n(new.get())),
        FieldChange::Cover(old, new) => ("cover", cover(old), cover(new)),
    };
    let values = [("field", s(field)), ("old", old), ("new", new)];
    AttributeValue::M(values.map(|(name, value)| (name.to_owned(), value)).into())
}

/// `None` where it is no change that this program writes.
fn read(stored: &AttributeValue) -> Option<FieldChange> {
    let map = stored.as_m().ok()?;
    let (old, new) = (map.get("old")?, map.get("new")?);
    Some(match map.get("field")?.as_s().ok()?.as_str() {
        "name" => FieldChange::Name(text::<Name>(old)?, text(new)?),
        "description" => FieldChange::Description(text::<Description>(old)?, text(new)?),
        "type" => FieldChange::Kind(kind(old)?, kind(new)?),
        "release_year" => FieldChange::ReleaseYear(year(old)?, year(new)?),
        "cover" => FieldChange::Cover(cover(old)?, cover(new)?),
        _ => return None,
    })
}

fn text<T: TryFrom<String, Error = Refusal>>(value: &AttributeValue) -> Option<T> {
    T::try_from(value.as_s().ok()?.clone()).ok()
}

fn kind(value: &AttributeValue) -> Option<TitleType> {
    TitleType::from_number(value.as_n().ok()?.parse().ok()?)
}

fn year(value: &AttributeValue) -> Option<ReleaseYear> {
    ReleaseYear::try_from(value.as_n().ok()?.parse::<i64>().ok()?).ok()
}

fn cover(value: &AttributeValue) -> Option<Option<models::Picture>> {
    if value.is_null() { Some(None) } else { read_picture(value).map(Some) }
}

/// A change with its id, which breaks ties that a change itself does not have.
type Told = (Uuid, Change);

/// A change, as yet without its person.
fn told(item: &Item) -> Answer<Told> {
    let changes = item.get("changes").and_then(|changes| changes.as_l().ok());
    let changes = changes.and_then(|changes| changes.iter().map(read).collect());
    let changes = changes.ok_or_else(|| Failure::Stored("changes".to_owned()))?;
    let change =
        Change { title_id: title_of(item)?, changed_at: time(item, "changed_at")?, user: None, changes };
    Ok((uuid(item, "change")?, change))
}

pub(super) fn cut(changes: Vec<Told>, limit: u16) -> Page<Change> {
    let page = Page::cut(changes, limit, |(id, change)| Position {
        value: Some(change.changed_at.as_millisecond()),
        id: *id,
    });
    Page { items: page.items.into_iter().map(|(_, change)| change).collect(), next: page.next }
}

impl DynamoDb {
    pub(super) async fn changes_of_title(
        &self,
        id: TitleId,
        page: &PageRequest,
    ) -> Answer<Option<Vec<Told>>> {
        let after = after_time(page).map(|after| format!("{CHANGE}{after}"));
        let range = Range::after(CHANGE, Order::Desc, after.as_deref());
        let lookup = Lookup::of_table(Table::Entries, id.to_string(), range, false);
        let wanted = usize::from(page.limit) + 1;
        let changes = self.with_users((vec![lookup], wanted), told, |(id, change), user| {
            Some((id, Change { user, ..change }))
        });
        self.of_something(id, changes).await
    }

    pub(super) async fn changes_of_user(&self, user: UserId, page: &PageRequest) -> Answer<Vec<Told>> {
        let range = Range::after("", Order::Desc, after_time(page).as_deref());
        let lookup =
            Lookup::of_index(Table::Entries, &BY_USER, format!("{CHANGE}{user}"), (range, Order::Desc));
        let wanted = usize::from(page.limit) + 1;
        // Who is not there did nothing.
        let join = |(id, change), user: Option<ShortUser>| Some((id, Change { user: Some(user?), ..change }));
        self.with_users((vec![lookup], wanted), told, join).await
    }
}
