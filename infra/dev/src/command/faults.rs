//! `cargo dev faults`: the running system under faults and load, at length, and what was counted of it.

mod figures;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use self::figures::Figures;
use super::schemathesis;
use super::system::System;
use super::test::{self, Ground};
use crate::home::Home;
use crate::process::Children;
use crate::say;
use crate::workshop::Workshop;

/// How many examples of each operation Schemathesis makes.
const EXAMPLES: u32 = 50;
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
    /// For cargo-nextest, such as a part of a scenario's name; `schemathesis` is that alone
    #[arg(last = true)]
    nextest: Vec<String>,
}

/// Runs the scenarios; their figures, summed, are the last that is printed.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<ExitCode> {
    let shop = Workshop::passing(home, children).await?;
    let started = Instant::now();
    test::build(&shop, &["--workspace"]).await?;
    let runner = test::runner(&shop).await?;
    let described = arguments.nextest.is_empty() || arguments.nextest == ["schemathesis"];
    let tests = test::Arguments::at_length(arguments.nextest);
    let mut variables = test::services(&tests, &shop).await?;
    let folder = home.local.join("faults");
    let figures = Figures::empty(&folder.join("figures"))?;
    let path = figures.folder().to_str().context("The folder's name is not Unicode.")?;
    variables.push(("FAULTS_FIGURES".into(), path.to_owned()));
    variables.extend(arguments.seed.map(|seed| ("FAULTS_SEED".into(), seed.to_string())));

    let all = [Ground::Postgres, Ground::Pooler, Ground::Dynamodb];
    let grounds = if arguments.ground.is_empty() { &all[..] } else { &arguments.ground };
    let mut passed = true;
    for ground in grounds {
        say::step(format_args!("Scenarios, on {ground:?}"));
        let chosen =
            ["--workspace", "-E", selection(*ground), "--no-tests", "pass", "--test-threads", AT_ONCE];
        let scenarios = test::run_tests(&tests, &shop, (&runner, &variables), (*ground, &chosen));
        passed &= told(&figures, started, scenarios).await?;
        if *ground != Ground::Pooler && described {
            let system = System::start(&shop, &variables, *ground == Ground::Dynamodb).await?;
            passed &= schemathesis::run(&shop, &system, EXAMPLES).await?;
        }
    }

    let report = figures.report(started)?;
    let path = folder.join("report.md");
    std::fs::write(&path, &report).with_context(|| format!("{} cannot be written", home.short(&path)))?;
    say::result(format_args!("\n{report}"));
    say::line(format_args!("This is in {}.", home.short(&path)));
    Ok(if passed && figures.are_well()? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
