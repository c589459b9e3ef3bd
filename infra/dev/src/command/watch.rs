//! `cargo dev watch`: one port that looks like the gateway, and each function a process of its own behind the
//! Runtime API, rebuilt when its source changes.

use std::convert::Infallible;

use anyhow::Result;
use tokio::process::Command;

use super::serving;
use crate::home::Home;
use crate::process::{Children, Kind};
use crate::workshop::Workshop;
use crate::{cargo, environment, python};

/// How to serve.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    serving: serving::Options,
    /// How many instances of a function may run at once
    #[arg(long, default_value_t = 3)]
    concurrency: u8,
}

/// Serves until a signal comes or something ends that should not.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<Infallible> {
    let shop = Workshop::lasting(home, children).await?;
    let venv = python::install(&shop, &python::WATCH).await?;
    let served = serving::open(&shop, &arguments.serving).await?;
    // Functions that compile at once at their first request would wait for each other's locks.
    cargo::build(&shop, "the functions", &["build"]).await?;
    let mut watch = Command::new(venv.join("bin/cargo-lambda"));
    watch.args(["lambda", "watch", "-A", "127.0.0.1", "-P", &arguments.serving.port.to_string()]);
    watch.args(["--concurrency", &arguments.concurrency.to_string(), "--disable-cors"]);
    watch.current_dir(&home.root);
    environment::without_cargo(&mut watch);
    environment::apply(&mut watch, &served.variables);
    children.start("cargo-lambda", Kind::Program, Some(&shop.place.run), &mut watch)?;
    serving::until_lost(&shop, &arguments.serving, &served).await
}
