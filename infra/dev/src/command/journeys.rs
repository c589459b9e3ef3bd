//! The web client's own tests: units in Node, and journeys in a browser on a system of this run alone.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::serving;
use crate::environment::{self, Addresses, Store};
use crate::limits::Limits;
use crate::node::Node;
use crate::process::Kind;
use crate::workshop::Workshop;
use crate::{browser, cargo, client, inbox, ports, say};

/// What a system of the journeys' own stands on.
pub struct Ground {
    /// Postgres, empty.
    pub database: String,
    /// Valkey.
    pub cache: String,
    /// The emulator of S3 and SES.
    pub aws: String,
    /// The inbox's port.
    pub inbox: u16,
}

/// Runs both; whether all passed.
pub async fn run(shop: &Workshop<'_>, node: &Node, ground: &Ground) -> Result<bool> {
    say::step("Unit tests of the web client");
    let units = client::npm(shop, node, &["test"]).await?;
    let chromium = browser::find(shop).await?;
    let url = serve(shop, ground).await?;
    say::step("Journeys through the web client, in Chromium");
    let mut journeys = node.command("node", &client::folder(shop));
    journeys.args(["tests/journeys.mjs", &url]).env("CHROMIUM", chromium);
    journeys.env("PROHOD_INBOX", inbox::address(ground.inbox));
    Ok(shop.children.run("journeys", &mut journeys).await?.success() && units)
}

/// Serves everything in one process, with the demonstration data, and gives its address.
async fn serve(shop: &Workshop<'_>, ground: &Ground) -> Result<String> {
    let [port] = ports::free()?;
    let url = format!("http://127.0.0.1:{port}");
    let store = Store::Postgres { database: ground.database.clone(), cache: ground.cache.clone() };
    let (aws, media) = (ground.aws.clone(), inbox::media_address(ground.inbox));
    let mut variables = environment::functions(&Addresses { store, aws, public: url.clone(), media });
    variables.extend(cargo::secrets(shop).await?);
    variables.extend(Limits::Relaxed.variables(|_| None)?);
    serving::prepare(shop, &variables).await?;
    let mut server = cargo::local(shop, &variables, &["serve", "--listen", &format!("127.0.0.1:{port}")]);
    let running = shop.service("journeys-server", Kind::Program, &mut server)?;
    let begun = Instant::now();
    while !ports::answers("127.0.0.1", port) {
        let log = shop.home.short(&shop.log("journeys-server")).to_string();
        ensure!(running.ended().is_none(), "The server of the journeys ended: {log} says why.");
        ensure!(
            begun.elapsed() < Duration::from_secs(30),
            "The server of the journeys does not answer: see {log}."
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(url)
}

impl Ground {
    /// What this run's services are, by the variables that tests know them by.
    pub fn of(variables: &environment::Variables) -> Result<Self> {
        let of = |name| environment::value(variables, name);
        let (_, inbox) = ports::of_url(&of("TEST_INBOX_URL")?, 80).context("the inbox has no address")?;
        let (database, cache) = (of("TEST_OWN_DATABASE_URL")?, of("TEST_REDIS_URL")?);
        Ok(Self { database, cache, aws: of("AWS_ENDPOINT_URL")?, inbox })
    }
}
