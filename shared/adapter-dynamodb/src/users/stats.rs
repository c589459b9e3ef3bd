use std::collections::HashMap;

use models::{Average, Order, Stats, TitleId, TitleType, WalkState};

use crate::DynamoDb;
use crate::counts;
use crate::failure::Answer;
use crate::item::{Item, word};
use crate::lookup::{Lookup, Range};
use crate::records::{self, Kind, title_key, title_of, user_of};
use crate::tables::{BY_USER, Table};

impl DynamoDb {
    /// A person's numbers: reviews as they are counted, walks by reading them, since a title's type may change without
    /// anybody's records being touched.
    pub(super) async fn stats(&self, person: &Item) -> Answer<Stats> {
        let counts = counts::read(person)?;
        let mut stats = Stats {
            reviews: u32::try_from(counts.reviews).unwrap_or_default(),
            mean_rating: Average::of(counts.marks, counts.reviews),
            ..Stats::default()
        };
        if counts.walks == 0 {
            return Ok(stats);
        }
        let of_user = records::of_user(Kind::Walk, user_of(person)?);
        let range = (Range::after("", Order::Desc, None), Order::Desc);
        let all = Lookup::of_index(Table::Entries, &BY_USER, of_user, range);
        let (walks, _) = self.first(&all, usize::MAX).await?;
        let kinds = self.kinds(&walks).await?;
        for walk in &walks {
            // A title that went since counts no more.
            if let Some(kind) = kinds.get(&title_of(walk)?) {
                *stats.walks.entry((*kind, word(walk, "state", WalkState::from_number)?)).or_default() += 1;
            }
        }
        Ok(stats)
    }

    async fn kinds(&self, walks: &[Item]) -> Answer<HashMap<TitleId, TitleType>> {
        let keys = walks.iter().map(|walk| Ok(title_key(title_of(walk)?))).collect::<Answer<Vec<_>>>()?;
        let titles = self.get_all(&keys, false).await?;
        let kind = |item: &Item| Ok((TitleId::new(crate::item::uuid(item, "id")?), records::kind(item)?));
        titles.values().map(kind).collect()
    }
}
