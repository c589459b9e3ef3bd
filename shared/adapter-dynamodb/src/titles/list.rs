use models::{Order, PageRequest, Position, Title, TitleSort, TitleType};
use ports::TitleQuery;

use crate::DynamoDb;
use crate::failure::Answer;
use crate::lookup::{Filling, Lookup, Range};
use crate::records::{self, RATED, UNRATED, shelf};
use crate::tables::{BY_ID, BY_RATING, BY_YEAR, Index, Table};

pub(super) fn position(sort: TitleSort, title: &Title) -> Position {
    let value = match sort {
        TitleSort::Id => None,
        TitleSort::ReleaseYear => Some(title.fields.release_year.get().into()),
        TitleSort::Rating => title.rating.map(|rating| rating.tenths().into()),
    };
    Position { value, id: title.id.uuid() }
}

/// The stretches of the index that a list reads one after the other, each from where the page begins. By rating, in
/// either direction, the rated ones come first.
fn ranges(sort: TitleSort, order: Order, after: Option<Position>) -> (&'static Index, Vec<Range>) {
    let value = |value: Option<i64>| value.unwrap_or_default();
    match sort {
        TitleSort::Id => {
            let after = after.map(|after| after.id.to_string());
            (&BY_ID, vec![Range::after("", order, after.as_deref())])
        }
        TitleSort::ReleaseYear => {
            let after = after.map(|after| format!("{:04}#{}", value(after.value), after.id));
            (&BY_YEAR, vec![Range::after("", order, after.as_deref())])
        }
        TitleSort::Rating => {
            let all = |part| Range::after(part, order, None);
            let ranges = match after {
                None => vec![all(RATED), all(UNRATED)],
                Some(Position { value: Some(tenths), id }) => {
                    let after = format!("{RATED}{tenths:04}#{id}");
                    vec![Range::after(RATED, order, Some(&after)), all(UNRATED)]
                }
                Some(Position { value: None, id }) => {
                    vec![Range::after(UNRATED, order, Some(&format!("{UNRATED}{id}")))]
                }
            };
            (&BY_RATING, ranges)
        }
    }
}

impl DynamoDb {
    /// A page of a list, and one more.
    pub(super) async fn titles(&self, query: &TitleQuery, page: &PageRequest) -> Answer<Vec<Title>> {
        if let Some(search) = &query.search {
            return self.search(query, search, page).await;
        }
        self.walk_list(query, page, |_| true).await
    }

    /// The titles of a list in its order, those that are chosen.
    pub(super) async fn walk_list(
        &self,
        query: &TitleQuery,
        page: &PageRequest,
        chosen: impl Fn(&Title) -> bool,
    ) -> Answer<Vec<Title>> {
        let wanted = usize::from(page.limit) + 1;
        let (index, ranges) = ranges(query.sort, query.order, page.after);
        let mut titles = Vec::new();
        for range in ranges {
            let left = wanted - titles.len();
            if left > 0 {
                let lookups = self.shelves(query.kind, index, (range, query.order));
                let mut filling = Filling::new(lookups, left);
                while let Some(items) = self.next_of(&mut filling).await? {
                    let read = items.iter().map(records::title).collect::<Answer<Vec<_>>>()?;
                    filling.keep(read.into_iter().filter(&chosen));
                }
                titles.extend(filling.done());
            }
        }
        Ok(titles)
    }

    /// The same stretch of each of a type's partitions.
    fn shelves(&self, kind: TitleType, index: &'static Index, range: (Range, Order)) -> Vec<Lookup> {
        let of = |shard| Lookup::of_index(Table::Titles, index, shelf(kind, shard), range.clone());
        (0..self.0.shards).map(of).collect()
    }
}
