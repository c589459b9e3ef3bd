use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use platform::SystemClock;
use ports::Clock as _;

/// Draws 16 random bytes, the first of this process, and prints how many milliseconds that took.
#[expect(clippy::print_stdout, reason = "what a command is asked for goes to standard output")]
pub fn print() -> anyhow::Result<()> {
    let started = Instant::now();
    let mut bytes = [0; 16];
    SystemClock.fill(&mut bytes);
    let took = started.elapsed();
    anyhow::ensure!(bytes != [0; 16], "nothing was drawn");
    println!("{}", took.as_secs_f64() * 1000.0);
    Ok(())
}

/// What [`print`] says in fresh processes.
pub fn in_fresh_processes(count: usize) -> anyhow::Result<Vec<f64>> {
    let own = std::env::current_exe()?;
    let draw = || {
        let run = Command::new(&own).arg("--figures").arg(Path::new(".")).arg("draw").output()?;
        anyhow::ensure!(run.status.success(), "the draw failed");
        String::from_utf8(run.stdout)?.trim().parse().context("the draw said no number")
    };
    (0..count).map(|_| draw()).collect()
}
