//! `cargo dev up`: everything on one port, in one process.

use std::convert::Infallible;

use anyhow::Result;

use super::serving;
use crate::cargo;
use crate::home::Home;
use crate::process::{Children, Kind};
use crate::workshop::Workshop;

/// How to serve.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    serving: serving::Options,
}

/// Serves until a signal comes or something ends that should not.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<Infallible> {
    let shop = Workshop::lasting(home, children).await?;
    let served = serving::open(&shop, &arguments.serving).await?;
    let listen = format!("127.0.0.1:{}", arguments.serving.port);
    let mut serve = cargo::local(&shop, &served.variables, &["serve", "--listen", &listen, "--faults"]);
    children.start("local", Kind::Program, Some(&shop.place.run), &mut serve)?;
    serving::until_lost(&shop, &arguments.serving, &served).await
}
