use models::{
    Change, Description, FieldChange, Name, Page, PageRequest, Picture, Position, Refusal, ReleaseYear,
    TitleId, TitleType, UserId,
};
use ports::Result;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;
use uuid::Uuid;

use crate::Postgres;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, StoredPicture, columns};
use crate::walks::{entries, newest_after};

/// A field's change as it is kept in a column, before and after.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoredChange {
    Name(String, String),
    Description(String, String),
    Type(i16, i16),
    ReleaseYear(i16, i16),
    Cover(Option<StoredPicture>, Option<StoredPicture>),
}

impl From<&FieldChange> for StoredChange {
    fn from(change: &FieldChange) -> Self {
        let stored = |picture: &Option<Picture>| picture.as_ref().map(StoredPicture::from);
        match change {
            FieldChange::Name(old, new) => Self::Name(old.as_str().to_owned(), new.as_str().to_owned()),
            FieldChange::Description(old, new) => {
                Self::Description(old.as_str().to_owned(), new.as_str().to_owned())
            }
            FieldChange::Kind(old, new) => Self::Type(old.number(), new.number()),
            FieldChange::ReleaseYear(old, new) => Self::ReleaseYear(old.get(), new.get()),
            FieldChange::Cover(old, new) => Self::Cover(stored(old), stored(new)),
        }
    }
}

impl StoredChange {
    /// `None` where it is no change that this program writes.
    fn read(self) -> Option<FieldChange> {
        let year = |year: i16| ReleaseYear::try_from(i64::from(year)).ok();
        Some(match self {
            Self::Name(old, new) => FieldChange::Name(text::<Name>(old)?, text(new)?),
            Self::Description(old, new) => FieldChange::Description(text::<Description>(old)?, text(new)?),
            Self::Type(old, new) => {
                FieldChange::Kind(TitleType::from_number(old)?, TitleType::from_number(new)?)
            }
            Self::ReleaseYear(old, new) => FieldChange::ReleaseYear(year(old)?, year(new)?),
            Self::Cover(old, new) => FieldChange::Cover(old.map(Picture::from), new.map(Picture::from)),
        })
    }
}

fn text<T: TryFrom<String, Error = Refusal>>(stored: String) -> Option<T> {
    T::try_from(stored).ok()
}

const OF_TITLE: &str = concat!(
    "select e.* from titles t left join lateral (
        select h.id, h.title_id, h.changed_at, h.changes, ",
    columns!(short_user),
    " from title_history h left join profiles p on p.user_id = h.user_id
        where h.title_id = t.id and (h.changed_at, h.id) < ($2, $3)
        order by h.changed_at desc, h.id desc limit $4
    ) e on true
    where t.id = $1 order by e.changed_at desc, e.id desc"
);

const BY_USER: &str = concat!(
    "select h.id, h.title_id, h.changed_at, h.changes, ",
    columns!(short_user),
    " from title_history h join profiles p on p.user_id = h.user_id
    where h.user_id = $1 and (h.changed_at, h.id) < ($2, $3)
    order by h.changed_at desc, h.id desc limit $4"
);

/// A change with its id; `None` where the row is a title without any.
fn change(columns: &mut Columns<'_>) -> std::result::Result<Option<(Uuid, Change)>, Failure> {
    let Some(id) = columns.take::<Option<Uuid>>()? else { return Ok(None) };
    let title_id = TitleId::new(columns.take()?);
    let changed_at = columns.take()?;
    let Json(stored) = columns.take::<Json<Vec<StoredChange>>>()?;
    let changes = stored.into_iter().map(StoredChange::read).collect::<Option<Vec<_>>>();
    let changes = changes.ok_or_else(|| Failure::Stored("changes".to_owned()))?;
    let user = columns.optional_user()?;
    Ok(Some((id, Change { title_id, changed_at, user, changes })))
}

/// An id breaks ties that a change itself does not have.
fn cut(rows: Vec<(Uuid, Change)>, limit: u16) -> Page<Change> {
    let page = Page::cut(rows, limit, |(id, change)| Position {
        value: Some(change.changed_at.as_millisecond()),
        id: *id,
    });
    Page { items: page.items.into_iter().map(|(_, change)| change).collect(), next: page.next }
}

pub(crate) async fn of_title(
    store: &Postgres,
    id: TitleId,
    page: PageRequest,
) -> Result<Option<Page<Change>>> {
    let (value, after) = newest_after(page.after);
    let limit = i64::from(page.limit) + 1;
    let rows = store
        .unit(|connection| async move {
            entries(&connection.rows(OF_TITLE, params![id.uuid(), value, after, limit]).await?, change)
        })
        .await?;
    Ok(rows.map(|rows| cut(rows, page.limit)))
}

pub(crate) async fn by_user(store: &Postgres, user: UserId, page: PageRequest) -> Result<Page<Change>> {
    let (value, after) = newest_after(page.after);
    let limit = i64::from(page.limit) + 1;
    let rows = store
        .unit(|connection| async move {
            entries(&connection.rows(BY_USER, params![user.uuid(), value, after, limit]).await?, change)
        })
        .await?;
    Ok(cut(rows.unwrap_or_default(), page.limit))
}
