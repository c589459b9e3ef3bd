use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use models::{Order, PageRequest, Position, Search, Title, TitleId, TitleSort};
use ports::TitleQuery;

use super::list::position;
use crate::DynamoDb;
use crate::failure::Answer;
use crate::item::Item;
use crate::lookup::{Lookup, Range};
use crate::postings;
use crate::records::{self, title_key};
use crate::tables::Table;

/// So many postings are gathered; what finds more is dense enough to be met while walking the list in its order.
const MOST_POSTINGS: usize = 1_000;

impl DynamoDb {
    /// The titles that are found, in the list's order.
    pub(super) async fn search(
        &self,
        query: &TitleQuery,
        search: &Search,
        page: &PageRequest,
    ) -> Answer<Vec<Title>> {
        if search.words().is_empty() {
            // Marks alone find nothing.
            return Ok(Vec::new());
        }
        for word in search.words() {
            let Some(postings) = self.postings(query, word).await? else { continue };
            let found = postings.iter().filter(|posting| search.matches(postings::all_words(posting)));
            let ids = found.map(postings::title).collect::<Answer<BTreeSet<_>>>()?;
            let chosen = Chosen { query, search, page };
            return match query.sort {
                TitleSort::Id => self.found_by_id(&chosen, ids).await,
                TitleSort::ReleaseYear | TitleSort::Rating => self.found_by_value(&chosen, ids).await,
            };
        }
        self.walk_list(query, page, |title| search.matches(&title.fields.name.words())).await
    }

    /// What begins with the word; `None` where that is too much.
    async fn postings(&self, query: &TitleQuery, word: &str) -> Answer<Option<Vec<Item>>> {
        let range = Range::BeginsWith(word.to_owned());
        let words = Lookup::of_table(Table::Search, postings::collection(query.kind, word), range, true);
        let (found, _) = self.first(&words, MOST_POSTINGS + 1).await?;
        Ok((found.len() <= MOST_POSTINGS).then_some(found))
    }

    /// In the order of ids only those titles are read that the page shows.
    async fn found_by_id(&self, chosen: &Chosen<'_>, ids: BTreeSet<TitleId>) -> Answer<Vec<Title>> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        if chosen.query.order == Order::Desc {
            ids.reverse();
        }
        if let Some(after) = chosen.page.after {
            ids.retain(|id| chosen.directed(id.uuid().cmp(&after.id)).is_gt());
        }
        let wanted = usize::from(chosen.page.limit) + 1;
        let mut titles = Vec::new();
        for ids in ids.chunks(wanted) {
            titles.extend(self.chosen_of(chosen, ids).await?);
            if titles.len() >= wanted {
                break;
            }
        }
        titles.truncate(wanted);
        Ok(titles)
    }

    async fn found_by_value(&self, chosen: &Chosen<'_>, ids: BTreeSet<TitleId>) -> Answer<Vec<Title>> {
        let ids: Vec<_> = ids.into_iter().collect();
        let mut titles = self.chosen_of(chosen, &ids).await?;
        let place = |title: &Title| position(chosen.query.sort, title);
        titles.sort_by(|a, b| chosen.compare(&place(a), &place(b)));
        if let Some(after) = chosen.page.after {
            titles.retain(|title| chosen.compare(&place(title), &after).is_gt());
        }
        titles.truncate(usize::from(chosen.page.limit) + 1);
        Ok(titles)
    }

    /// Those of the titles that are there and found by what they are now, in the order of `ids`.
    async fn chosen_of(&self, chosen: &Chosen<'_>, ids: &[TitleId]) -> Answer<Vec<Title>> {
        let keys: Vec<_> = ids.iter().map(|id| title_key(*id)).collect();
        let items = self.get_all(&keys, false).await?;
        let titles = items.values().map(|item| records::title(item).map(|title| (title.id, title)));
        let mut titles = titles.collect::<Answer<HashMap<_, _>>>()?;
        let titles = ids.iter().filter_map(|id| titles.remove(id));
        Ok(titles.filter(|title| chosen.has(title)).collect())
    }
}

/// What is searched, and which page of it.
struct Chosen<'a> {
    query: &'a TitleQuery,
    search: &'a Search,
    page: &'a PageRequest,
}

impl Chosen<'_> {
    fn has(&self, title: &Title) -> bool {
        title.fields.kind == self.query.kind && self.search.matches(&title.fields.name.words())
    }

    fn directed(&self, order: Ordering) -> Ordering {
        if self.query.order == Order::Desc { order.reverse() } else { order }
    }

    /// By value and id in the list's direction; unrated titles come last in either.
    fn compare(&self, a: &Position, b: &Position) -> Ordering {
        let unrated = |place: &Position| self.query.sort == TitleSort::Rating && place.value.is_none();
        let parts = unrated(a).cmp(&unrated(b));
        parts.then_with(|| self.directed((a.value, a.id).cmp(&(b.value, b.id))))
    }
}
