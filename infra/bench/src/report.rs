//! The page: targets first, then tables and pictures of what was measured.

mod machine;
mod parts;
mod picture;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::de::DeserializeOwned;

use crate::{lambda, server};
use parts::{Capacity, Growth};

/// What to write.
#[derive(clap::Args)]
pub struct Options {
    /// The folder of the page
    #[arg(long)]
    page: PathBuf,
}

/// Everything that was measured; a part that was not is missing.
struct Figures {
    lambda: Option<lambda::Figures>,
    server: Option<server::Figures>,
    growth: Option<Growth>,
    capacity: Option<Capacity>,
}

/// A target, what was measured, and whether that reaches it.
struct Target {
    what: String,
    measured: String,
    reached: bool,
}

impl Target {
    fn new(what: &str, measured: String, reached: bool) -> Self {
        Self { what: what.to_owned(), measured, reached }
    }
}

/// Writes the page and its pictures of the figures that are there.
pub fn write(folder: &Path, options: &Options) -> anyhow::Result<()> {
    let figures = Figures {
        lambda: read(folder, "lambda")?,
        server: read(folder, "server")?,
        growth: read(folder, "growth")?,
        capacity: read(folder, "capacity")?,
    };
    fs::create_dir_all(&options.page)?;
    let mut page = format!("{}\n{}\n", include_str!("report/head.md"), machine::table()?);
    page.push_str("## Targets\n\n| target | measured | |\n| --- | --- | --- |\n");
    for Target { what, measured, reached } in targets(&figures) {
        let word = if reached { "reached" } else { "**not reached**" };
        page.push_str(&format!("| {what} | {measured} | {word} |\n"));
    }
    let picture = |name: &str, svg: &str| fs::write(options.page.join(format!("{name}.svg")), svg);
    if let Some(lambda) = &figures.lambda {
        picture("cold", &parts::cold_picture(lambda))?;
        picture("warm", &parts::warm_picture(lambda))?;
        page.push_str(&parts::lambda(lambda));
    }
    if let Some(server) = &figures.server {
        picture("server", &parts::server_picture(server))?;
        page.push_str(&parts::server(server));
    }
    if let Some(growth) = &figures.growth {
        picture("growth", &parts::growth_picture(growth))?;
        page.push_str(&parts::growth(growth));
    }
    if let Some(capacity) = &figures.capacity {
        page.push_str(&parts::capacity(capacity));
    }
    page.push_str(include_str!("report/tail.md"));
    fs::write(options.page.join("README.md"), page).context("the page can't be written")
}

fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> anyhow::Result<Option<T>> {
    let path = folder.join(format!("{name}.json"));
    if !path.exists() {
        return Ok(None);
    }
    serde_json::from_slice(&fs::read(path)?).map(Some).with_context(|| format!("the figures of {name}"))
}

fn targets(figures: &Figures) -> Vec<Target> {
    let mut targets = Vec::new();
    targets.extend(figures.lambda.iter().flat_map(parts::lambda_targets));
    targets.extend(figures.server.iter().flat_map(parts::server_targets));
    targets.extend(figures.growth.iter().flat_map(parts::growth_targets));
    targets.extend(figures.capacity.iter().map(parts::capacity_target));
    targets
}
