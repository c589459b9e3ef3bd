//! What the project depends on, as `deny.toml` allows it.

use std::time::Duration;

use anyhow::Result;
use tokio::process::Command;

use crate::process::log_to;
use crate::workshop::Workshop;
use crate::{say, tools};

/// How long the list of advisories may take to arrive.
const PATIENCE: Duration = Duration::from_secs(40);

/// Checks licences, sources and bans; advisories where their list can be had. Whether all is well.
pub async fn check(shop: &Workshop<'_>) -> Result<bool> {
    let deny = tools::install(shop, &tools::DENY).await?;
    say::step("Dependencies: licences, sources, bans");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&deny);
        command.args(arguments).current_dir(&shop.home.root);
        command
    };
    let what = ["--locked", "check", "--hide-inclusion-graph", "licenses", "sources", "bans"];
    let well = shop.children.run("cargo-deny", &mut command(&what)).await?.success();
    let mut fetch = command(&["fetch", "db"]);
    log_to(&mut fetch, &shop.log("advisories"))?;
    let fetched = tokio::time::timeout(PATIENCE, shop.children.run("cargo-deny", &mut fetch)).await;
    if !matches!(fetched, Ok(Ok(status)) if status.success()) {
        say::line("· RustSec's list of advisories cannot be had here: advisories are not checked");
        return Ok(well);
    }
    let what = ["--locked", "check", "--hide-inclusion-graph", "advisories"];
    Ok(shop.children.run("cargo-deny", &mut command(&what)).await?.success() && well)
}
