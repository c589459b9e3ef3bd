//! What a scenario counted. It fails where anything is counted that must not be, and leaves its figures to be summed.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use contract::chance::Dice;
use serde_json::json;

use crate::support::{service, setting};

/// Names the folder of the figures.
const FOLDER: &str = "FAULTS_FIGURES";
/// Names the seed to repeat a run with.
const SEED: &str = "FAULTS_SEED";
/// So many of what went wrong are told in full.
const EXAMPLES: usize = 12;

/// A 503 where nothing was wrong with what the request needs: one request in so many may be, on a machine that has more
/// to do.
pub const UNEXPLAINED: &str = "answered 503 for no fault of the scenario";
const UNEXPLAINED_ONE_IN: u64 = 200;

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
    counted: Mutex<BTreeMap<&'static str, u64>>,
    examples: Mutex<Vec<String>>,
}

impl Figures {
    /// Those of a scenario on the store that is tested.
    pub fn new(scenario: &str) -> Self {
        let drawn = || RandomState::new().hash_one(scenario);
        let seed = setting(SEED).map_or_else(drawn, |seed| seed.parse().expect("a whole number"));
        let counted = Wrong::ALL.map(|wrong| (wrong.name(), 0));
        Self {
            scenario: format!("{scenario}, {}{}", service("TEST_STORE"), pooled()),
            seed,
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
        let (unexplained, requests) = (self.of(UNEXPLAINED), self.of("requests"));
        if unexplained * UNEXPLAINED_ONE_IN > requests {
            self.wrong(Wrong::Status, format_args!("{unexplained} of {requests} requests {UNEXPLAINED}"));
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
