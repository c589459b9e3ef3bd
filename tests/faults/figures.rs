//! What a scenario counted. It fails where anything is counted that must not be, and leaves its figures to be summed.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use contract::chance::Dice;
use serde_json::json;

use super::weather::Part;
use crate::support::{service, setting};

/// Names the folder of the figures.
const FOLDER: &str = "FAULTS_FIGURES";
/// Names the seed to repeat a run with.
const SEED: &str = "FAULTS_SEED";
/// So many of what went wrong are told in full.
const EXAMPLES: usize = 12;

/// Requests of which some may be answered 503 with nothing wrong with what they need, for a reason that is none of the
/// server's. Every other such answer is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Spared {
    /// Such requests, among the figures.
    pub asked: &'static str,
    /// Those of them that were answered so.
    pub refused: &'static str,
    /// One in so many may be, and in a short run so few.
    one_in: u64,
    few: u64,
}

impl Spared {
    /// Valkey has 250 ms for an answer, what stands in for SES and S3 three and five seconds: a machine that is busy
    /// elsewhere uses them up. Limits by person are none of it: they go on without the cache.
    const HURRIED: Self = Self {
        asked: "requests that need cache, mail or pictures",
        refused: "answered 503 by cache, mail or pictures for no fault",
        one_in: 100,
        few: 5,
    };
    /// DynamoDB's test service takes one call after the other, on the threads of the tests themselves, and who writes
    /// an item that others write as well is too late now and then (crowds.rs). Postgres has a queue, and 7 seconds.
    const CROWDED: Self = Self {
        asked: "requests that need DynamoDB alone",
        refused: "answered 503 by DynamoDB for no fault",
        one_in: 200,
        few: 3,
    };

    /// Whether those with these needs are.
    pub fn of(needs: &[Part], on_dynamodb: bool) -> Option<Self> {
        if needs.iter().any(|part| *part != Part::Database) {
            return Some(Self::HURRIED);
        }
        (on_dynamodb && !needs.is_empty()).then_some(Self::CROWDED)
    }

    fn most(self, asked: u64) -> u64 {
        self.few.max(asked / self.one_in)
    }
}

/// What must never be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// What was acknowledged is not there, or what is there was never asked for.
    LostWrite,
    /// A title's average or count is not that of its reviews.
    Average,
    /// What was written in one step is there by half, or what is unique is there twice.
    HalfDone,
    /// A status that the fault does not explain.
    Status,
    /// No answer within 9 seconds.
    Late,
    /// Not well 10 seconds after the backend's return.
    NotBack,
}

impl Wrong {
    const ALL: [Self; 6] =
        [Self::LostWrite, Self::Average, Self::HalfDone, Self::Status, Self::Late, Self::NotBack];

    const fn name(self) -> &'static str {
        match self {
            Self::LostWrite => "lost writes",
            Self::Average => "wrong averages",
            Self::HalfDone => "half-done writes",
            Self::Status => "unexpected statuses",
            Self::Late => "late answers",
            Self::NotBack => "not well in time",
        }
    }
}

/// The figures of one scenario.
pub struct Figures {
    scenario: String,
    seed: u64,
    /// Whether the store that is tested is DynamoDB.
    pub on_dynamodb: bool,
    counted: Mutex<BTreeMap<&'static str, u64>>,
    examples: Mutex<Vec<String>>,
}

impl Figures {
    /// Those of a scenario on the store that is tested.
    pub fn new(scenario: &str) -> Self {
        let drawn = || RandomState::new().hash_one(scenario);
        let seed = setting(SEED).map_or_else(drawn, |seed| seed.parse().expect("a whole number"));
        let counted = Wrong::ALL.map(|wrong| (wrong.name(), 0));
        let store = service("TEST_STORE");
        Self {
            scenario: format!("{scenario}, {store}{}", pooled()),
            seed,
            on_dynamodb: store == "dynamodb",
            counted: Mutex::new(BTreeMap::from(counted)),
            examples: Mutex::default(),
        }
    }

    /// The chance of this run.
    pub fn dice(&self) -> Dice {
        Dice::new(self.seed)
    }

    /// Counts.
    pub fn count(&self, what: &'static str, by: u64) {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += by;
    }

    /// Keeps the largest of what is measured; the name begins with `largest`.
    pub fn largest(&self, what: &'static str, measured: u64) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let largest = counted.entry(what).or_default();
        *largest = measured.max(*largest);
    }

    /// What is counted so far.
    pub fn of(&self, what: &str) -> u64 {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.get(what).copied().unwrap_or_default()
    }

    /// Counts what must not be.
    pub fn wrong(&self, wrong: Wrong, example: impl std::fmt::Display) {
        self.count(wrong.name(), 1);
        let mut examples = self.examples.lock().unwrap_or_else(PoisonError::into_inner);
        if examples.len() < EXAMPLES {
            examples.push(format!("{}: {example}", wrong.name()));
        }
    }

    /// Leaves the figures so far, where they are wanted.
    pub fn save(&self) {
        self.leave(false);
    }

    fn leave(&self, finished: bool) {
        let Some(folder) = setting(FOLDER) else { return };
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let name = self.scenario.replace([' ', ','], "-");
        let figures =
            json!({"scenario": self.scenario, "seed": self.seed, "finished": finished, "figures": counted});
        let path = PathBuf::from(folder).join(format!("{name}.json"));
        // Renamed into place, so that nobody reads the half of it.
        std::fs::write(path.with_extension("new"), figures.to_string()).expect("a folder for figures");
        std::fs::rename(path.with_extension("new"), path).expect("a folder for figures");
    }

    /// Leaves the figures, and fails where something went wrong.
    pub fn finish(&self) {
        for spared in [Spared::HURRIED, Spared::CROWDED] {
            let (asked, refused) = (self.of(spared.asked), self.of(spared.refused));
            if refused > spared.most(asked) {
                self.wrong(
                    Wrong::Status,
                    format_args!("{refused} of {asked} {}: {}", spared.asked, spared.refused),
                );
            }
        }
        self.leave(true);
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let examples = self.examples.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
        let wrong: u64 = Wrong::ALL.iter().map(|wrong| counted[wrong.name()]).sum();
        assert_eq!(wrong, 0, "{SEED}={}\n{counted:#?}\n{examples}", self.seed);
    }
}

fn pooled() -> &'static str {
    if setting("TEST_POOLER").is_some() { " through the pooler" } else { "" }
}

/// Whether the long form is asked for.
pub fn long() -> bool {
    setting("PROHOD_LONG").is_some()
}

/// The long form's value, or the short one's.
pub fn at_length<T>(long_form: T, short_form: T) -> T {
    if long() { long_form } else { short_form }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_503_of_postgres_alone_is_spared_in_no_weather() {
        assert!(Spared::of(&[Part::Database], false).is_none());
        assert!(Spared::of(&[], true).is_none());
        assert!(Spared::of(&[Part::Database], true).is_some());
        assert!(Spared::of(&[Part::Database, Part::Cache], false).is_some());
    }

    #[test]
    fn as_many_are_spared_as_there_are_of_their_kind() {
        assert_eq!(Spared::HURRIED.most(10), 5);
        assert_eq!(Spared::HURRIED.most(1_000), 10);
    }
}
