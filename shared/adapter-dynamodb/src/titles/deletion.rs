use models::{Order, Title, TitleId, UserId};
use ports::{Conflict, Result};

use super::give_back;
use crate::DynamoDb;
use crate::calls::{Gives, Updated};
use crate::counts::IS_THERE;
use crate::failure::{Answer, Failure};
use crate::item::{n, true_value};
use crate::lookup::{Lookup, Range};
use crate::postings;
use crate::records::{self, Kind, title_key};
use crate::tables::Table;
use crate::write::Write;

/// So many entries in one step: of ten people at the most, few enough for one transaction.
const BATCH: usize = 10;

impl DynamoDb {
    /// Removes a title, its head last. What it is marked with first keeps anything new from hanging on it: whatever
    /// interrupts this, it can be repeated.
    pub(super) async fn delete_title(
        &self,
        id: TitleId,
        by: UserId,
        even_in_use: bool,
    ) -> Result<Option<Title>> {
        let begun = self.unit(|| self.begin_to_remove(id, by, even_in_use)).await?;
        let Some(title) = begun else { return Ok(None) };
        while self.unit(|| self.remove_some_of(id)).await? {}
        self.unit(|| self.remove_title(id)).await?;
        Ok(Some(title))
    }

    async fn begin_to_remove(&self, id: TitleId, by: UserId, even_in_use: bool) -> Answer<Option<Title>> {
        let keys = [title_key(id), Kind::Walk.key(id, by), Kind::Review.key(id, by)];
        let mut found = self.get_all(&keys, true).await?;
        let [title, walk, review] = keys.map(|key| found.remove(&key));
        let Some(item) = title else { return Ok(None) };
        let title = records::title(&item)?;
        let own = (u32::from(walk.is_some()), u32::from(review.is_some()));
        let mark = Write::update(title_key(id), "SET #going = :yes").with(":yes", true_value());
        let mark = if even_in_use {
            mark.when(IS_THERE)
        } else if (title.walks_count, title.reviews_count) == own {
            mark.when("#walks_count = :walks AND #rating_count = :reviews")
                .with(":walks", n(own.0))
                .with(":reviews", n(own.1))
        } else {
            return Err(Conflict::TitleInUse.into());
        };
        match self.update(&mark, Gives::After).await? {
            Updated::Done(_) => Ok(Some(title)),
            Updated::Refused(_) => Err(Failure::Overtaken),
        }
    }

    /// Removes some of what hangs on the title; `true` where there may be more.
    async fn remove_some_of(&self, id: TitleId) -> Answer<bool> {
        let range = Range::after("", Order::Asc, None);
        let all = Lookup::of_table(Table::Entries, id.to_string(), range, true);
        let (entries, more) = self.first(&all, BATCH).await?;
        if !entries.is_empty() {
            self.remove_entries(&entries).await?;
        }
        Ok(more)
    }

    /// The words, then the title with its place.
    async fn remove_title(&self, id: TitleId) -> Answer<()> {
        let Some(item) = self.get(&title_key(id)).await? else { return Ok(()) };
        let title = records::title(&item)?;
        self.remove_all(postings::keys(id, &title.fields)).await?;
        let head = Write::delete(title_key(id)).when("#walks_count = :none AND #rating_count = :none");
        let writes = [head.with(":none", n(0)), give_back(&title.fields, id)];
        let committed = self.transact(&writes).await?;
        // Somebody else may have removed it at the same time.
        if committed.refused(0) && committed.found(0).is_none() { Ok(()) } else { committed.or_overtaken() }
    }
}
