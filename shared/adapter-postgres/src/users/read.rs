use models::{Average, Stats, TitleType, User, UserId, WalkState};

use crate::failure::Failure;
use crate::rows::Columns;

/// Reads a person with their numbers out of a profile `p`, which the statement's head makes, in one round trip;
/// one more column and one more table as the statement needs them.
macro_rules! person {
    ($head:literal, $column:literal, $table:literal) => {
        concat!(
            $head,
            "
            select u.id, p.username, p.avatar, p.about, p.links, u.joined_at, u.email, u.last_auth_at, u.role,
                walks.types, walks.states, walks.counts, marks.count, marks.sum, ",
            $column,
            " from p join users u on u.id = p.user_id ",
            $table,
            " cross join lateral (
                select array_agg(n.type) as types, array_agg(n.state) as states, array_agg(n.count) as counts
                from (
                    select t.type, w.state, count(*) as count
                    from walks w join titles t on t.id = w.title_id
                    where w.user_id = u.id group by t.type, w.state
                ) n
            ) walks
            cross join lateral (
                select count(*) as count, coalesce(sum(r.rating), 0) as sum from reviews r where r.user_id = u.id
            ) marks
            where u.id = $1"
        )
    };
}
pub(crate) use person;

/// A person of [`person!`]'s columns.
pub(crate) fn user(columns: &mut Columns<'_>) -> Result<User, Failure> {
    Ok(User {
        id: UserId::new(columns.take()?),
        username: columns.username()?,
        avatar: columns.picture()?,
        about: columns.about()?,
        links: columns.links()?,
        joined_at: columns.take()?,
        email: columns.email()?,
        last_auth_at: columns.take()?,
        role: columns.role()?,
        stats: stats(columns)?,
    })
}

fn stats(columns: &mut Columns<'_>) -> Result<Stats, Failure> {
    let types = columns.take::<Option<Vec<i16>>>()?.unwrap_or_default();
    let states = columns.take::<Option<Vec<i16>>>()?.unwrap_or_default();
    let counts = columns.take::<Option<Vec<i64>>>()?.unwrap_or_default();
    let (reviews, sum): (i64, i64) = (columns.take()?, columns.take()?);
    let mut stats = Stats {
        reviews: u32::try_from(reviews).unwrap_or(u32::MAX),
        mean_rating: Average::of(sum, reviews),
        ..Stats::default()
    };
    for ((kind, state), count) in types.into_iter().zip(states).zip(counts) {
        let key = TitleType::from_number(kind).zip(WalkState::from_number(state));
        let key = key.ok_or_else(|| Failure::Stored("walks by type and state".to_owned()))?;
        stats.walks.insert(key, u32::try_from(count).unwrap_or(u32::MAX));
    }
    Ok(stats)
}
