//! `cargo dev faults`: the running system under faults and load, at length, and what was counted of it.

mod figures;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use self::figures::Figures;
use super::system::System;
use super::test::{self, Ground};
use super::{fuzz, schemathesis};
use crate::home::Home;
use crate::process::Children;
use crate::say;
use crate::workshop::Workshop;

/// How often it is told how far the scenarios are.
const PROGRESS: Duration = Duration::from_secs(30);

/// So many scenarios at once: most of their time is waiting.
const AT_ONCE: &str = "4";

/// What to run.
#[derive(clap::Args)]
pub struct Arguments {
    /// What the system stands on; all three, one after the other, unless said
    #[arg(long, value_enum)]
    ground: Vec<Ground>,
    /// The seed that a failed scenario printed, to repeat it with
    #[arg(long)]
    seed: Option<u64>,
    /// For cargo-nextest, such as a part of a scenario's name; `schemathesis` and `fuzz` are those alone
    #[arg(last = true)]
    nextest: Vec<String>,
}

/// What of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Scenarios,
    Schemathesis,
    Fuzz,
}

/// All of it, or what the words for the runner name.
fn parts(nextest: &[String]) -> &'static [Part] {
    match nextest {
        [] => &[Part::Fuzz, Part::Scenarios, Part::Schemathesis],
        [one] if one == "schemathesis" => &[Part::Schemathesis],
        [one] if one == "fuzz" => &[Part::Fuzz],
        _ => &[Part::Scenarios],
    }
}

/// Runs what is wanted; the scenarios' figures, summed, are the last that is printed.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<ExitCode> {
    let shop = Workshop::passing(home, children).await?;
    let parts = parts(&arguments.nextest);
    let mut passed = !parts.contains(&Part::Fuzz) || fuzz::run(&shop).await?;
    if parts != [Part::Fuzz] {
        passed &= grounds(arguments, &shop, parts).await?;
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn grounds(arguments: Arguments, shop: &Workshop<'_>, parts: &[Part]) -> Result<bool> {
    let started = Instant::now();
    test::build(shop, &["--workspace"]).await?;
    let runner = test::runner(shop).await?;
    let tests = test::Arguments::at_length(arguments.nextest);
    let mut variables = test::services(&tests, shop).await?;
    let figures = Figures::empty(&shop.home.local.join("faults/figures"))?;
    let path = figures.folder().to_str().context("The folder's name is not Unicode.")?;
    variables.push(("FAULTS_FIGURES".into(), path.to_owned()));
    variables.extend(arguments.seed.map(|seed| ("FAULTS_SEED".into(), seed.to_string())));

    let all = [Ground::Postgres, Ground::Pooler, Ground::Dynamodb];
    let grounds = if arguments.ground.is_empty() { &all[..] } else { &arguments.ground };
    let mut passed = true;
    for ground in grounds {
        if parts.contains(&Part::Scenarios) {
            say::step(format_args!("Scenarios, on {ground:?}"));
            let chosen =
                ["--workspace", "-E", selection(*ground), "--no-tests", "pass", "--test-threads", AT_ONCE];
            let scenarios = test::run_tests(&tests, shop, (&runner, &variables), (*ground, &chosen));
            passed &= told(&figures, started, scenarios).await?;
        }
        if parts.contains(&Part::Schemathesis) && *ground != Ground::Pooler {
            let system = System::start(shop, &variables, *ground == Ground::Dynamodb).await?;
            passed &= schemathesis::run(shop, &system, schemathesis::Form::Long).await?;
        }
    }
    if parts.contains(&Part::Scenarios) {
        let report = figures.report(started)?;
        let path = shop.home.local.join("faults/report.md");
        std::fs::write(&path, &report).with_context(|| format!("{} cannot be written", path.display()))?;
        say::result(format_args!("\n{report}"));
        say::line(format_args!("This is in {}.", shop.home.short(&path)));
        passed &= figures.are_well()?;
    }
    Ok(passed)
}

/// The scenarios; through the pooler every test of the API as well (DB-4). DynamoDB has no cache beside it.
const fn selection(ground: Ground) -> &'static str {
    match ground {
        Ground::Postgres => "test(/^(faults|hostile)::/)",
        Ground::Pooler => "package(tests) and not test(deployed::)",
        Ground::Dynamodb => "test(/^(faults|hostile)::/) and not test(faults::outages::of_the_cache)",
    }
}

/// Waits, and tells now and then how far it is.
async fn told<T>(figures: &Figures, started: Instant, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            () = tokio::time::sleep(PROGRESS) => {
                say::line(format_args!("  … {} ({})", figures.so_far()?, say::elapsed(started)));
            }
        }
    }
}
