//! The targets of `tests/fuzz`, each for a while, by cargo-fuzz. What they find stays in `.local/fuzz`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::environment;
use crate::process::log_to;
use crate::workshop::Workshop;
use crate::{apt, say, tools};

/// So long each target is tried, in seconds.
const LENGTH: u32 = 30;

/// Tries every target; whether none of them failed.
pub async fn run(shop: &Workshop<'_>) -> Result<bool> {
    if !Path::new("/usr/bin/c++").exists() {
        // libFuzzer is C++.
        apt::install(shop, "g++").await?;
    }
    let fuzz = tools::install(shop, &tools::FUZZ).await?;
    let mut well = true;
    for target in targets(&shop.home.root.join("tests/fuzz/fuzz_targets"))? {
        well &= tried(shop, &fuzz, &target).await?;
    }
    Ok(well)
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let files = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let stems = files.flatten().filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()));
    let mut targets: Vec<_> = stems.collect();
    targets.sort();
    Ok(targets)
}

async fn tried(shop: &Workshop<'_>, fuzz: &Path, target: &str) -> Result<bool> {
    let (folder, found) = (shop.home.root.join("tests/fuzz"), shop.home.local.join("fuzz").join(target));
    let (corpus, failures, log) = (found.join("corpus"), found.join("failures"), found.join("log"));
    shop.home.folder(&corpus)?;
    shop.home.folder(&failures)?;
    let mut command = Command::new(fuzz);
    // Sanitizers want a nightly compiler, and no code of ours is unsafe.
    command.args(["run", "--sanitizer", "none", "--fuzz-dir"]).arg(&folder);
    command.arg("--target-dir").arg(shop.home.root.join("target/fuzz")).arg(target);
    command.arg(&corpus).arg(folder.join("seeds").join(target)).arg("--");
    command.arg(format!("-max_total_time={LENGTH}")).arg(format!("-artifact_prefix={}/", failures.display()));
    command.args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"]).current_dir(&folder);
    environment::without_cargo(&mut command);
    log_to(&mut command, &log)?;
    let what = format!("Fuzzing {target} for {LENGTH} s");
    let well =
        say::working(&what, async { Ok(shop.children.run("cargo-fuzz", &mut command).await?.success()) });
    let well = well.await?;
    let told = fs::read_to_string(&log)?;
    let tries = told.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units: "));
    match tries {
        Some(tries) if well => say::line(format_args!("  {tries} inputs, none that fails")),
        _ => say::line(format_args!(
            "✗ {target}: see {} and {}",
            shop.home.short(&log),
            shop.home.short(&failures)
        )),
    }
    Ok(well && tries.is_some())
}
