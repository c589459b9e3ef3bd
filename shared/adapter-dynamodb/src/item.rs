use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use models::Picture;
use uuid::Uuid;

use crate::failure::{Answer, Failure};
use crate::tables::Table;

/// An item as it is stored.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Where an item is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) table: Table,
    pub(crate) id: String,
    pub(crate) part: Option<String>,
}

impl Key {
    /// Of a table whose keys have no part.
    pub(crate) fn of(table: Table, id: impl Into<String>) -> Self {
        Self { table, id: id.into(), part: None }
    }

    /// Of a table whose keys have a part.
    pub(crate) fn part(table: Table, id: impl Into<String>, part: impl Into<String>) -> Self {
        Self { table, id: id.into(), part: Some(part.into()) }
    }

    /// That of an item that was read.
    pub(crate) fn of_item(table: Table, item: &Item) -> Answer<Self> {
        let part = table.has_parts().then(|| text(item, "part").map(ToOwned::to_owned)).transpose()?;
        Ok(Self { table, id: text(item, "id")?.to_owned(), part })
    }

    /// Its attributes, the beginning of an item as well.
    pub(crate) fn attributes(&self) -> Item {
        let mut attributes = Item::from([("id".to_owned(), s(&self.id))]);
        attributes.extend(self.part.as_ref().map(|part| ("part".to_owned(), s(part))));
        attributes
    }

    /// An item with these attributes.
    pub(crate) fn item<const N: usize>(&self, attributes: [(&str, AttributeValue); N]) -> Item {
        let mut item = self.attributes();
        item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
        item
    }
}

/// A text.
pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// An instant, in milliseconds since 1970.
pub(crate) fn instant(time: Timestamp) -> AttributeValue {
    n(time.as_millisecond())
}

/// When an item may go by itself, in whole seconds since 1970 and never too early.
pub(crate) fn ttl(time: Timestamp) -> AttributeValue {
    n(time.as_second() + 1)
}

/// A mark that is set.
pub(crate) const fn true_value() -> AttributeValue {
    AttributeValue::Bool(true)
}

/// Bytes.
pub(crate) fn b(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// A picture.
pub(crate) fn picture(picture: &Picture) -> AttributeValue {
    let widths = picture.widths.iter().map(n).collect();
    AttributeValue::M(HashMap::from([
        ("key".to_owned(), s(&picture.key)),
        ("widths".to_owned(), AttributeValue::L(widths)),
    ]))
}

/// An instant as a part of a key that sorts by it.
pub(crate) fn sortable(time: Timestamp) -> String {
    sortable_millis(time.as_millisecond())
}

/// As [`sortable`]; nothing is kept of the time before 1970.
pub(crate) fn sortable_millis(millis: i64) -> String {
    format!("{:015}", millis.max(0))
}

/// A digest in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unreadable(name: &str) -> Failure {
    Failure::Stored(name.to_owned())
}

/// A text that must be there.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Answer<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or_else(|| unreadable(name))
}

/// A text, made into a word of the models that trusts what is stored.
pub(crate) fn stored<T>(item: &Item, name: &str, from_stored: impl FnOnce(String) -> T) -> Answer<T> {
    Ok(from_stored(text(item, name)?.to_owned()))
}

/// A text, made into a word of the models that has to read it.
pub(crate) fn model<T: TryFrom<String>>(item: &Item, name: &str) -> Answer<T> {
    T::try_from(text(item, name)?.to_owned()).map_err(|_| unreadable(name))
}

/// A number that must be there.
pub(crate) fn number<T: FromStr>(item: &Item, name: &str) -> Answer<T> {
    let value = item.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
    value.ok_or_else(|| unreadable(name))
}

/// A number, 0 where it is not there.
pub(crate) fn count<T: FromStr + Default>(item: &Item, name: &str) -> Answer<T> {
    if item.contains_key(name) { number(item, name) } else { Ok(T::default()) }
}

/// A number, made into a word of the models.
pub(crate) fn word<T>(item: &Item, name: &str, word: impl Fn(i16) -> Option<T>) -> Answer<T> {
    word(number(item, name)?).ok_or_else(|| unreadable(name))
}

/// An instant that must be there.
pub(crate) fn time(item: &Item, name: &str) -> Answer<Timestamp> {
    Timestamp::from_millisecond(number(item, name)?).map_err(|_| unreadable(name))
}

/// An instant, if it is there.
pub(crate) fn optional_time(item: &Item, name: &str) -> Answer<Option<Timestamp>> {
    item.contains_key(name).then(|| time(item, name)).transpose()
}

/// An id that must be there.
pub(crate) fn uuid(item: &Item, name: &str) -> Answer<Uuid> {
    text(item, name)?.parse().map_err(|_| unreadable(name))
}

/// Bytes, if they are there.
pub(crate) fn bytes<'a>(item: &'a Item, name: &str) -> Option<&'a [u8]> {
    item.get(name).and_then(|value| value.as_b().ok()).map(AsRef::as_ref)
}

/// A set of texts, empty where it is not there.
pub(crate) fn texts<'a>(item: &'a Item, name: &str) -> &'a [String] {
    item.get(name).and_then(|value| value.as_ss().ok()).map_or(&[], Vec::as_slice)
}

/// A picture, if it is there.
pub(crate) fn stored_picture(item: &Item, name: &str) -> Answer<Option<Picture>> {
    item.get(name).map(|value| read_picture(value).ok_or_else(|| unreadable(name))).transpose()
}

/// The picture that a value is.
pub(crate) fn read_picture(value: &AttributeValue) -> Option<Picture> {
    let map = value.as_m().ok()?;
    let widths = map.get("widths")?.as_l().ok()?;
    let widths = widths.iter().map(|width| width.as_n().ok()?.parse().ok()).collect::<Option<_>>()?;
    Some(Picture { key: map.get("key")?.as_s().ok()?.clone(), widths })
}
