//! Cargo and the programs it built.

use std::fs;

use anyhow::{Result, bail};
use tokio::process::Command;

use crate::environment::{self, Variables};
use crate::process::private_file;
use crate::say;
use crate::workshop::Workshop;

/// Cargo, in the repository and with its own output.
pub fn command(shop: &Workshop<'_>, arguments: &[&str]) -> Command {
    // The caller's toolchain, also one chosen by `cargo +nightly dev`.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(&shop.home.root);
    environment::without_cargo(&mut command);
    command
}

/// Builds something, or says that it does not build; the compiler has said why.
pub async fn build(shop: &Workshop<'_>, what: &str, arguments: &[&str]) -> Result<()> {
    say::step(format_args!("Building {what}"));
    let status = shop.children.run("cargo", &mut command(shop, arguments)).await?;
    if !status.success() {
        bail!("{what} could not be built: the messages above say why.");
    }
    Ok(())
}

/// The `local` program with an environment.
pub fn local(shop: &Workshop<'_>, variables: &Variables, arguments: &[&str]) -> Command {
    let mut command = Command::new(shop.home.binaries.join("local"));
    command.args(arguments).current_dir(&shop.home.root);
    environment::apply(&mut command, variables);
    command
}

/// The keys and the pepper: made once, and kept, or nobody could sign in after a restart.
pub async fn secrets(shop: &Workshop<'_>) -> Result<Variables> {
    let path = shop.home.local.join("secrets.env");
    if let Ok(text) = fs::read_to_string(&path) {
        return environment::parse(&text);
    }
    let mut command = local(shop, &Vec::new(), &["keys"]);
    let keys = environment::parse(&shop.children.output("keys", &shop.place.run, &mut command).await?)?;
    for name in ["JWT_SIGNING_KEY", "JWT_PUBLIC_KEYS", "PEPPER"] {
        if !keys.iter().any(|(key, _)| key == name) {
            bail!("`local keys` printed no {name}.");
        }
    }
    // Renamed into place, so that a half-written file is never taken for the keys.
    let fresh = path.with_extension("new");
    drop(private_file(&fresh)?);
    environment::write(&fresh, &keys)?;
    fs::rename(&fresh, &path)?;
    Ok(keys)
}
