//! Packages of Debian's: as root they are installed, which is what a container wants.

use std::path::Path;

use anyhow::Result;
use tokio::process::Command;

use crate::process::log_to;
use crate::workshop::Workshop;

/// Installs a package where that is possible; whoever wanted it looks afterwards whether it is there.
pub async fn install(shop: &Workshop<'_>, package: &str) -> Result<()> {
    if !nix::unistd::geteuid().is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return Ok(());
    }
    let mut command = Command::new("sh");
    command.args(["-c", "apt-get update && apt-get install -y \"$1\"", "sh", package]);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    log_to(&mut command, &shop.log("apt"))?;
    shop.children.run("apt-get", &mut command).await.map(drop)
}
