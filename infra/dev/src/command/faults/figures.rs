//! The figures that scenarios leave in files, summed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::say;

/// What must not be counted, in the order of the report.
const WRONG: [&str; 6] = [
    "lost writes",
    "wrong averages",
    "half-done writes",
    "unexpected statuses",
    "late answers",
    "not well in time",
];
/// What is told first.
const FIRST: [&str; 2] = ["requests", "faults injected"];
/// A figure whose name begins so is not summed.
const LARGEST: &str = "largest ";

/// What one scenario counted.
#[derive(Deserialize)]
struct Scenario {
    scenario: String,
    seed: u64,
    finished: bool,
    figures: BTreeMap<String, u64>,
}

impl Scenario {
    fn of(&self, name: &str) -> u64 {
        self.figures.get(name).copied().unwrap_or_default()
    }

    fn wrong(&self) -> u64 {
        WRONG.iter().map(|name| self.of(name)).sum()
    }
}

/// The folder of the figures.
pub struct Figures(PathBuf);

impl Figures {
    /// A folder without those of an earlier run.
    pub fn empty(folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder).context("A folder for figures cannot be made")?;
        Ok(Self(folder.to_owned()))
    }

    /// Where scenarios leave them.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    fn all(&self) -> Result<Vec<Scenario>> {
        let files = fs::read_dir(&self.0)?.flatten().map(|entry| entry.path());
        let json = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
        let mut all = json
            .map(|path| Ok(serde_json::from_str(&fs::read_to_string(path)?)?))
            .collect::<Result<Vec<Scenario>>>()?;
        all.sort_by(|one, other| one.scenario.cmp(&other.scenario));
        Ok(all)
    }

    /// In a line how far it is.
    pub fn so_far(&self) -> Result<String> {
        let all = self.all()?;
        let sum = |name| all.iter().map(|scenario| scenario.of(name)).sum::<u64>();
        let (finished, wrong) = (all.iter().filter(|scenario| scenario.finished).count(), WRONG.map(sum));
        let [requests, faults] = FIRST.map(sum);
        let wrong: u64 = wrong.iter().sum();
        Ok(format!("{finished} scenarios done, {requests} requests, {faults} faults, {wrong} of it wrong"))
    }

    /// Whether every scenario came to its end and nothing went wrong.
    pub fn are_well(&self) -> Result<bool> {
        let all = self.all()?;
        ensure!(!all.is_empty(), "No scenario left any figures.");
        Ok(all.iter().all(|scenario| scenario.finished && scenario.wrong() == 0))
    }

    /// The table: a line a figure, summed, and a line a scenario.
    pub fn report(&self, started: Instant) -> Result<String> {
        let all = self.all()?;
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, count) in all.iter().flat_map(|scenario| &scenario.figures) {
            let sum = sums.entry(name).or_default();
            *sum = if name.starts_with(LARGEST) { (*sum).max(*count) } else { *sum + count };
        }
        let others = sums.keys().copied().filter(|name| !FIRST.contains(name) && !WRONG.contains(name));
        let names: Vec<_> = FIRST.into_iter().chain(others).chain(WRONG).collect();
        let mut text = String::from("| figure | count |\n| --- | ---: |\n");
        for name in names {
            writeln!(text, "| {name} | {} |", sums.get(name).copied().unwrap_or_default())?;
        }
        let length = say::elapsed(started);
        writeln!(text, "\n{} scenarios in {length}.\n", all.len())?;
        text.push_str("| scenario | requests | faults | answered 503 | wrong | seed |\n");
        text.push_str("| --- | ---: | ---: | ---: | ---: | ---: |\n");
        for one in &all {
            let end = if one.finished { "" } else { " (not finished)" };
            let [requests, faults] = FIRST.map(|name| one.of(name));
            let (refused, wrong) = (one.of("answered 503"), one.wrong());
            let line =
                format!("{}{end} | {requests} | {faults} | {refused} | {wrong} | {}", one.scenario, one.seed);
            writeln!(text, "| {line} |")?;
        }
        Ok(text)
    }
}
