//! The web client: built by Node, and only when its sources changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::node::Node;
use crate::say;
use crate::workshop::Workshop;

/// What the built client is made of, beside the description of the API.
const SOURCES: &[&str] =
    &["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts"];

/// Builds the client, or says why there is none: the API is served either way.
pub async fn build_or_tell(shop: &Workshop<'_>) -> Result<()> {
    let folder = folder(shop);
    if is_built(&folder)? {
        return Ok(());
    }
    match prepared(shop).await {
        Ok(node) => built(shop, &node).await,
        Err(error) => {
            say::line(format_args!("· The web client is not built, and the API alone is served. {error:#}"));
            Ok(())
        }
    }
}

/// Builds the client if its sources changed, and gives the Node it is built and tested with.
pub async fn build(shop: &Workshop<'_>) -> Result<Node> {
    let node = prepared(shop).await?;
    if !is_built(&folder(shop))? {
        built(shop, &node).await?;
    }
    Ok(node)
}

/// Where its sources are.
pub fn folder(shop: &Workshop<'_>) -> PathBuf {
    shop.home.root.join("functions/web/client")
}

fn is_built(folder: &Path) -> Result<bool> {
    let built = changed(&folder.join("dist/index.html"));
    Ok(built.is_some() && built >= newest(folder)?)
}

/// Node, with what the client is made with installed.
async fn prepared(shop: &Workshop<'_>) -> Result<Node> {
    let (node, folder) = (Node::find(shop).await?, folder(shop));
    if changed(&folder.join("node_modules/.package-lock.json")) < changed(&folder.join("package-lock.json")) {
        say::step("Installing what the web client is built with");
        if !npm(shop, &node, &["ci", "--no-audit", "--no-fund"]).await? {
            bail!("npm could not install what the web client is built with: see above.");
        }
    }
    Ok(node)
}

async fn built(shop: &Workshop<'_>, node: &Node) -> Result<()> {
    say::step("Building the web client");
    if !npm(shop, node, &["run", "build"]).await? {
        bail!("The web client could not be built: the messages above say why.");
    }
    Ok(())
}

/// Runs npm in the client's folder; whether it succeeded.
pub async fn npm(shop: &Workshop<'_>, node: &Node, arguments: &[&str]) -> Result<bool> {
    let mut command = node.command("npm", &folder(shop));
    Ok(shop.children.run("npm", command.args(arguments)).await?.success())
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
