use jiff::Timestamp;
use models::{FieldChange, Title, TitleId, UserId};
use uuid::Uuid;

use super::{give_back, place, take, taken};
use crate::DynamoDb;
use crate::counts::{self, Counts, STAYS};
use crate::failure::{Answer, Failure};
use crate::item::{Item, count, instant, n, picture, s};
use crate::postings::Rewording;
use crate::records::{self, shelf, title_key, year_order};
use crate::titles::history::change_item;
use crate::write::Write;

/// Which title changes, by whom, and when.
#[derive(Clone, Copy)]
pub(crate) struct Amendment {
    pub(crate) id: TitleId,
    pub(crate) by: UserId,
    pub(crate) change_id: Uuid,
    pub(crate) now: Timestamp,
}

impl DynamoDb {
    /// Changes a title as `edit` says and writes its history; the title before and after. Where `edit` changes
    /// nothing, nothing is written.
    pub(super) async fn amend(
        &self,
        amendment: Amendment,
        edit: &(impl Fn(&mut Title) + Sync),
    ) -> Answer<Option<(Title, Title)>> {
        let Some(seen) = self.get(&title_key(amendment.id)).await? else { return Ok(None) };
        let before = records::title(&seen)?;
        let mut title = before.clone();
        edit(&mut title);
        let changes = before.changes_to(&title);
        if changes.is_empty() {
            return Ok(Some((before, title)));
        }
        title.updated_at = amendment.now;
        // Whoever changes it may be gone by now: the history then does not name them.
        let done = self.apply(amendment, &seen, (&before, &title), (&changes, true)).await?
            || self.apply(amendment, &seen, (&before, &title), (&changes, false)).await?;
        if done { Ok(Some((before, title))) } else { Err(Failure::Overtaken) }
    }

    /// `false` where the person is not there.
    async fn apply(
        &self,
        amendment: Amendment,
        seen: &Item,
        (before, title): (&Title, &Title),
        (changes, named): (&[FieldChange], bool),
    ) -> Answer<bool> {
        let history = change_item(&amendment, changes, named);
        let mut writes = vec![rewrite(seen, title)?, Write::put(crate::tables::Table::Entries, history)];
        if named {
            writes.push(counts::of_user(amendment.by, Counts::change(1), STAYS));
        }
        let person = writes.len() - 1;
        let moves = place(&before.fields) != place(&title.fields);
        if moves {
            writes.extend([take(&title.fields, title.id), give_back(&before.fields, title.id)]);
        }
        let rewording = Rewording::between(title.id, &before.fields, &title.fields);
        let committed = self.transact_reworded(writes, rewording).await?;
        if committed.refused(0) {
            return Err(Failure::Overtaken);
        }
        if moves && let Some(lock) = committed.found(person + 1) {
            return Err(taken(lock)?);
        }
        if named && committed.refused(person) {
            return Ok(false);
        }
        committed.or_overtaken().map(|()| true)
    }
}

/// The title's item with its new fields, on condition that nobody changed them meanwhile, or began to remove it.
fn rewrite(seen: &Item, title: &Title) -> Answer<Write> {
    let fields = &title.fields;
    let revision: u64 = count(seen, "revision")?;
    let set = "SET #name = :name, #description = :description, #type = :type, #release_year = :year, \
        #year_order = :year_order, #shelf = :shelf, #updated_at = :now, #revision = :next";
    let set = if title.cover.is_some() { format!("{set}, #cover = :cover") } else { set.to_owned() };
    let write = Write::update(title_key(title.id), set)
        .when("#revision = :revision AND attribute_not_exists(#going)")
        .with(":name", s(fields.name.as_str()))
        .with(":description", s(fields.description.as_str()))
        .with(":type", n(fields.kind.number()))
        .with(":year", n(fields.release_year.get()))
        .with(":year_order", s(year_order(fields.release_year, title.id)))
        .with(":shelf", s(shelf(fields.kind, count(seen, "shard")?)))
        .with(":now", instant(title.updated_at))
        .with(":revision", n(revision))
        .with(":next", n(revision + 1));
    Ok(match &title.cover {
        Some(cover) => write.with(":cover", picture(cover)),
        None => write,
    })
}
