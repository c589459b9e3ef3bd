//! `cargo dev`: the local services, the running system and its tests, with nothing installed by hand.
//!
//! Knows how to install, start and stop programs, and nothing of the product: what the product needs it asks
//! of the `local` binary. One subcommand is one file of `command/`; to add one, write the file, name it in
//! `command.rs` and give it an arm in [`Cli`].

#![expect(clippy::disallowed_methods, reason = "the caller's environment says which services run already")]
#![expect(clippy::disallowed_types, reason = "the inbox is a page for people and not a part of the API")]

mod apt;
mod browser;
mod cargo;
mod client;
mod command;
mod environment;
mod home;
mod inbox;
mod leftovers;
mod limits;
mod node;
mod ports;
mod process;
mod python;
mod say;
mod services;
mod tools;
mod workshop;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::command::{bench, deploy, faults, seed, smoke, test, up, watch};
use crate::home::Home;
use crate::process::Children;

/// Prohod on your own machine: needs Rust, Python 3.11 and a C compiler, and puts everything into .local/.
#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the services and serve everything on one port, until Ctrl-C
    Up(up::Arguments),
    /// The same with `cargo lambda watch`: each function a process of its own, rebuilt when it changes
    Watch(watch::Arguments),
    /// Formatting, clippy and every test, on services of their own
    Test(test::Arguments),
    /// The system under faults and load, at length; leaves a report in .local/faults
    Faults(faults::Arguments),
    /// Measure release programs, and write docs/benchmarks
    Bench(bench::Arguments),
    /// Deploy template.yaml to the local emulator, until Ctrl-C
    Deploy(deploy::Arguments),
    /// Ask a deployed API whether it answers as it should
    Smoke(smoke::Arguments),
    /// Load more titles, people and reviews into what `up` or `watch` serves
    Seed(seed::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    let children = Children::default();
    let outcome = tokio::select! {
        outcome = run(command, &children) => outcome,
        code = interrupted() => {
            say::line("\nEnding everything …");
            Ok(code)
        }
    };
    stop(&children).await;
    outcome.unwrap_or_else(|error| {
        say::failure(&error);
        ExitCode::FAILURE
    })
}

async fn run(command: Command, children: &Children) -> Result<ExitCode> {
    let home = Home::find()?;
    match command {
        Command::Smoke(arguments) => smoke::run(arguments).await,
        Command::Up(arguments) => match up::run(arguments, &home, children).await? {},
        Command::Watch(arguments) => match watch::run(arguments, &home, children).await? {},
        Command::Test(arguments) => test::run(arguments, &home, children).await,
        Command::Faults(arguments) => faults::run(arguments, &home, children).await,
        Command::Bench(arguments) => bench::run(arguments, &home, children).await,
        Command::Deploy(arguments) => match deploy::run(arguments, &home, children).await? {},
        Command::Seed(arguments) => seed::run(arguments, &home, children).await,
    }
}

/// Ends every child; a second Ctrl-C meanwhile ends them without waiting.
async fn stop(children: &Children) {
    tokio::select! {
        () = children.stop() => {}
        _ = interrupted() => children.kill(),
    }
    children.forget();
}

/// Waits for Ctrl-C, SIGTERM or SIGHUP and gives the exit code that shells expect for it.
async fn interrupted() -> ExitCode {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = async |kind: SignalKind| match signal(kind) {
        Ok(mut stream) => drop(stream.recv().await),
        Err(_) => std::future::pending().await,
    };
    let code = tokio::select! {
        () = wait(SignalKind::interrupt()) => 130,
        () = wait(SignalKind::hangup()) => 129,
        () = wait(SignalKind::terminate()) => 143,
    };
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn the_port_leaves_room_for_the_inbox() {
        use clap::Parser;
        assert!(super::Cli::try_parse_from(["dev", "up", "--port", "65535"]).is_err());
        assert!(super::Cli::try_parse_from(["dev", "up", "--port", "0"]).is_err());
        assert!(super::Cli::try_parse_from(["dev", "watch", "--port", "65534"]).is_ok());
    }
}
