//! The web client: built by Node, where it is there, and only when its sources changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use crate::say;
use crate::workshop::Workshop;

/// What the built client is made of, beside the description of the API.
const SOURCES: &[&str] =
    &["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts"];

/// Builds the client, or says why there is none: the API is served either way.
pub async fn build(shop: &Workshop<'_>) -> Result<()> {
    let folder = shop.home.root.join("functions/web/client");
    let built = changed(&folder.join("dist/index.html"));
    if built.is_some() && built >= newest(&folder)? {
        return Ok(());
    }
    if !has_npm().await {
        say::line(
            "· Node is missing, so the web client is not built and the API alone is served: install Node 20.19 or \
             newer with npm, then start again.",
        );
        return Ok(());
    }
    if changed(&folder.join("node_modules/.package-lock.json")) < changed(&folder.join("package-lock.json")) {
        say::step("Installing what the web client is built with");
        if !npm(shop, &folder, &["ci", "--no-audit", "--no-fund"]).await? {
            say::line(
                "· npm could not install it (see above), so the web client is not built: the API is served.",
            );
            return Ok(());
        }
    }
    say::step("Building the web client");
    if !npm(shop, &folder, &["run", "build"]).await? {
        bail!("The web client could not be built: the messages above say why.");
    }
    Ok(())
}

async fn has_npm() -> bool {
    let mut command = Command::new("npm");
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

async fn npm(shop: &Workshop<'_>, folder: &Path, arguments: &[&str]) -> Result<bool> {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder);
    Ok(shop.children.run("npm", &mut command).await?.success())
}

/// When the newest source changed; a folder changes when a file in it comes or goes. What the build itself makes of
/// the description is no source.
fn newest(folder: &Path) -> Result<Option<SystemTime>> {
    let mut newest = changed(&folder.join("../openapi.json"));
    let mut waiting: Vec<PathBuf> = SOURCES.iter().map(|name| folder.join(name)).collect();
    while let Some(path) = waiting.pop() {
        if path.ends_with("schema.d.ts") {
            continue;
        }
        newest = newest.max(changed(&path));
        if path.is_dir() {
            for entry in fs::read_dir(&path).with_context(|| format!("{} cannot be read", path.display()))? {
                waiting.push(entry?.path());
            }
        }
    }
    Ok(newest)
}

/// `None` where there is no such file.
fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|facts| facts.modified()).ok()
}
