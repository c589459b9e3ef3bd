use jiff::Timestamp;
use models::{FieldChange, Title, TitleId, UserId};
use ports::{Conflict, Result};
use tokio_postgres::types::Json;
use uuid::Uuid;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, columns, picture};
use crate::titles::history::StoredChange;
use crate::titles::place;

/// Which title changes, by whom, and when.
#[derive(Clone, Copy)]
pub(crate) struct Amendment {
    pub(crate) id: TitleId,
    pub(crate) by: UserId,
    pub(crate) change_id: Uuid,
    pub(crate) now: Timestamp,
}

const LOCK: &str = concat!("select ", columns!(title), " from titles t where t.id = $1 for no key update");

/// Words that stay are left alone; the person may be gone by now, and the history then does not name them.
const APPLY: &str = "
with changed as (
    update titles set type = $2, name = $3, name_key = sha256(convert_to($4, 'UTF8')), description = $5,
        release_year = $6, cover = $7, updated_at = $8
    where id = $1
),
unworded as (
    delete from title_words where title_id = $1 and not (type = $2 and word = any ($9))
),
worded as (
    insert into title_words (type, word, title_id) select distinct $2, word, $1 from unnest($9) word
    on conflict do nothing
),
person as (select id from users where id = $11 for key share)
insert into title_history (id, title_id, user_id, changed_at, changes)
values ($10, $1, (select id from person), $8, $12)
on conflict (id) do nothing";

/// Changes a title as `edit` says and writes its history; the title before and after. Where `edit` changes
/// nothing, nothing is written.
pub(crate) async fn amend(
    store: &Postgres,
    amendment: Amendment,
    edit: impl Fn(&mut Title) + Sync,
) -> Result<Option<(Title, Title)>> {
    let edit = &edit;
    store.unit(|connection| async move { attempt(&connection, amendment, edit).await }).await
}

async fn attempt(
    connection: &Connection,
    amendment: Amendment,
    edit: &(impl Fn(&mut Title) + Sync),
) -> std::result::Result<Option<(Title, Title)>, Failure> {
    connection.begin().await?;
    let Some(row) = connection.row(LOCK, params![amendment.id.uuid()]).await? else {
        connection.rollback().await?;
        return Ok(None);
    };
    let before = Columns::of(&row).title()?;
    let mut title = before.clone();
    edit(&mut title);
    let changes = before.changes_to(&title);
    if changes.is_empty() {
        connection.rollback().await?;
        return Ok(Some((before, title)));
    }
    title.updated_at = amendment.now;
    apply(connection, amendment, &title, &changes).await?;
    Ok(Some((before, title)))
}

async fn apply(
    connection: &Connection,
    amendment: Amendment,
    title: &Title,
    changes: &[FieldChange],
) -> std::result::Result<(), Failure> {
    let fields = &title.fields;
    let (kind, key, year) = (fields.kind.number(), fields.name.key(), fields.release_year.get());
    let changes: Vec<StoredChange> = changes.iter().map(StoredChange::from).collect();
    let params = params![
        title.id.uuid(),
        kind,
        fields.name.as_str(),
        key,
        fields.description.as_str(),
        year,
        picture(title.cover.as_ref()),
        amendment.now,
        fields.name.words(),
        amendment.change_id,
        amendment.by.uuid(),
        Json(changes),
    ];
    match connection.run(APPLY, params).await {
        Err(failure) if failure.is_taken() => {
            connection.rollback().await?;
            let existing = place(connection, (kind, &key, year)).await?;
            Err(existing.map_or(Failure::Overtaken, |id| Conflict::TitleExists(id).into()))
        }
        answer => {
            answer?;
            connection.commit().await
        }
    }
}
