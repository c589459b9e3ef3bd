use async_trait::async_trait;
use jiff::Timestamp;
use models::{
    FullReview, Order, Page, PageRequest, Position, Review, ReviewId, ReviewSort, ShortTitle, ShortUser,
    TitleId, TitleType, UserId,
};
use ports::{Conflict, Owned, Result, ReviewPatch, ReviewRef, Reviews};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::{Columns, columns, instant};
use crate::walks::{delete, entries, newest_after, numbers};

/// As for a walk: see there.
const ADD: &str = "
with person as (select id from users where id = $3 for key share),
title as (select id from titles where id = $2),
added as (
    insert into reviews (id, title_id, user_id, rating, text, created_at, updated_at)
    select $1, title.id, person.id, $4, $5, $6, $7 from title, person
    on conflict do nothing
    returning title_id, rating
),
counted as (
    update titles t set rating_sum = t.rating_sum + added.rating, rating_count = t.rating_count + 1
    from added where t.id = added.title_id
)
select exists (select from added), exists (select from title) and exists (select from person),
    (select id from reviews where title_id = $2 and user_id = $3)";

const FIND: &str = concat!(
    "select ",
    columns!(review),
    ", ",
    columns!(short_title),
    ", ",
    columns!(short_user),
    " from reviews r join titles t on t.id = r.title_id join profiles p on p.user_id = r.user_id
    where r.id = $1"
);

/// The review is locked first, so that the difference is that to its newest version; then its title. The sum is
/// moved by the difference and never computed anew (DB-2).
macro_rules! change {
    ($target:literal) => {
        concat!(
            "with target as (select * from reviews where ",
            $target,
            " for no key update),
            changed as (
                update reviews r set rating = coalesce($3, r.rating), text = coalesce($4, r.text), updated_at = $5
                from target
                where r.id = target.id and target.user_id = $2
                    and (coalesce($3, target.rating) <> target.rating or coalesce($4, target.text) <> target.text)
                returning r.*
            ),
            counted as (
                update titles t set rating_sum = t.rating_sum + (changed.rating - target.rating)
                from changed, target where t.id = changed.title_id and changed.rating <> target.rating
            )
            select (target.user_id = $2), ",
            columns!(review),
            " from target left join lateral (
                select * from changed union all select target.* where not exists (select from changed)
            ) r on true"
        )
    };
}

const CHANGE: &str = change!("id = $1");
const CHANGE_OWN: &str = change!("title_id = $1 and user_id = $2");

const DELETE: &str = "
with target as (select id, user_id from reviews where id = $1 for update),
gone as (
    delete from reviews r using target
    where r.id = target.id and target.user_id = $2
    returning r.title_id, r.rating
),
counted as (
    update titles t set rating_sum = t.rating_sum - gone.rating, rating_count = t.rating_count - 1
    from gone where t.id = gone.title_id
)
select user_id = $2 from target";

/// As for walks: see there.
macro_rules! of_user {
    ($page:literal, $joined:literal) => {
        concat!(
            "select e.* from users u left join lateral (select ",
            columns!(review),
            ", ",
            columns!(short_title),
            " from (
                select * from reviews r where r.user_id = u.id and (r.updated_at, r.title_id) < ($2, $3) ",
            $page,
            ") r join titles t on t.id = r.title_id ",
            $joined,
            ") e (id, title_id, user_id, rating, text, created_at, updated_at) on true
            where u.id = $1 order by e.updated_at desc, e.title_id desc"
        )
    };
}

const OF_USER: &str = of_user!("order by r.updated_at desc, r.title_id desc limit $5", "");
const OF_USER_BY_TYPE: &str =
    of_user!("", "where t.type = any ($4) order by r.updated_at desc, r.title_id desc limit $5");

macro_rules! of_title {
    ($key:literal, $after:literal, $order:literal) => {
        concat!(
            "select e.* from titles t left join lateral (select ",
            columns!(review),
            ", ",
            columns!(short_user),
            " from (select * from reviews r where r.title_id = t.id and (r.",
            $key,
            ", r.user_id) ",
            $after,
            " ($2, $3) order by r.",
            $key,
            " ",
            $order,
            ", r.user_id ",
            $order,
            " limit $4) r join profiles p on p.user_id = r.user_id
            ) e (id, title_id, user_id, rating, text, created_at, updated_at, person_id, username, avatar) on true
            where t.id = $1 order by e.",
            $key,
            " ",
            $order,
            ", e.user_id ",
            $order
        )
    };
}

const NEWEST: &str = of_title!("updated_at", "<", "desc");
const OLDEST: &str = of_title!("updated_at", ">", "asc");
const BEST: &str = of_title!("rating", "<", "desc");
const WORST: &str = of_title!("rating", ">", "asc");

async fn add(connection: &Connection, review: &Review) -> std::result::Result<bool, Failure> {
    let (id, title, user) = (review.id.uuid(), review.title_id.uuid(), review.user_id.uuid());
    let (rating, text) = (i16::from(review.rating.get()), review.text.as_str());
    let params = params![id, title, user, rating, text, review.created_at, review.updated_at];
    let answer = connection.row(ADD, params).await;
    if answer.as_ref().is_err_and(Failure::is_dangling) {
        return Ok(false);
    }
    let row = answer?.ok_or(Failure::Overtaken)?;
    let mut columns = Columns::of(&row);
    let (added, both): (bool, bool) = (columns.take()?, columns.take()?);
    match columns.take::<Option<Uuid>>()? {
        _ if added => Ok(true),
        Some(existing) if existing == id => Ok(true),
        Some(existing) => Err(Conflict::ReviewExists(ReviewId::new(existing)).into()),
        None if both => Err(Failure::Overtaken),
        None => Ok(false),
    }
}

/// The rows of a title's reviews after `page.after`, one more than the page.
async fn rows_of_title(
    connection: &Connection,
    title: TitleId,
    (sort, order): (ReviewSort, Order),
    page: PageRequest,
) -> std::result::Result<Vec<Row>, Failure> {
    let title = title.uuid();
    let limit = i64::from(page.limit) + 1;
    let value = page.after.and_then(|position| position.value);
    let id = |first| page.after.map_or(first, |position| position.id);
    let mark = |first| value.map_or(first, |value| i16::try_from(value).unwrap_or(first));
    match (sort, order) {
        (ReviewSort::UpdatedAt, Order::Desc) => {
            let (value, id) = newest_after(page.after);
            connection.rows(NEWEST, params![title, value, id, limit]).await
        }
        (ReviewSort::UpdatedAt, Order::Asc) => {
            let value = instant(value.unwrap_or_default());
            connection.rows(OLDEST, params![title, value, id(Uuid::nil()), limit]).await
        }
        (ReviewSort::Rating, Order::Desc) => {
            connection.rows(BEST, params![title, mark(i16::MAX), id(Uuid::max()), limit]).await
        }
        (ReviewSort::Rating, Order::Asc) => {
            connection.rows(WORST, params![title, mark(i16::MIN), id(Uuid::nil()), limit]).await
        }
    }
}

#[async_trait]
impl Reviews for Postgres {
    async fn add(&self, review: &Review) -> Result<bool> {
        self.unit(|connection| async move { add(&connection, review).await }).await
    }

    async fn find(&self, id: ReviewId) -> Result<Option<FullReview>> {
        self.unit(|connection| async move {
            let Some(row) = connection.row(FIND, params![id.uuid()]).await? else { return Ok(None) };
            let mut columns = Columns::of(&row);
            let Some(review) = columns.review()? else { return Ok(None) };
            Ok(Some(FullReview { review, title: columns.short_title()?, user: columns.short_user()? }))
        })
        .await
    }

    async fn change(
        &self,
        review: ReviewRef,
        by: UserId,
        patch: ReviewPatch,
        now: Timestamp,
    ) -> Result<Owned<Review>> {
        let (sql, id) = match review {
            ReviewRef::Id(id) => (CHANGE, id.uuid()),
            ReviewRef::OfTitle(title) => (CHANGE_OWN, title.uuid()),
        };
        let rating = patch.rating.map(|rating| i16::from(rating.get()));
        let text = patch.text.as_ref().map(|text| text.as_str());
        self.unit(|connection| async move {
            let row = connection.row(sql, params![id, by.uuid(), rating, text, now]).await?;
            let Some(row) = row else { return Ok(Owned::Absent) };
            let mut columns = Columns::of(&row);
            if !columns.take()? {
                return Ok(Owned::Foreign);
            }
            Ok(columns.review()?.map_or(Owned::Absent, Owned::Done))
        })
        .await
    }

    async fn delete(&self, id: ReviewId, by: UserId) -> Result<Owned<()>> {
        self.unit(|connection| async move { delete(&connection, DELETE, id.uuid(), by).await }).await
    }

    async fn of_user(
        &self,
        user: UserId,
        kinds: &[TitleType],
        page: PageRequest,
    ) -> Result<Option<Page<(Review, ShortTitle)>>> {
        let (value, id) = newest_after(page.after);
        let kinds = &numbers(kinds, TitleType::number);
        let limit = i64::from(page.limit) + 1;
        let sql = if kinds.is_empty() { OF_USER } else { OF_USER_BY_TYPE };
        let rows = self
            .unit(|connection| async move {
                let rows = connection.rows(sql, params![user.uuid(), value, id, kinds, limit]).await?;
                entries(&rows, |columns| {
                    Ok(match columns.review()? {
                        Some(review) => Some((review, columns.short_title()?)),
                        None => None,
                    })
                })
            })
            .await?;
        let position = |(review, title): &(Review, ShortTitle)| Position {
            value: Some(review.updated_at.as_millisecond()),
            id: title.id.uuid(),
        };
        Ok(rows.map(|rows| Page::cut(rows, page.limit, position)))
    }

    async fn of_title(
        &self,
        title: TitleId,
        sort: ReviewSort,
        order: Order,
        page: PageRequest,
    ) -> Result<Option<Page<(Review, ShortUser)>>> {
        let rows = self
            .unit(|connection| async move {
                entries(&rows_of_title(&connection, title, (sort, order), page).await?, |columns| {
                    Ok(match columns.review()? {
                        Some(review) => Some((review, columns.short_user()?)),
                        None => None,
                    })
                })
            })
            .await?;
        let value = |review: &Review| match sort {
            ReviewSort::UpdatedAt => review.updated_at.as_millisecond(),
            ReviewSort::Rating => review.rating.get().into(),
        };
        Ok(rows.map(|rows| {
            Page::cut(rows, page.limit, |(review, user)| Position {
                value: Some(value(review)),
                id: user.id.uuid(),
            })
        }))
    }
}
