//! What `up` and `watch` share: the services, keys, bucket and data, ready to be served.

use std::convert::Infallible;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::environment::{self, Addresses, Store, Variables};
use crate::limits::Limits;
use crate::services::emulator::Started;
use crate::services::postgres::{Manner, Postgres};
use crate::services::valkey::Valkey;
use crate::workshop::Workshop;
use crate::{cargo, client, inbox, ports, python, say};

/// Where everything durable is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Postgres, with codes and counters in Valkey
    Postgres,
    /// DynamoDB for all of it, in the emulator
    Dynamodb,
}

/// Ports, limits, and the services that run already.
#[derive(Args)]
pub struct Options {
    /// Where the API is served; the inbox and the pictures are on the next port
    #[arg(long, default_value_t = 9000, value_parser = clap::value_parser!(u16).range(1..65535))]
    pub port: u16,
    /// Where everything durable is kept; each has its own data
    #[arg(long, value_enum, default_value = "postgres")]
    store: Kind,
    /// Whether the limits by address and by person are relaxed (those by account and of codes never are)
    #[arg(long, value_enum, default_value = "relaxed")]
    limits: Limits,
    /// Where our own Postgres listens
    #[arg(long, default_value_t = 15432)]
    postgres_port: u16,
    /// Where our own Valkey listens
    #[arg(long, default_value_t = 16379)]
    valkey_port: u16,
    /// Where our own S3, SES and DynamoDB listen
    #[arg(long, default_value_t = 14566)]
    emulator_port: u16,
    /// A Postgres that runs already, to be used instead of our own
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// A Valkey or Redis that runs already
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    redis_url: Option<String>,
    /// An emulator of S3, SES and DynamoDB that runs already
    #[arg(long, env = "AWS_ENDPOINT_URL", hide_env_values = true, value_name = "URL")]
    aws_endpoint_url: Option<String>,
}

/// Everything that runs beside the functions.
pub struct Served {
    /// What the functions are told.
    pub variables: Variables,
    /// What the demonstration data says of itself: a sign-in to try.
    pub summary: String,
}

/// Starts what is needed and prepares it; the functions come next.
pub async fn open(shop: &Workshop<'_>, options: &Options) -> Result<Served> {
    let inbox = options.take_ports()?;
    let addresses = options.services(shop).await?;
    inbox::serve(inbox, addresses.aws.clone())?;
    client::build_or_tell(shop).await?;
    cargo::build(shop, "the program that serves everything", &["build", "-p", "local"]).await?;
    let mut variables = environment::functions(&addresses);
    variables.extend(cargo::secrets(shop).await?);
    variables.extend(options.limits.variables(|name| std::env::var(name).ok())?);
    environment::write(&shop.home.env_file(), &variables)?;
    let summary = prepare(shop, &variables).await?;
    Ok(Served { variables, summary })
}

/// Makes bucket, sender, tables and demonstration data, and gives what the data says of itself.
pub async fn prepare(shop: &Workshop<'_>, variables: &Variables) -> Result<String> {
    let run = &shop.place.run;
    say::step("Preparing bucket, sender and tables");
    let mut prepare = cargo::local(shop, variables, &["prepare"]);
    shop.children.output("prepare", run, &mut prepare).await.context("The services could not be prepared")?;
    say::step("Looking after the demonstration data");
    let mut demo = cargo::local(shop, variables, &["demo"]);
    let summary = shop.children.output("demo", run, &mut demo).await;
    summary.context("The demonstration data could not be loaded")
}

impl Options {
    /// Says before anything starts which port is in use; the inbox's is kept.
    fn take_ports(&self) -> Result<TcpListener> {
        drop(ports::listen(self.port, "the API", "--port")?);
        let inbox =
            ports::listen(self.port + 1, "the inbox and the pictures", "--port (it is the next one)")?;
        for (_, port, what, flag) in self.own().iter().filter(|(given, ..)| given.is_none()) {
            drop(ports::listen(*port, what, flag)?);
        }
        Ok(inbox)
    }

    /// The services that the store needs: where they run already, or else our own port, what it is for, its flag.
    fn own(&self) -> Vec<(&Option<String>, u16, &'static str, &'static str)> {
        let mut own = vec![(&self.aws_endpoint_url, self.emulator_port, "S3 and SES", "--emulator-port")];
        if self.store == Kind::Postgres {
            own.push((&self.database_url, self.postgres_port, "Postgres", "--postgres-port"));
            own.push((&self.redis_url, self.valkey_port, "Valkey", "--valkey-port"));
        }
        own
    }

    /// Starts the services that nobody named, all at once, and waits for them.
    async fn services(&self, shop: &Workshop<'_>) -> Result<Addresses> {
        given(self.aws_endpoint_url.as_deref(), 80, "AWS_ENDPOINT_URL")?;
        if self.store == Kind::Postgres {
            given(self.database_url.as_deref(), 5432, "DATABASE_URL")?;
            given(self.redis_url.as_deref(), 6379, "REDIS_URL")?;
        }
        let venv = if self.own().iter().any(|(given, ..)| given.is_none()) {
            python::install(shop, &python::SERVICES).await?
        } else {
            PathBuf::new()
        };
        let what = match self.store {
            Kind::Postgres => "Starting Postgres, Valkey and S3/SES",
            Kind::Dynamodb => "Starting DynamoDB and S3/SES",
        };
        say::working(what, async {
            let (store, aws) = tokio::try_join!(self.stored(shop, &venv), self.aws(shop, &venv))?;
            let public = format!("http://127.0.0.1:{}", self.port);
            Ok(Addresses { store, aws, public, media: inbox::media_address(self.port + 1) })
        })
        .await
    }

    async fn stored(&self, shop: &Workshop<'_>, venv: &Path) -> Result<Store> {
        match self.store {
            Kind::Postgres => {
                let (database, cache) = tokio::try_join!(self.database(shop, venv), self.cache(shop, venv))?;
                Ok(Store::Postgres { database, cache })
            }
            Kind::Dynamodb => Ok(Store::DynamoDb),
        }
    }

    async fn database(&self, shop: &Workshop<'_>, venv: &Path) -> Result<String> {
        if let Some(url) = &self.database_url {
            return Ok(url.clone());
        }
        let server = Postgres::start(shop, venv, self.postgres_port, Manner::Lasting).await?;
        server.ready(shop).await.map(|()| server.url())
    }

    async fn cache(&self, shop: &Workshop<'_>, venv: &Path) -> Result<String> {
        if let Some(url) = &self.redis_url {
            return Ok(url.clone());
        }
        let server = Valkey::start(shop, venv, self.valkey_port)?;
        server.ready(shop).await.map(|()| server.url())
    }

    async fn aws(&self, shop: &Workshop<'_>, venv: &Path) -> Result<String> {
        if let Some(url) = &self.aws_endpoint_url {
            return Ok(url.clone());
        }
        let server = Started::ministack(shop, venv, self.emulator_port, true)?;
        server.ready(shop).await.map(|()| server.url())
    }
}

/// A service that the caller named must answer.
fn given(url: Option<&str>, default: u16, name: &str) -> Result<()> {
    let Some(url) = url else { return Ok(()) };
    let Some((host, port)) = ports::of_url(url, default) else {
        bail!("{name} is not a URL.");
    };
    if !ports::answers(&host, port) {
        bail!(
            "Nothing answers at {host}:{port}, which {name} names: start it, or unset {name} to have our own."
        );
    }
    say::line(format_args!("· using {host}:{port}, which {name} names"));
    Ok(())
}

/// Says where everything is, and stays until something ends that should not.
pub async fn until_lost(shop: &Workshop<'_>, options: &Options, served: &Served) -> Result<Infallible> {
    tokio::select! {
        name = shop.children.lost() => {
            let log = shop.log(name);
            let reason = if log.exists() { format!("{} says why", shop.home.short(&log)) } else { "see above".into() };
            bail!("{name} ended by itself: {reason}.")
        }
        never = async {
            announce(options, served).await;
            std::future::pending().await
        } => never,
    }
}

/// Waits for the API's port, then says where everything is.
async fn announce(options: &Options, served: &Served) {
    while !ports::answers("127.0.0.1", options.port) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (api, next) = (format!("http://127.0.0.1:{}", options.port), options.port + 1);
    let (inbox, summary) = (inbox::address(next), served.summary.trim_end());
    say::result(format_args!(
        "\n  Client   {api}/\n  API      {api}/api/v1\n  Try it   {api}/api/v1/docs\n  Inbox    {inbox}\n"
    ));
    say::result(format_args!("{summary}\n\n  Ctrl-C ends all of it.\n"));
}
