//! A whole system of a run's own, for those who try it from outside: everything in one process, with the demonstration
//! data, on the services of the run.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::serving;
use crate::environment::{self, Addresses, Store, Variables};
use crate::limits::Limits;
use crate::process::Kind;
use crate::workshop::Workshop;
use crate::{cargo, inbox, ports};

/// A system that is served.
pub struct System {
    /// Where it is.
    pub url: String,
    /// Where the mails that it sent are.
    pub inbox: String,
}

impl System {
    /// Serves one on Postgres and Valkey, or on DynamoDB alone; `variables` are those that tests know the run's services
    /// by. It ends with the run.
    pub async fn start(shop: &Workshop<'_>, variables: &Variables, dynamodb: bool) -> Result<Self> {
        let of = |name| environment::value(variables, name);
        let inbox = of("TEST_INBOX_URL")?;
        let (_, mails) = ports::of_url(&inbox, 80).context("the inbox has no address")?;
        let store = if dynamodb {
            Store::DynamoDb
        } else {
            Store::Postgres { database: of("TEST_OWN_DATABASE_URL")?, cache: of("TEST_REDIS_URL")? }
        };
        let [port] = ports::free()?;
        let url = format!("http://127.0.0.1:{port}");
        let (aws, media) = (of("AWS_ENDPOINT_URL")?, inbox::media_address(mails));
        let mut own = environment::functions(&Addresses { store, aws, public: url.clone(), media });
        own.extend(cargo::secrets(shop).await?);
        own.extend(Limits::Relaxed.variables(|_| None)?);
        serving::prepare(shop, &own).await?;
        serve(shop, &own, port).await?;
        Ok(Self { url, inbox })
    }
}

async fn serve(shop: &Workshop<'_>, variables: &Variables, port: u16) -> Result<()> {
    let mut server = cargo::local(shop, variables, &["serve", "--listen", &format!("127.0.0.1:{port}")]);
    let running = shop.service("system", Kind::Program, &mut server)?;
    let begun = Instant::now();
    while !ports::answers("127.0.0.1", port) {
        let log = shop.home.short(&shop.log("system")).to_string();
        ensure!(running.ended().is_none(), "The server ended: {log} says why.");
        ensure!(begun.elapsed() < Duration::from_secs(30), "The server does not answer: see {log}.");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
