//! What `cargo dev` says to the person at the terminal. Steps and errors go to stderr, results to stdout.

use std::fmt::Display;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

/// How often a step tells that it still runs where no spinner can.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// A line of what is being done.
#[expect(clippy::print_stderr, reason = "the one place that speaks to the terminal")]
pub fn line(text: impl Display) {
    eprintln!("{text}");
}

/// A result, for the person or for a pipe.
#[expect(clippy::print_stdout, reason = "the one place that speaks to the terminal")]
pub fn result(text: impl Display) {
    println!("{text}");
}

/// A step that shows output of its own.
pub fn step(text: impl Display) {
    line(format_args!("▸ {text}"));
}

/// Why it ended, in a sentence and not as a trace.
pub fn failure(error: &anyhow::Error) {
    line(format_args!("\nerror: {error:#}"));
}

/// Does a silent piece of work under a spinner, or with a line now and then where there is no terminal.
pub async fn working<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let started = Instant::now();
    let outcome = if std::io::stderr().is_terminal() {
        let bar = spinner(what);
        let outcome = work.await;
        bar.finish_and_clear();
        outcome
    } else {
        step(what);
        with_heartbeat(what, started, work).await
    };
    if outcome.is_ok() {
        line(format_args!("✓ {what} ({})", elapsed(started)));
    }
    outcome
}

/// The time since `started` for people.
pub fn elapsed(started: Instant) -> String {
    let seconds = started.elapsed().as_secs_f64();
    if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), seconds % 60.0)
    }
}

fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} … {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

async fn with_heartbeat<T>(what: &str, started: Instant, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            () = tokio::time::sleep(HEARTBEAT) => line(format_args!("  … {what} ({})", elapsed(started))),
        }
    }
}
