mod amend;
mod deletion;
mod history;
mod list;

use async_trait::async_trait;
use jiff::Timestamp;
use models::{Change, Page, PageRequest, Picture, Title, TitleId, UserId};
use ports::{Conflict, CoverSet, Result, TitlePage, TitlePatch, TitleQuery, Titles};
use uuid::Uuid;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, columns, picture};
use crate::titles::amend::{Amendment, amend};

/// `name_key` is digested here, since an index takes no key as long as a name's can be.
const ADD: &str = "
with added as (
    insert into titles (
        id, type, name, name_key, description, release_year, cover, created_at, updated_at
    )
    values ($1, $2, $3, sha256(convert_to($4, 'UTF8')), $5, $6, $7, $8, $9)
    on conflict do nothing
    returning id, type
),
worded as (
    insert into title_words (type, word, title_id)
    select distinct added.type, word, added.id from added, unnest($10) word
)
select exists (select from added)";

/// Whose the place of a title is.
pub(crate) const PLACE: &str = "
select id from titles
where type = $1 and name_key = sha256(convert_to($2, 'UTF8')) and release_year = $3";

const FIND: &str = concat!(
    "select ",
    columns!(title),
    ", ",
    columns!(walk),
    ", ",
    columns!(review),
    " from titles t left join walks w on w.title_id = t.id and w.user_id = $2
    left join reviews r on r.title_id = t.id and r.user_id = $2 where t.id = $1"
);

async fn add(connection: &Connection, title: &Title) -> std::result::Result<(), Failure> {
    let fields = &title.fields;
    let (kind, key, year) = (fields.kind.number(), fields.name.key(), fields.release_year.get());
    let params = params![
        title.id.uuid(),
        kind,
        fields.name.as_str(),
        key,
        fields.description.as_str(),
        year,
        picture(title.cover.as_ref()),
        title.created_at,
        title.updated_at,
        fields.name.words(),
    ];
    let row = connection.row(ADD, params).await?.ok_or(Failure::Overtaken)?;
    if row.try_get(0)? {
        return Ok(());
    }
    match place(connection, (kind, &key, year)).await? {
        // Done before the connection broke.
        Some(existing) if existing == title.id => Ok(()),
        Some(existing) => Err(Conflict::TitleExists(existing).into()),
        None => Err(Failure::Overtaken),
    }
}

/// The title of this type, name and year.
pub(crate) async fn place(
    connection: &Connection,
    (kind, key, year): (i16, &str, i16),
) -> std::result::Result<Option<TitleId>, Failure> {
    let row = connection.row(PLACE, params![kind, key, year]).await?;
    row.map(|row| Ok(TitleId::new(row.try_get::<_, Uuid>(0)?))).transpose()
}

#[async_trait]
impl Titles for Postgres {
    async fn add(&self, title: Title) -> Result<()> {
        let title = &title;
        self.unit(|connection| async move { add(&connection, title).await }).await
    }

    async fn find(&self, id: TitleId, viewer: UserId) -> Result<Option<TitlePage>> {
        self.unit(|connection| async move {
            let row = connection.row(FIND, params![id.uuid(), viewer.uuid()]).await?;
            let Some(row) = row else { return Ok(None) };
            let mut columns = Columns::of(&row);
            Ok(Some(TitlePage {
                title: columns.title()?,
                my_walk: columns.walk()?,
                my_review: columns.review()?,
            }))
        })
        .await
    }

    async fn list(&self, query: &TitleQuery, page: PageRequest) -> Result<Page<Title>> {
        list::list(self, query, page).await
    }

    async fn change(
        &self,
        id: TitleId,
        patch: TitlePatch,
        by: UserId,
        change_id: Uuid,
        now: Timestamp,
    ) -> Result<Option<Title>> {
        let amendment = Amendment { id, by, change_id, now };
        let amended = amend(self, amendment, |title| {
            patch.apply(&mut title.fields);
        });
        Ok(amended.await?.map(|(_, title)| title))
    }

    async fn set_cover(
        &self,
        id: TitleId,
        cover: Picture,
        by: UserId,
        change_id: Uuid,
        now: Timestamp,
    ) -> Result<Option<CoverSet>> {
        let amendment = Amendment { id, by, change_id, now };
        let amended = amend(self, amendment, |title| title.cover = Some(cover.clone())).await?;
        // Set twice, a picture does not take its own place: its objects are still pointed at.
        Ok(amended
            .map(|(before, title)| CoverSet { replaced: before.cover.filter(|old| *old != cover), title }))
    }

    async fn delete(&self, id: TitleId, by: UserId, even_in_use: bool) -> Result<Option<Title>> {
        deletion::delete(self, id, by, even_in_use).await
    }

    async fn history(&self, id: TitleId, page: PageRequest) -> Result<Option<Page<Change>>> {
        history::of_title(self, id, page).await
    }

    async fn changes_by(&self, user: UserId, page: PageRequest) -> Result<Page<Change>> {
        history::by_user(self, user, page).await
    }
}
