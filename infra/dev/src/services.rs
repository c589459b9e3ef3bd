//! The services: Postgres and a pooler before it, Valkey, and an emulator of S3 and SES.

pub mod emulator;
pub mod pgbouncer;
pub mod postgres;
pub mod valkey;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{Running, last_lines};
use crate::workshop::Workshop;

/// How long a service may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a service answers; says what its log says if it ends or stays silent.
pub async fn until(
    shop: &Workshop<'_>,
    name: &str,
    running: &Running,
    mut answers: impl AsyncFnMut() -> bool,
) -> Result<()> {
    let started = Instant::now();
    loop {
        let ended = running.ended().is_some();
        if !ended && answers().await {
            return Ok(());
        }
        if ended || started.elapsed() > PATIENCE {
            let log = shop.log(name);
            let how = if ended { "ended while it started" } else { "does not answer" };
            bail!("{name} {how}; {} ends with:\n{}", shop.home.short(&log), last_lines(&log, 5));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The folder of a package in a virtual environment.
fn package(venv: &Path, name: &str) -> Result<PathBuf> {
    let versions = std::fs::read_dir(venv.join("lib"))?.flatten();
    let mut found = versions.map(|version| version.path().join("site-packages").join(name));
    found.find(|path| path.is_dir()).with_context(|| {
        format!("{name} is missing in {}: remove that folder and start again.", venv.display())
    })
}

/// Sees to it that a program may be executed: wheels do not always say so.
fn executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(path)?.permissions();
    if permissions.mode() & 0o111 != 0o111 {
        permissions.set_mode(permissions.mode() | 0o755);
        std::fs::set_permissions(path, permissions)?;
    }
    Ok(())
}
