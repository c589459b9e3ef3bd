//! What Prohod costs: starts release programs, measures them, and writes the page that shows it.
//!
//! `cargo dev bench` starts the services, builds the programs and calls this; each part leaves its figures as JSON, and
//! the report is made of what lies there. Times are shown beside what they are compared with in the same run.

#![expect(clippy::disallowed_methods, reason = "a measuring program hands its environment to what it starts")]
#![expect(clippy::disallowed_types, reason = "the double of the Runtime API is no part of Prohod's own")]

mod draw;
mod events;
mod hashes;
mod lambda;
mod load;
mod process;
mod report;
mod runtime;
mod server;
mod size;
mod statements;
mod stats;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use serde::Serialize;

/// The server's own, or the bare hash would be another than a login's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures release programs of Prohod.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where figures are left, and found by the report
    #[arg(long)]
    figures: PathBuf,
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// Each function behind a double of Lambda's Runtime API
    Lambda(lambda::Options),
    /// The one-process server under load, beside pgbench
    Server(server::Options),
    /// The first random draw of this very process, in milliseconds
    Draw,
    /// The page and its pictures
    Report(report::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { figures, part } = Arguments::parse();
    match part {
        Part::Lambda(options) => keep(&figures, "lambda", &lambda::measure(&options).await?),
        Part::Server(options) => keep(&figures, "server", &server::measure(&options).await?),
        Part::Draw => draw::print(),
        Part::Report(options) => report::write(&figures, &options),
    }
}

fn keep(folder: &Path, name: &str, figures: &impl Serialize) -> anyhow::Result<()> {
    let path = folder.join(format!("{name}.json"));
    std::fs::write(&path, serde_json::to_vec_pretty(figures)?).context("the figures can't be kept")
}

/// Says what is being measured.
#[expect(clippy::print_stderr, reason = "progress is for the person who waits")]
fn say(text: &str) {
    eprintln!("  {text}");
}
