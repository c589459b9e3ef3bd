//! Chromium, for the client's journeys: the one that is named or there, else Debian's.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use nix::unistd::geteuid;
use tokio::process::Command;

use crate::process::{last_lines, log_to};
use crate::say;
use crate::workshop::Workshop;

/// Where systems put it.
const USUAL: [&str; 5] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/snap/bin/chromium",
    "/usr/bin/google-chrome",
    "/opt/google/chrome/chrome",
];

/// Finds it, or installs it where one may.
pub async fn find(shop: &Workshop<'_>) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        if named.is_file() {
            return Ok(named);
        }
        bail!("CHROMIUM names {}, which is no file.", named.display());
    }
    if let Some(found) = usual() {
        return Ok(found);
    }
    let log = shop.log("apt");
    let mut said = String::new();
    if geteuid().is_root() && Path::new("/usr/bin/apt-get").exists() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core",
        ]);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        log_to(&mut command, &log)?;
        say::working("Installing Chromium", shop.children.run("apt-get", &mut command)).await?;
        if let Some(found) = usual() {
            return Ok(found);
        }
        said = format!(" (apt-get could not: {})", last_lines(&log, 1));
    }
    bail!(
        "The web client's journeys need Chromium{said}: install it (on Debian `sudo apt install chromium`), name one \
         with CHROMIUM=/path/to/chromium, or leave the client out with --no-client."
    )
}

fn usual() -> Option<PathBuf> {
    USUAL.into_iter().map(PathBuf::from).find(|path| path.is_file())
}
