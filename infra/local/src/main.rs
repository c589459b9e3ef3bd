//! All functions on one port: for development, for hosting on one machine, for measuring. Also what a fresh
//! deployment on one machine needs: keys, migrations, a bucket, demonstration data.
//!
//! It has no routes of its own but one to force a panic: every function's router is merged, under the same manners. Its
//! own errors go to the alerts function, as those of a Lambda do.

mod alerts;
mod assemble;
mod demo;
mod demo_people;
mod describe;
mod dice;
mod linger;
mod seed;
mod serve;
mod target;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use platform::{Platform, Settings, start_logging, start_logging_followed};

/// A fifth of a request's CPU was the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Prohod on one machine.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve all functions on one port until SIGTERM or Ctrl-C
    Serve {
        /// Where to listen
        #[arg(long, default_value = "127.0.0.1:9000")]
        listen: SocketAddr,
        /// Also serve POST /dev/panic, which panics: to see what becomes of it
        #[arg(long)]
        faults: bool,
    },
    /// Make fresh keys and print them as environment variables
    Keys,
    /// Run the migrations or make the tables; make the bucket and the sender
    Prepare,
    /// Load the demonstration data, unless there are titles already
    Demo,
    /// Add made-up data in bulk
    Seed(seed::Amounts),
    /// Print the description of the API
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Keys => return keys(),
        Command::Openapi => return print(&describe::openapi_json()?),
        Command::Serve { listen, faults } => {
            let errors = start_logging_followed(Settings::log_level().as_deref());
            let platform = Platform::of_one_process()?;
            alerts::follow(errors).await?;
            return serve::serve(&platform, listen, faults).await;
        }
        _ => start_logging(Settings::log_level().as_deref()),
    }
    let platform = Platform::of_one_process()?;
    match command {
        Command::Prepare => platform.prepare().await,
        Command::Demo => print(&demo::load(&platform).await?),
        Command::Seed(amounts) => print(&seed::load(&platform, amounts).await?),
        Command::Keys | Command::Openapi | Command::Serve { .. } => Ok(()),
    }
}

fn keys() -> anyhow::Result<()> {
    let keys = auth::generate()?;
    print(&format!(
        "JWT_SIGNING_KEY={}\nJWT_PUBLIC_KEYS={}\nPEPPER={}",
        keys.signing_key, keys.public_keys, keys.pepper
    ))
}

#[expect(clippy::print_stdout, reason = "what a command is asked for goes to standard output")]
fn print(text: &str) -> anyhow::Result<()> {
    println!("{text}");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "why a command failed goes to standard error, without a backtrace")]
fn complain(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
