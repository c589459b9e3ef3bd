//! Services that outlived a `cargo dev` that was killed: recognised by the notes it left, and ended.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::unistd::Pid;

use crate::home::{self, Home};
use crate::process::Kind;
use crate::say;

/// Ends what was left running in a place that this process holds now.
pub async fn end(home: &Home, run: &Path) -> Result<()> {
    let mut notes: Vec<_> = fs::read_dir(run)?.flatten().map(|entry| entry.path()).collect();
    // Who uses the services goes before them.
    notes.sort_by_key(|path| (kind_of(&name_of(path)) != Kind::Program, path.clone()));
    for path in notes {
        let name = name_of(&path);
        let pid = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()).map(Pid::from_raw);
        if let Some(pid) = pid.filter(|pid| is_ours(home, *pid)) {
            say::line(format_args!("· ending {name} (process {pid}), left from a run that was killed"));
            end_one(home, &name, pid).await?;
        }
        fs::remove_file(&path)?;
    }
    Ok(())
}

/// How the folders of runs begin that do not keep their data.
pub const PASSING: &str = "run-";

/// Ends and removes the places of such runs whose process is gone.
pub async fn end_passing(home: &Home) -> Result<()> {
    for entry in fs::read_dir(&home.local)?.flatten() {
        let folder = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(PASSING) || !folder.is_dir() {
            continue;
        }
        if let Some(_lock) = home::try_lock(&folder)? {
            if folder.join("run").is_dir() {
                end(home, &folder.join("run")).await?;
            }
            fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

fn kind_of(name: &str) -> Kind {
    match name {
        "postgres" => Kind::Postgres,
        "valkey" | "valkey-cluster" | "ministack" | "localstack" => Kind::Service,
        _ => Kind::Program,
    }
}

fn name_of(note: &Path) -> String {
    note.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

async fn end_one(home: &Home, name: &str, pid: Pid) -> Result<()> {
    let kind = kind_of(name);
    kind.ask(pid);
    let started = Instant::now();
    let mut forced = false;
    // One that ended but was not yet reaped has no command line any more.
    while is_ours(home, pid) {
        if !forced && started.elapsed() > Duration::from_secs(10) {
            kind.force(pid);
            forced = true;
        }
        if started.elapsed() > Duration::from_secs(15) {
            bail!("{name} (process {pid}), left from an earlier run, does not end: end it by hand.");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Whether the process is one that this checkout started: numbers are used again by others.
fn is_ours(home: &Home, pid: Pid) -> bool {
    let line = command_line(pid);
    [&home.local, &home.binaries, &home.manifest()]
        .into_iter()
        .any(|path| line.contains(&*path.to_string_lossy()))
}

fn command_line(pid: Pid) -> String {
    if let Ok(bytes) = fs::read(format!("/proc/{pid}/cmdline")) {
        return String::from_utf8_lossy(&bytes).replace('\0', " ");
    }
    let listed =
        std::process::Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output();
    listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
