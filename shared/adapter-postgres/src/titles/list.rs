use models::{Order, Page, PageRequest, Position, Search, Title, TitleSort};
use ports::{Result, TitleQuery};
use uuid::Uuid;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, columns};

/// The ids that match a search: those of the longest word's range, if each other word has a match too.
const FOUND: &str = "
with found as materialized (
    select distinct w.title_id as id from title_words w
    where w.type = $1 and w.word >= $6 and w.word < $7 and not exists (
        select from unnest($8, $9) other (low, high) where not exists (
            select from title_words o
            where o.title_id = w.title_id and o.word >= other.low and o.word < other.high
        )
    )
),";

/// The statement of a list: `$1` is the type, `$2` and `$3` are the value and id that the page comes after, `$4` is
/// the id that its unrated part comes after, `$5` the number of rows. It is put together of these words alone.
fn statement(sort: TitleSort, order: Order, searched: bool) -> String {
    let (after, to) = match order {
        Order::Asc => (">", "asc"),
        Order::Desc => ("<", "desc"),
    };
    let (head, from) = if searched {
        (FOUND, "found f join titles t on t.id = f.id where")
    } else {
        ("with", "titles t where t.type = $1 and")
    };
    let columns = columns!(title);
    match sort {
        // What a search found is cut before the titles are read.
        TitleSort::Id if searched => format!(
            "{head} page as (select id from found where id {after} $3 order by id {to} limit $5)
            select {columns} from page join titles t on t.id = page.id order by t.id {to}"
        ),
        TitleSort::Id => {
            format!("select {columns} from {from} t.id {after} $3 order by t.id {to} limit $5")
        }
        TitleSort::ReleaseYear => format!(
            "{head} page as (
                select t.* from {from} (t.release_year, t.id) {after} ($2, $3)
                order by t.release_year {to}, t.id {to} limit $5
            )
            select {columns} from page t order by t.release_year {to}, t.id {to}"
        ),
        // Two ranges of one index: in either direction the rated ones come first, and the unrated ones fill what
        // is left of the page, in the same direction.
        TitleSort::Rating => format!(
            "{head} rated as materialized (
                select t.* from {from} (t.rating, t.id) {after} ($2, $3)
                order by t.rating {to}, t.id {to} limit $5
            ),
            unrated as materialized (
                select t.* from {from} t.rating is null and t.id {after} $4
                order by t.rating {to}, t.id {to} limit $5 - (select count(*) from rated)
            )
            select {columns} from (select 1 as part, * from rated union all select 2, * from unrated) t
            order by t.part, t.rating {to}, t.id {to}"
        ),
    }
}

/// What stands before everything in a direction: a number and an id beyond any that is kept.
const fn edge(order: Order) -> (i16, Uuid) {
    match order {
        Order::Asc => (i16::MIN, Uuid::nil()),
        Order::Desc => (i16::MAX, Uuid::max()),
    }
}

/// The value and id that the page comes after, and the id that its unrated part comes after.
fn bounds(sort: TitleSort, order: Order, after: Option<Position>) -> (i16, Uuid, Uuid) {
    let (first, first_id) = edge(order);
    let Some(Position { value, id }) = after else { return (first, first_id, first_id) };
    match (sort, value) {
        (TitleSort::Rating, None) => {
            // The rated ones are all read: what they come after is the other edge.
            let (last, last_id) = edge(match order {
                Order::Asc => Order::Desc,
                Order::Desc => Order::Asc,
            });
            (last, last_id, id)
        }
        (_, value) => (value.and_then(|value| i16::try_from(value).ok()).unwrap_or(first), id, first_id),
    }
}

fn position(sort: TitleSort, title: &Title) -> Position {
    let value = match sort {
        TitleSort::Id => None,
        TitleSort::ReleaseYear => Some(title.fields.release_year.get().into()),
        TitleSort::Rating => title.rating.map(|rating| rating.tenths().into()),
    };
    Position { value, id: title.id.uuid() }
}

/// What every word that begins like this is before: no word has the last code point in it.
fn end(word: &str) -> String {
    format!("{word}\u{10FFFF}")
}

async fn rows(
    connection: &Connection,
    query: &TitleQuery,
    page: PageRequest,
) -> std::result::Result<Vec<Title>, Failure> {
    let (value, id, unrated) = bounds(query.sort, query.order, page.after);
    let (kind, limit) = (query.kind.number(), i64::from(page.limit) + 1);
    let rows = match query.search.as_ref().map(Search::words) {
        None => {
            let sql = statement(query.sort, query.order, false);
            connection.rows(&sql, params![kind, value, id, unrated, limit]).await?
        }
        // Marks alone find nothing.
        Some([]) => Vec::new(),
        Some([longest, others @ ..]) => {
            let sql = statement(query.sort, query.order, true);
            let highs: Vec<String> = others.iter().map(|word| end(word)).collect();
            let params = params![
                kind,
                value,
                id,
                unrated,
                limit,
                longest.as_str(),
                end(longest),
                others.to_vec(),
                highs
            ];
            connection.rows(&sql, params).await?
        }
    };
    rows.iter().map(|row| Columns::of(row).title()).collect()
}

pub(crate) async fn list(store: &Postgres, query: &TitleQuery, page: PageRequest) -> Result<Page<Title>> {
    let rows = store.unit(|connection| async move { rows(&connection, query, page).await }).await?;
    Ok(Page::cut(rows, page.limit, |title| position(query.sort, title)))
}
