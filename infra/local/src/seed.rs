use clap::Args;
use jiff::{SignedDuration, Timestamp};
use models::{
    Email, Rating, Review, ReviewId, ReviewText, Title, TitleFields, TitleId, TitleType, UserId, Username,
    Walk, WalkId, WalkState,
};
use platform::{Platform, SeedUser};
use ports::Clock;

use crate::demo_people::{self, PASSWORD, id_at};
use crate::dice::Dice;
use crate::target::Target;

/// How many records go into one statement.
const BATCH: u64 = 2_000;
/// The names are made of these; a number behind them keeps them apart.
const WORDS: [&str; 12] = [
    "Тихий",
    "Северный",
    "Последний",
    "Звёздный",
    "Забытый",
    "Стальной",
    "Silent",
    "Northern",
    "Last",
    "Starry",
    "Forgotten",
    "Iron",
];
const THINGS: [&str; 12] =
    ["поезд", "маяк", "город", "лёд", "дом", "йод", "Train", "Beacon", "City", "Ice", "House", "Café"];

/// How much to add.
#[derive(Args, Clone, Copy)]
pub(crate) struct Amounts {
    /// Titles
    #[arg(long, default_value_t = 0)]
    titles: u64,
    /// People
    #[arg(long, default_value_t = 0)]
    users: u64,
    /// Reviews, each with a walk; the first title of the run gets a tenth of them, as far as there are people
    #[arg(long, default_value_t = 0)]
    reviews: u64,
}

/// One run: what it adds is its own, beside what is there.
struct Run<'a> {
    target: Target,
    clock: &'a dyn Clock,
    /// Of everybody's password.
    hash: String,
    now: Timestamp,
    /// Keeps names and addresses of two runs apart.
    tag: String,
    dice: Dice,
}

/// Adds made-up data in bulk; says what it added.
pub(crate) async fn load(platform: &Platform, amounts: Amounts) -> anyhow::Result<String> {
    let Amounts { titles, users, reviews } = amounts;
    anyhow::ensure!(
        reviews == 0 || (titles > 0 && users > 0),
        "reviews need --titles and --users of their own"
    );
    anyhow::ensure!(
        reviews <= titles.saturating_mul(users),
        "there are not so many pairs of titles and people"
    );
    let clock = platform.clock();
    let now = clock.now();
    let tag = format!("{:x}", now.as_millisecond());
    let mut run = Run {
        target: Target::of(platform).await?,
        hash: demo_people::hash(&*platform.hasher().await?, &clock).await?,
        clock: &*clock,
        now,
        tag,
        dice: Dice(now.as_millisecond().unsigned_abs()),
    };
    let people = run.users(users).await?;
    let catalogue = run.titles(titles).await?;
    let added = run.records(reviews, &people, &catalogue).await?;
    let mut said = format!("added {titles} titles, {users} people, {added} walks and as many reviews");
    if users > 0 {
        said.push_str(&format!(
            "\nEach signs in with the password {PASSWORD}, the first as {}",
            run.address(0)
        ));
    }
    Ok(said)
}

impl Run<'_> {
    async fn users(&mut self, count: u64) -> anyhow::Result<Vec<UserId>> {
        let mut ids = Vec::new();
        for first in (0..count).step_by(usize::try_from(BATCH)?) {
            let batch: Vec<_> =
                (first..count.min(first + BATCH)).map(|n| self.user(n)).collect::<Result<_, _>>()?;
            self.target.users(&batch).await?;
            ids.extend(batch.iter().map(|user| user.id));
            progress("people", ids.len(), count);
        }
        Ok(ids)
    }

    fn address(&self, number: u64) -> String {
        format!("seed-{}-{number}@prohod.example", self.tag)
    }

    fn user(&mut self, number: u64) -> anyhow::Result<SeedUser> {
        let joined_at = self.past();
        Ok(SeedUser {
            id: UserId::new(id_at(joined_at, self.clock)),
            email: Email::try_from(self.address(number))?,
            username: Username::try_from(format!("s{}-{number}", self.tag))?,
            password_hash: self.hash.clone(),
            joined_at,
        })
    }

    async fn titles(&mut self, count: u64) -> anyhow::Result<Vec<TitleId>> {
        let mut ids = Vec::new();
        for first in (0..count).step_by(usize::try_from(BATCH)?) {
            let batch: Vec<_> =
                (first..count.min(first + BATCH)).map(|n| self.title(n)).collect::<Result<_, _>>()?;
            self.target.titles(&batch).await?;
            ids.extend(batch.iter().map(|title| title.id));
            progress("titles", ids.len(), count);
        }
        Ok(ids)
    }

    fn title(&mut self, number: u64) -> anyhow::Result<Title> {
        let (word, thing) = (self.dice.of(&WORDS).copied(), self.dice.of(&THINGS).copied());
        let name =
            format!("{} {} {}-{number}", word.unwrap_or_default(), thing.unwrap_or_default(), self.tag);
        let created_at = self.past();
        Ok(Title {
            id: TitleId::new(id_at(created_at, self.clock)),
            fields: TitleFields {
                name: name.try_into()?,
                description: "Made up.".to_owned().try_into()?,
                kind: *self.dice.of(TitleType::ALL).unwrap_or(&TitleType::Game),
                release_year: (1950 + i64::try_from(self.dice.below(77))?).try_into()?,
            },
            cover: None,
            rating: None,
            reviews_count: 0,
            walks_count: 0,
            created_at,
            updated_at: created_at,
        })
    }

    /// The n-th pair is person n modulo people, title by a stride: no pair twice, and the first title is hot.
    async fn records(&mut self, count: u64, people: &[UserId], titles: &[TitleId]) -> anyhow::Result<u64> {
        let hot = (count / 10).min(people.len() as u64);
        let mut pairs: Vec<(UserId, TitleId)> = Vec::new();
        if let Some(first) = titles.first() {
            pairs.extend(people.iter().take(usize::try_from(hot)?).map(|user| (*user, *first)));
        }
        'filled: for round in 0..titles.len() {
            for (number, user) in people.iter().enumerate() {
                if pairs.len() as u64 >= count {
                    break 'filled;
                }
                let title = (number + round) % titles.len();
                if title > 0 || number as u64 >= hot {
                    pairs.extend(titles.get(title).map(|title| (*user, *title)));
                }
            }
        }
        let mut done = 0;
        for batch in pairs.chunks(usize::try_from(BATCH)?) {
            let (walks, reviews): (Vec<_>, Vec<_>) = batch
                .iter()
                .map(|(user, title)| self.record(*user, *title))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .unzip();
            self.target.records(&walks, &reviews).await?;
            done += batch.len();
            progress("walks and reviews", done, count);
        }
        Ok(done as u64)
    }

    fn record(&mut self, user_id: UserId, title_id: TitleId) -> anyhow::Result<(Walk, Review)> {
        let at = self.past();
        let walk = Walk {
            id: WalkId::new(id_at(at, self.clock)),
            title_id,
            user_id,
            state: *self.dice.of(WalkState::ALL).unwrap_or(&WalkState::Completed),
            created_at: at,
            updated_at: at,
        };
        let review = Review {
            id: ReviewId::new(id_at(at, self.clock)),
            title_id,
            user_id,
            rating: Rating::try_from(i64::try_from(self.dice.below(101))?)?,
            text: ReviewText::try_from("Made up.".to_owned())?,
            created_at: at,
            updated_at: at,
        };
        Ok((walk, review))
    }

    /// An instant of the last year.
    fn past(&mut self) -> Timestamp {
        let minutes = self.dice.below(365 * 24 * 60);
        self.now - SignedDuration::from_mins(i64::try_from(minutes).unwrap_or_default())
    }
}

fn progress(what: &str, done: usize, of: u64) {
    tracing::info!(event = "seed", what, done, of, "added");
}
