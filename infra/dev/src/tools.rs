//! Cargo's own tools, from crates.io into `.local`: one folder a version, so that a newer pin is a new installation.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process::{last_lines, log_to};
use crate::workshop::Workshop;
use crate::{cargo, say};

/// A tool, and the version that is used.
pub struct Tool {
    /// Its package and program.
    pub name: &'static str,
    version: &'static str,
    /// For the person who waits.
    what: &'static str,
}

/// Licences, sources and advisories of dependencies.
pub const DENY: Tool =
    Tool { name: "cargo-deny", version: "0.20.2", what: "Installing cargo-deny, once: it is compiled" };
/// Fuzzing with LLVM's libFuzzer.
pub const FUZZ: Tool =
    Tool { name: "cargo-fuzz", version: "0.13.2", what: "Installing cargo-fuzz, once: it is compiled" };

/// Installs a tool unless it is there; gives its program.
pub async fn install(shop: &Workshop<'_>, tool: &Tool) -> Result<PathBuf> {
    let root = shop.home.local.join("tools").join(format!("{}-{}", tool.name, tool.version));
    let program = root.join("bin").join(tool.name);
    if program.exists() {
        return Ok(program);
    }
    let log = shop.log(tool.name);
    say::working(tool.what, async {
        // Without optimisation: it runs for a second, and is compiled for minutes.
        let arguments = ["install", "--locked", "--debug", "--version", tool.version, tool.name];
        let mut command = cargo::command(shop, &arguments);
        command.arg("--root").arg(&root);
        log_to(&mut command, &log)?;
        if !shop.children.run("cargo install", &mut command).await?.success() {
            bail!("{} could not be installed: {}", tool.name, last_lines(&log, 3));
        }
        Ok(())
    })
    .await?;
    Ok(program)
}
