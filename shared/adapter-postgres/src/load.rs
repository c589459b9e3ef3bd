use jiff::Timestamp;
use models::{Email, Review, Title, UserId, Username, Walk};
use ports::Result;

use crate::Postgres;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::params::params;
use crate::rows::picture;

/// A person for measurements and demonstrations.
#[derive(Debug, Clone)]
pub struct SeedUser {
    /// Their id.
    pub id: UserId,
    /// Their address.
    pub email: Email,
    /// Their name.
    pub username: Username,
    /// The PHC string of their password, or what is none, and then nothing matches it.
    pub password_hash: String,
    /// When they joined.
    pub joined_at: Timestamp,
}

/// Fills the store with many records at once. What is there already stays as it is; sums and counts are right
/// after every call. A few thousand records a call are a good measure.
#[derive(Clone)]
pub struct Loader(Postgres);

const USERS: &str = "
with account as (
    insert into users (id, email, email_key, password_hash, role, joined_at, last_auth_at)
    select id, email, email_key, hash, 1, joined, joined
    from unnest($1, $2, $3, $4, $5) u (id, email, email_key, hash, joined)
    on conflict do nothing
    returning id
)
insert into profiles (user_id, username, username_key, about, links)
select p.id, p.username, p.username_key, '', '[]'
from unnest($1, $6, $7) p (id, username, username_key) join account on account.id = p.id";

const TITLES: &str = "
with added as (
    insert into titles (
        id, type, name, name_key, description, release_year, cover, created_at, updated_at
    )
    select id, type, name, sha256(convert_to(key, 'UTF8')), description, year, cover, created, updated
    from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        t (id, type, name, key, description, year, cover, created, updated)
    on conflict do nothing
    returning id, type
)
insert into title_words (type, word, title_id)
select distinct added.type, w.word, added.id
from unnest($10, $11) w (title_id, word) join added on added.id = w.title_id";

const WALKS: &str = "
with added as (
    insert into walks (id, title_id, user_id, state, created_at, updated_at)
    select w.* from unnest($1, $2, $3, $4, $5, $6) w
    on conflict do nothing
    returning title_id
),
locked as materialized (
    select id from titles where id in (select title_id from added) order by id for no key update
)
update titles t set walks_count = t.walks_count + n.count
from (select title_id, count(*) as count from added group by title_id) n
join locked on locked.id = n.title_id
where t.id = n.title_id";

const REVIEWS: &str = "
with added as (
    insert into reviews (id, title_id, user_id, rating, text, created_at, updated_at)
    select r.* from unnest($1, $2, $3, $4, $5, $6, $7) r
    on conflict do nothing
    returning title_id, rating
),
locked as materialized (
    select id from titles where id in (select title_id from added) order by id for no key update
)
update titles t set rating_sum = t.rating_sum + n.sum, rating_count = t.rating_count + n.count
from (select title_id, sum(rating) as sum, count(*) as count from added group by title_id) n
join locked on locked.id = n.title_id
where t.id = n.title_id";

/// A column of the rows.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

async fn titles(connection: &Connection, titles: &[Title]) -> std::result::Result<(), Failure> {
    let words: Vec<_> = titles
        .iter()
        .flat_map(|title| title.fields.name.words().into_iter().map(|word| (title.id.uuid(), word)))
        .collect();
    let params = params![
        column(titles, |title| title.id.uuid()),
        column(titles, |title| title.fields.kind.number()),
        column(titles, |title| title.fields.name.as_str()),
        column(titles, |title| title.fields.name.key()),
        column(titles, |title| title.fields.description.as_str()),
        column(titles, |title| title.fields.release_year.get()),
        column(titles, |title| picture(title.cover.as_ref())),
        column(titles, |title| title.created_at),
        column(titles, |title| title.updated_at),
        column(&words, |(id, _)| *id),
        column(&words, |(_, word)| word.as_str()),
    ];
    connection.run(TITLES, params).await.map(drop)
}

impl Loader {
    /// A loader of this store.
    #[must_use]
    pub const fn new(store: Postgres) -> Self {
        Self(store)
    }

    /// Adds people.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn users(&self, users: &[SeedUser]) -> Result<()> {
        self.0
            .unit(|connection| async move {
                let params = params![
                    column(users, |user| user.id.uuid()),
                    column(users, |user| user.email.shown()),
                    column(users, |user| user.email.key()),
                    column(users, |user| user.password_hash.as_str()),
                    column(users, |user| user.joined_at),
                    column(users, |user| user.username.as_str()),
                    column(users, |user| user.username.key()),
                ];
                connection.run(USERS, params).await.map(drop)
            })
            .await
    }

    /// Adds titles. Their ratings and counts come of the walks and reviews that are added after them, whatever the
    /// titles themselves say.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn titles(&self, new: &[Title]) -> Result<()> {
        self.0.unit(|connection| async move { titles(&connection, new).await }).await
    }

    /// Adds walks of people and titles that are there.
    ///
    /// # Errors
    /// The database does not answer, or a person or title is not there.
    pub async fn walks(&self, walks: &[Walk]) -> Result<()> {
        self.0
            .unit(|connection| async move {
                let params = params![
                    column(walks, |walk| walk.id.uuid()),
                    column(walks, |walk| walk.title_id.uuid()),
                    column(walks, |walk| walk.user_id.uuid()),
                    column(walks, |walk| walk.state.number()),
                    column(walks, |walk| walk.created_at),
                    column(walks, |walk| walk.updated_at),
                ];
                connection.run(WALKS, params).await.map(drop)
            })
            .await
    }

    /// Adds reviews by people and of titles that are there.
    ///
    /// # Errors
    /// The database does not answer, or a person or title is not there.
    pub async fn reviews(&self, reviews: &[Review]) -> Result<()> {
        self.0
            .unit(|connection| async move {
                let params = params![
                    column(reviews, |review| review.id.uuid()),
                    column(reviews, |review| review.title_id.uuid()),
                    column(reviews, |review| review.user_id.uuid()),
                    column(reviews, |review| i16::from(review.rating.get())),
                    column(reviews, |review| review.text.as_str()),
                    column(reviews, |review| review.created_at),
                    column(reviews, |review| review.updated_at),
                ];
                connection.run(REVIEWS, params).await.map(drop)
            })
            .await
    }
}
