//! `cargo dev seed`: more data than the demonstration's, into what runs.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::environment::{self, Variables};
use crate::home::Home;
use crate::process::Children;
use crate::workshop::Workshop;
use crate::{cargo, ports};

/// How much to load.
#[derive(clap::Args)]
pub struct Arguments {
    /// Titles to add
    #[arg(long, default_value_t = 0)]
    titles: u32,
    /// People to add
    #[arg(long, default_value_t = 0)]
    users: u32,
    /// Reviews to add
    #[arg(long, default_value_t = 0)]
    reviews: u32,
}

/// Loads into the services of `up` or `watch`.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<ExitCode> {
    let variables = running(home)?;
    let shop = Workshop::passing(home, children).await?;
    cargo::build(&shop, "the loader", &["build", "-p", "local"]).await?;
    let counts = [arguments.titles, arguments.users, arguments.reviews].map(|count| count.to_string());
    let [titles, users, reviews] = &counts;
    let all = ["seed", "--titles", titles, "--users", users, "--reviews", reviews];
    let status = children.run("seed", &mut cargo::local(&shop, &variables, &all)).await?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The environment of what runs, or a sentence.
fn running(home: &Home) -> Result<Variables> {
    let variables = environment::read(&home.env_file()).unwrap_or_default();
    let of = |wanted, port| {
        let url = variables.iter().find(|(name, _)| name == wanted);
        url.and_then(|(_, url)| ports::of_url(url, port))
    };
    // DynamoDB is in the emulator.
    let address = of("DATABASE_URL", 5432).or_else(|| of("AWS_ENDPOINT_URL", 80));
    if !address.is_some_and(|(host, port)| ports::answers(&host, port)) {
        bail!("The services do not run: start `cargo dev up` in another terminal first.");
    }
    Ok(variables)
}
