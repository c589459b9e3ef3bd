use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use models::Order;

use crate::DynamoDb;
use crate::failure::Answer;
use crate::item::{Item, s, text};
use crate::tables::{Index, Table};

/// A stretch of one collection: all items whose order lies in `range`, or begins as told.
#[derive(Clone)]
pub(crate) struct Lookup {
    pub(crate) table: Table,
    pub(crate) index: Option<&'static Index>,
    pub(crate) collection: String,
    pub(crate) range: Range,
    pub(crate) ascending: bool,
    /// Whether what was written a moment ago must be seen; an index can't promise that.
    pub(crate) now: bool,
}

/// From where to where, both ends included.
#[derive(Clone)]
pub(crate) enum Range {
    Between(String, String),
    BeginsWith(String),
}

/// Come before and after every letter that our ordering attributes are made of.
const BEFORE_ALL: &str = "!";
const AFTER_ALL: &str = "~";

impl Range {
    /// Everything that begins so and comes after `after` in this direction. Orders are of one length, or `after`'s
    /// neighbours could not be told from it.
    pub(crate) fn after(prefix: &str, order: Order, after: Option<&str>) -> Self {
        let (mut low, mut high) = (format!("{prefix}{BEFORE_ALL}"), format!("{prefix}{AFTER_ALL}"));
        match (order, after) {
            (_, None) => {}
            (Order::Asc, Some(after)) => low = format!("{after}{BEFORE_ALL}"),
            (Order::Desc, Some(after)) => high = before(after),
        }
        Self::Between(low, high)
    }
}

/// The end of what comes before `text`.
fn before(text: &str) -> String {
    let mut before = text.to_owned();
    let last = before.pop().and_then(|last| char::from_u32(u32::from(last).saturating_sub(1)));
    before.extend(last);
    before + AFTER_ALL
}

impl Lookup {
    /// A stretch of a table's own collection.
    pub(crate) fn of_table(
        table: Table,
        collection: impl Into<String>,
        range: Range,
        ascending: bool,
    ) -> Self {
        Self { table, index: None, collection: collection.into(), range, ascending, now: true }
    }

    /// A stretch of an index.
    pub(crate) fn of_index(
        table: Table,
        index: &'static Index,
        collection: impl Into<String>,
        (range, order): (Range, Order),
    ) -> Self {
        let ascending = order == Order::Asc;
        Self { table, index: Some(index), collection: collection.into(), range, ascending, now: false }
    }

    pub(crate) fn collection_name(&self) -> &'static str {
        self.index.map_or("id", |index| index.collection)
    }

    pub(crate) fn order_name(&self) -> &'static str {
        self.index.map_or("part", |index| index.order)
    }

    pub(crate) fn condition(&self, values: &mut HashMap<String, AttributeValue>) -> &'static str {
        values.insert(":collection".to_owned(), s(&self.collection));
        match &self.range {
            Range::Between(low, high) => {
                values.extend([(":low".to_owned(), s(low)), (":high".to_owned(), s(high))]);
                "#collection = :collection AND #order BETWEEN :low AND :high"
            }
            Range::BeginsWith(prefix) => {
                values.insert(":prefix".to_owned(), s(prefix));
                "#collection = :collection AND begins_with(#order, :prefix)"
            }
        }
    }

    /// Whether it can hold nothing, which the service would call a fault.
    fn is_empty(&self) -> bool {
        matches!(&self.range, Range::Between(low, high) if low > high)
    }
}

impl DynamoDb {
    /// The first items of a stretch, up to `limit`, and whether there may be more.
    pub(crate) async fn first(&self, lookup: &Lookup, limit: usize) -> Answer<(Vec<Item>, bool)> {
        let mut items = Vec::new();
        let mut start = None;
        if lookup.is_empty() {
            return Ok((items, false));
        }
        loop {
            let left = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
            let (more, next) = self.query(lookup, left, start).await?;
            items.extend(more);
            start = next;
            if start.is_none() || items.len() >= limit {
                return Ok((items, start.is_some()));
            }
        }
    }

    /// The first items of several stretches that are ordered alike, merged, up to `limit`, and whether there may be
    /// more.
    pub(crate) async fn merged(&self, lookups: &[Lookup], limit: usize) -> Answer<(Vec<Item>, bool)> {
        if let [only] = lookups {
            return self.first(only, limit).await;
        }
        let parts = try_join_all(lookups.iter().map(|lookup| self.first(lookup, limit))).await?;
        let mut more = false;
        let mut items = Vec::new();
        for ((part, part_more), lookup) in parts.into_iter().zip(lookups) {
            more |= part_more;
            for item in part {
                items.push((text(&item, lookup.order_name())?.to_owned(), item));
            }
        }
        items.sort_by(|(a, _), (b, _)| a.cmp(b));
        if lookups.first().is_some_and(|lookup| !lookup.ascending) {
            items.reverse();
        }
        more |= items.len() > limit;
        items.truncate(limit);
        Ok((items.into_iter().map(|(_, item)| item).collect(), more))
    }

    /// The next items of a list that is being filled; `None` when it is full, or there are no more.
    pub(crate) async fn next_of<T>(&self, filling: &mut Filling<T>) -> Answer<Option<Vec<Item>>> {
        if filling.over || filling.kept.len() >= filling.wanted {
            return Ok(None);
        }
        let (items, more) = self.merged(&filling.lookups, filling.limit).await?;
        match (items.last(), filling.lookups.first()) {
            (Some(last), Some(first)) if more => {
                let last = text(last, first.order_name())?.to_owned();
                filling.lookups.iter_mut().for_each(|lookup| lookup.go_on(&last));
            }
            _ => filling.over = true,
        }
        // Where much is left out, more is read at once.
        filling.limit = (filling.limit * 2).min(MOST_AT_ONCE);
        Ok(Some(items))
    }
}

/// As many things as are wanted of several stretches that are ordered alike, made of their items: some may be left out.
pub(crate) struct Filling<T> {
    lookups: Vec<Lookup>,
    wanted: usize,
    limit: usize,
    kept: Vec<T>,
    over: bool,
}

impl<T> Filling<T> {
    pub(crate) const fn new(lookups: Vec<Lookup>, wanted: usize) -> Self {
        Self { lookups, wanted, limit: wanted, kept: Vec::new(), over: false }
    }

    /// What the items of [`DynamoDb::next_of`] became.
    pub(crate) fn keep(&mut self, things: impl IntoIterator<Item = T>) {
        self.kept.extend(things);
        self.kept.truncate(self.wanted);
    }

    pub(crate) fn done(self) -> Vec<T> {
        self.kept
    }
}

const MOST_AT_ONCE: usize = 1_000;

impl Lookup {
    /// Begins after this order.
    fn go_on(&mut self, last: &str) {
        if let Range::Between(low, high) = &mut self.range {
            if self.ascending {
                *low = format!("{last}{BEFORE_ALL}");
            } else {
                *high = before(last);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(order: Order, after: Option<&str>) -> (String, String) {
        match Range::after("a#", order, after) {
            Range::Between(low, high) => (low, high),
            Range::BeginsWith(_) => panic!("a stretch has two ends"),
        }
    }

    #[test]
    fn a_stretch_begins_after_what_was_read() {
        let neighbours = ["a#0e", "a#0f", "a#10"];
        for (order, wanted) in [(Order::Asc, "a#10"), (Order::Desc, "a#0e")] {
            let (low, high) = ends(order, Some("a#0f"));
            let inside: Vec<_> =
                neighbours.iter().filter(|text| *text >= &&*low && *text <= &&*high).collect();
            assert_eq!(inside, [&wanted], "{order:?}");
            let (low, high) = ends(order, None);
            assert!(neighbours.iter().all(|text| *text >= &*low && *text <= &*high));
        }
    }
}
