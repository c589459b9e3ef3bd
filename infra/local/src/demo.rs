use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use models::{
    Order, PageRequest, Rating, Review, ReviewId, ReviewText, Title, TitleFields, TitleId, TitleSort,
    TitleType, UserId, Walk, WalkId, WalkState,
};
use platform::{Database, Platform};
use ports::{Clock, Conflict, Error, TitleQuery};
use serde::Deserialize;

use crate::demo_people::{self, PASSWORD, address, id_at};
use crate::dice::Dice;

#[derive(Deserialize)]
struct DemoTitle {
    name: String,
    description: String,
    r#type: String,
    release_year: i64,
}

#[derive(Deserialize)]
struct Texts {
    ru: Tones,
    en: Tones,
}

#[derive(Deserialize)]
struct Tones {
    high: Vec<String>,
    middle: Vec<String>,
    low: Vec<String>,
}

/// Loads the demonstration data, unless there are titles, and says what to try.
pub(crate) async fn load(platform: &Platform) -> anyhow::Result<String> {
    let database = platform.database()?;
    let clock = platform.clock();
    let try_it =
        format!("Sign in as {} with the password {PASSWORD} (moderator: {})", address(1), address(0));
    if has_titles(&database).await? {
        return Ok(try_it);
    }
    tracing::info!(event = "demo", "loading the demonstration data");
    let people = demo_people::register(&*database.users, &*platform.hasher().await?, &clock).await?;
    let titles = add_titles(&database, &clock).await?;
    let (walks, reviews) = add_records(&database, &clock, &people, &titles).await?;
    Ok(format!(
        "{} titles, {} people, {walks} walks, {reviews} reviews\n{try_it}",
        titles.len(),
        people.len()
    ))
}

async fn has_titles(database: &Database) -> anyhow::Result<bool> {
    for kind in TitleType::ALL {
        let query = TitleQuery { kind: *kind, search: None, sort: TitleSort::Id, order: Order::Asc };
        if !database.titles.list(&query, PageRequest { limit: 1, after: None }).await?.items.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn add_titles(database: &Database, clock: &Arc<dyn Clock>) -> anyhow::Result<Vec<TitleId>> {
    let titles: Vec<DemoTitle> = serde_json::from_str(include_str!("../demo/titles.json"))?;
    let mut ids = Vec::new();
    for (number, title) in titles.into_iter().enumerate() {
        let created = clock.now() - SignedDuration::from_hours(50 * 24 - i64::try_from(number)?);
        let fields = TitleFields {
            name: title.name.try_into()?,
            description: title.description.try_into()?,
            kind: title.r#type.parse()?,
            release_year: title.release_year.try_into()?,
        };
        let id = TitleId::new(id_at(created, &**clock));
        let title = Title {
            id,
            fields,
            cover: None,
            rating: None,
            reviews_count: 0,
            walks_count: 0,
            created_at: created,
            updated_at: created,
        };
        match database.titles.add(title).await {
            Ok(()) => ids.push(id),
            Err(Error::Conflict(Conflict::TitleExists(id))) => ids.push(id),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ids)
}

async fn add_records(
    database: &Database,
    clock: &Arc<dyn Clock>,
    people: &[UserId],
    titles: &[TitleId],
) -> anyhow::Result<(usize, usize)> {
    let texts: Texts = serde_json::from_str(include_str!("../demo/reviews.json"))?;
    let mut dice = Dice(2026);
    let (mut walks, mut reviews) = (0, 0);
    for user in people {
        for title in titles {
            if dice.below(100) >= 30 {
                continue;
            }
            let at = clock.now() - SignedDuration::from_mins(i64::try_from(dice.below(45 * 24 * 60))?);
            let state = *dice.of(WalkState::ALL).unwrap_or(&WalkState::Completed);
            walks += usize::from(walk(database, clock, *user, *title, state, at).await?);
            if dice.below(100) < 45 {
                reviews += usize::from(review(database, clock, *user, *title, &texts, &mut dice, at).await?);
            }
        }
    }
    Ok((walks, reviews))
}

async fn walk(
    database: &Database,
    clock: &Arc<dyn Clock>,
    user_id: UserId,
    title_id: TitleId,
    state: WalkState,
    at: Timestamp,
) -> anyhow::Result<bool> {
    let id = WalkId::new(id_at(at, &**clock));
    let added =
        database.walks.add(&Walk { id, title_id, user_id, state, created_at: at, updated_at: at }).await;
    match added {
        Err(Error::Conflict(_)) => Ok(false),
        other => Ok(other?),
    }
}

async fn review(
    database: &Database,
    clock: &Arc<dyn Clock>,
    user_id: UserId,
    title_id: TitleId,
    texts: &Texts,
    dice: &mut Dice,
    at: Timestamp,
) -> anyhow::Result<bool> {
    // Two dice: most marks are good ones, as people mostly finish what they like.
    let mark = 100 - dice.below(60).min(dice.below(100));
    let language = if dice.below(2) == 0 { &texts.ru } else { &texts.en };
    let tone = match mark {
        80.. => &language.high,
        60..80 => &language.middle,
        _ => &language.low,
    };
    let text = dice.of(tone).cloned().unwrap_or_default();
    let review = Review {
        id: ReviewId::new(id_at(at, &**clock)),
        title_id,
        user_id,
        rating: Rating::try_from(i64::try_from(mark)?)?,
        text: ReviewText::try_from(text)?,
        created_at: at,
        updated_at: at,
    };
    match database.reviews.add(&review).await {
        Err(Error::Conflict(_)) => Ok(false),
        other => Ok(other?),
    }
}
