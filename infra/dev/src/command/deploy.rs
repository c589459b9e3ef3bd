//! `cargo dev deploy`: template.yaml on the local emulator, with the real programs as Lambda functions.

use std::convert::Infallible;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tokio::process::Command;

use crate::environment;
use crate::home::Home;
use crate::process::Children;
use crate::services::emulator::Started;
use crate::services::postgres::{Manner, Postgres};
use crate::services::valkey::Valkey;
use crate::workshop::Workshop;
use crate::{cargo, inbox, ports, python, say};

/// What to deploy.
#[derive(clap::Args)]
pub struct Arguments {
    /// The template's parameter Store
    #[arg(long, value_enum, default_value = "postgres")]
    store: Store,
}

/// The template's two shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// Postgres and Valkey, which run beside the emulator: it has no RDS Proxy and no ElastiCache Serverless
    Postgres,
    /// DynamoDB for all of it
    Dynamodb,
}

/// The template's parameters that name what is there already.
pub type Parameters = Vec<(&'static str, String)>;

impl Store {
    /// The parameters of the shape without anything of its own.
    pub fn parameters(self, database: &str, cache: &str) -> Parameters {
        match self {
            Self::Postgres => vec![
                ("Store", "postgres".to_owned()),
                ("DatabaseUrl", database.to_owned()),
                ("RedisUrl", cache.to_owned()),
            ],
            Self::Dynamodb => vec![("Store", "dynamodb".to_owned())],
        }
    }
}

/// Deploys, says where the API is, and stays until a signal comes.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<Infallible> {
    let shop = Workshop::passing(home, children).await?;
    let venv = python::install(&shop, &python::SERVICES).await?;
    let [database, cache, aws, inbox] = ports::free()?;
    let emulator = Started::ministack(&shop, &venv, aws, false)?;
    let parameters = match arguments.store {
        Store::Postgres => {
            let postgres = Postgres::start(&shop, &venv, database, Manner::Passing).await?;
            let valkey = Valkey::start(&shop, &venv, cache)?;
            postgres.ready(&shop).await?;
            valkey.ready(&shop).await?;
            Store::Postgres.parameters(&postgres.url(), &valkey.url())
        }
        Store::Dynamodb => Store::Dynamodb.parameters("", ""),
    };
    emulator.ready(&shop).await?;
    inbox::serve(ports::listen(inbox, "the inbox", "a second try")?, emulator.url())?;
    cargo::build(&shop, "the functions", &["build"]).await?;
    let url = deploy(&shop, &emulator.url(), "prohod", &parameters).await?;
    let mails = inbox::address(inbox);
    say::result(format_args!("\n  API      {url}/api/v1\n  Inbox    {mails}\n\n  Ctrl-C ends all of it.\n"));
    std::future::pending().await
}

/// Deploys the functions that are built, and gives the API's address.
pub async fn deploy(shop: &Workshop<'_>, emulator: &str, stack: &str, given: &Parameters) -> Result<String> {
    let venv = python::install(shop, &python::DEPLOY).await?;
    let mut command = Command::new(venv.join("bin/python"));
    command.arg(shop.home.root.join("infra/deploy/local.py")).args(["--stack", stack]);
    command.arg("--binaries").arg(&shop.home.binaries);
    let own: Parameters = vec![
        ("Stage", "local".to_owned()),
        ("Architecture", "x86_64".to_owned()),
        ("Concurrency", "0".to_owned()),
        ("MailSender", "Prohod <no-reply@prohod.example>".to_owned()),
        ("MailIdentity", "prohod.example".to_owned()),
        ("AlertAddresses", "operator@prohod.example".to_owned()),
        // Tests wait for a digest.
        ("AlertDigestSeconds", "90".to_owned()),
        ("PublicUrl", emulator.to_owned()),
        ("MediaUrl", emulator.to_owned()),
    ];
    for (name, value) in own.iter().chain(given) {
        command.arg("--parameter").arg(format!("{name}={value}"));
    }
    environment::apply(&mut command, &environment::aws(emulator));
    say::step(format_args!("Deploying the template as {stack}"));
    let url = shop.children.output("deploy", &shop.place.run, &mut command).await;
    url.map(|url| url.trim().to_owned()).context("The template could not be deployed")
}
