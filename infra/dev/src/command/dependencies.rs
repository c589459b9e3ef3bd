//! What the project depends on, as `deny.toml` allows it: what programs and tests are made of, and what the fuzzer is,
//! which is a workspace of its own.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tokio::process::Command;

use crate::process::log_to;
use crate::workshop::Workshop;
use crate::{cargo, say, tools};

/// How long the list of advisories, or a crate, may take to arrive.
const PATIENCE: Duration = Duration::from_secs(40);

/// The folder of the fuzzer's workspace.
const FUZZ: &str = "tests/fuzz";

/// Checks licences, sources and bans; advisories where their list can be had. Whether all is well.
pub async fn check(shop: &Workshop<'_>) -> Result<bool> {
    let deny = tools::install(shop, &tools::DENY).await?;
    say::step("Dependencies: licences, sources, bans");
    let mut workspaces = vec!["."];
    if arrives(shop, "fuzz-crates", fetch_fuzz(shop)).await? {
        workspaces.push(FUZZ);
    } else {
        say::line(
            "· The fuzzer's crates cannot be had here as its Cargo.lock has them: they are not checked",
        );
    }
    let mut well = true;
    for folder in &workspaces {
        well &= allowed(shop, &deny, folder, &["licenses", "sources", "bans"]).await?;
    }
    let mut fetch = Command::new(&deny);
    fetch.args(["fetch", "db"]).current_dir(&shop.home.root);
    if !arrives(shop, "advisories", fetch).await? {
        say::line("· RustSec's list of advisories cannot be had here: advisories are not checked");
        return Ok(well);
    }
    for folder in &workspaces {
        well &= allowed(shop, &deny, folder, &["advisories"]).await?;
    }
    Ok(well)
}

/// Whether a workspace has only what its own `deny.toml` allows.
async fn allowed(shop: &Workshop<'_>, deny: &Path, folder: &str, what: &[&str]) -> Result<bool> {
    let folder = shop.home.root.join(folder);
    let mut command = Command::new(deny);
    command.arg("--locked").arg("--manifest-path").arg(folder.join("Cargo.toml"));
    command.arg("--config").arg(folder.join("deny.toml"));
    command.args(["check", "--hide-inclusion-graph"]).args(what).current_dir(&shop.home.root);
    Ok(shop.children.run("cargo-deny", &mut command).await?.success())
}

/// Nothing else needs the fuzzer's crates, so they may not be on this machine yet.
fn fetch_fuzz(shop: &Workshop<'_>) -> Command {
    let mut fetch = cargo::command(shop, &["fetch", "--locked", "--manifest-path"]);
    fetch.arg(shop.home.root.join(FUZZ).join("Cargo.toml"));
    fetch
}

/// Whether what is fetched is there in time.
async fn arrives(shop: &Workshop<'_>, log: &str, mut fetch: Command) -> Result<bool> {
    log_to(&mut fetch, &shop.log(log))?;
    let fetched = tokio::time::timeout(PATIENCE, shop.children.run("fetching", &mut fetch)).await;
    Ok(matches!(fetched, Ok(Ok(status)) if status.success()))
}
