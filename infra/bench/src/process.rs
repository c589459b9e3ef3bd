//! What the kernel says of processes.

use std::fs;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// Nanoseconds of a tick: Linux tells 100 a second on every machine that these programs are built for.
const TICK: u64 = 10_000_000;

/// A started program, which is ended when this is dropped.
pub struct Started(Child);

impl Started {
    /// Starts a program whose output nobody reads.
    pub fn new(command: &mut Command) -> anyhow::Result<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let program = command.get_program().to_owned();
        Ok(Self(command.spawn().with_context(|| format!("{} can't be started", program.display()))?))
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Nanoseconds of CPU that the living threads of a process have had.
pub fn cpu_of_threads(process: u32) -> anyhow::Result<u64> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).context("the process is gone")?;
    let mut total = 0;
    for thread in threads {
        // A thread that ended meanwhile is not counted.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        total += text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
    }
    Ok(total)
}

/// The same for a process's children, which is where Postgres works, with those that ended. At the end of a load
/// requests are given up, and with them their connections, so that some end just now: told when none did meanwhile.
pub fn cpu_of_children(process: u32) -> anyhow::Result<u64> {
    let mut ended = ended_children(process).context("the process is gone")?;
    loop {
        let living = cpu_of_living_children(process)?;
        let after = ended_children(process).context("the process is gone")?;
        if after == ended {
            return Ok(ended * TICK + living);
        }
        ended = after;
    }
}

fn cpu_of_living_children(process: u32) -> anyhow::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if parent(id) == Some(process) {
            total += cpu_of_threads(id).unwrap_or(0);
        }
    }
    Ok(total)
}

fn parent(process: u32) -> Option<u32> {
    stat(process)?.get(1)?.parse().ok()
}

/// Ticks of the children that were waited for, their own and the kernel's for them.
fn ended_children(process: u32) -> Option<u64> {
    let stat = stat(process)?;
    Some(stat.get(13)?.parse::<u64>().ok()? + stat.get(14)?.parse::<u64>().ok()?)
}

/// What `proc_pid_stat(5)` tells from its third field, the state, on.
fn stat(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    Some(stat.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect())
}

/// The most memory that a process ever had resident, in KiB.
pub fn peak_memory(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("the process is gone")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).context("no peak is told")
}
