//! `cargo dev bench`: what Prohod costs, measured on release programs and services of this run alone, and the page that
//! shows it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use tokio::process::Command;

use super::test;
use crate::environment::{self, Addresses, Store, Variables};
use crate::home::Home;
use crate::limits::Limits;
use crate::process::{Children, Kind};
use crate::services::emulator::Started;
use crate::services::pgbouncer::PgBouncer;
use crate::services::postgres::{Manner, Postgres};
use crate::services::valkey::Valkey;
use crate::workshop::Workshop;
use crate::{apt, cargo, client, ports, python, say};

/// What to measure.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this part, several times for several; the page keeps the other parts' last figures
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Shorter loads and smaller catalogues, to see that it works
    #[arg(long)]
    quick: bool,
    /// Of the functions these alone
    #[arg(long)]
    function: Vec<String>,
    /// Programs that are there already, such as an earlier version's, instead of a build: `target/lambda` are the last
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
}

/// The parts of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Each function behind a double of Lambda's Runtime API
    Lambda,
    /// The one-process server beside pgbench
    Server,
    /// What Postgres touches at two sizes of the catalogue
    Postgres,
    /// What DynamoDB consumes at two sizes of the catalogue
    Dynamodb,
}

/// The packages whose release programs are measured, in one build: apart their dependencies would differ in features.
const PACKAGES: [&str; 10] = [
    "auth-program",
    "user-program",
    "titles-program",
    "walks-program",
    "reviews-program",
    "web-program",
    "setup-program",
    "alerts-program",
    "bare",
    "bench",
];

/// The services of a run, and what was prepared on them.
struct Stage<'a> {
    shop: &'a Workshop<'a>,
    arguments: &'a Arguments,
    /// Where `cargo lambda build` leaves programs.
    programs: PathBuf,
    /// Where figures are left.
    figures: PathBuf,
    postgres: Postgres,
    cache_url: String,
    emulator: String,
}

/// Measures the parts that are asked for, and writes the page.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<ExitCode> {
    let shop = Workshop::passing(home, children).await?;
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    if arguments.programs.is_none() {
        build(&shop).await?;
    }
    let stage = Stage::open(&shop, &arguments).await?;
    if wanted(Part::Lambda) || wanted(Part::Server) {
        stage.programs_and_server(wanted(Part::Lambda), wanted(Part::Server)).await?;
    }
    if wanted(Part::Postgres) {
        stage.count("growth::", ("PROHOD_GROWTH_TITLES", "10000,1000000"), "4000,40000").await?;
    }
    if wanted(Part::Dynamodb) {
        stage.count("capacity::", ("PROHOD_CAPACITY_TITLES", "1000,100000"), "60,600").await?;
    }
    stage.bench(&["report", "--page", "docs/benchmarks"], &Vec::new()).await?;
    say::result(format_args!("\n  docs/benchmarks/README.md"));
    Ok(ExitCode::SUCCESS)
}

/// Release programs as they are deployed, and the one-process server, which is built for speed.
async fn build(shop: &Workshop<'_>) -> Result<()> {
    let venv = python::install(shop, &python::WATCH).await?;
    client::build(shop).await?;
    say::step("Building release programs, which takes a quarter of an hour the first time");
    compile(shop, &venv, "release", &PACKAGES).await?;
    say::step("Building the one-process server, which takes as long the first time");
    compile(shop, &venv, "server", &["local"]).await
}

/// By `cargo lambda`, for the oldest glibc that Lambda has.
async fn compile(shop: &Workshop<'_>, venv: &Path, profile: &str, packages: &[&str]) -> Result<()> {
    let mut build = Command::new(venv.join("bin/cargo-lambda"));
    build.args(["lambda", "build", "--profile", profile, "--x86-64", "--skip-target-check"]);
    build.args(packages.iter().flat_map(|package| ["-p", package]));
    build.current_dir(&shop.home.root);
    environment::without_cargo(&mut build);
    // It finds zig by Python, whose programs lie there.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(venv.join("bin")).chain(std::env::split_paths(&path));
    build.env("PATH", std::env::join_paths(paths)?);
    if !shop.children.run("cargo-lambda", &mut build).await?.success() {
        bail!("The release programs could not be built: the messages above say why.");
    }
    Ok(())
}

impl<'a> Stage<'a> {
    async fn open(shop: &'a Workshop<'a>, arguments: &'a Arguments) -> Result<Self> {
        let venv = python::install(shop, &python::SERVICES).await?;
        // The tests count, and make the keys.
        cargo::build(shop, "the tests", &["build", "--workspace", "--bins", "--tests"]).await?;
        let figures = shop.home.local.join("bench");
        shop.home.folder(&figures)?;
        let target = shop.home.binaries.parent().context("the target directory")?;
        let programs = arguments.programs.clone().unwrap_or_else(|| target.join("lambda"));
        let programs = std::path::absolute(programs).context("the programs' folder")?;
        let [database, cache, aws] = ports::free()?;
        say::working("Starting the services", async {
            let postgres = Postgres::start(shop, &venv, database, Manner::Passing).await?;
            let valkey = Valkey::start(shop, &venv, cache)?;
            let emulator = Started::ministack(shop, &venv, aws, false)?;
            postgres.ready(shop).await?;
            valkey.ready(shop).await?;
            emulator.ready(shop).await?;
            let (cache_url, emulator) = (valkey.url(), emulator.url());
            Ok(Self { shop, arguments, programs, figures, postgres, cache_url, emulator })
        })
        .await
    }

    /// Starts the one-process server on made-up data, and measures the functions beside it, and itself.
    async fn programs_and_server(&self, functions: bool, server: bool) -> Result<()> {
        let [port] = ports::free()?;
        let origin = format!("http://127.0.0.1:{port}");
        let store = Store::Postgres { database: self.postgres.url(), cache: self.cache_url.clone() };
        let (aws, media) = (self.emulator.clone(), format!("{origin}/media"));
        let mut variables = environment::functions(&Addresses { store, aws, public: origin.clone(), media });
        variables.extend(cargo::secrets(self.shop).await?);
        variables.extend(Limits::Relaxed.variables(|_| None)?);
        let seed = ["seed", "--titles", "10000", "--users", "5000", "--reviews", "20000"];
        for arguments in [&["prepare"][..], &["demo"], &seed] {
            let run = &self.shop.place.run;
            let mut program = self.local(&variables, arguments);
            self.shop.children.output("local", run, &mut program).await.context("The data was not made")?;
        }
        // As it is in a database that has been in use; the server's own turn at it may come in the middle of a load.
        let mut analyze = Command::new(self.postgres.programs().join("psql"));
        analyze.args(["-q", "-X", "-d", &self.postgres.url(), "-c", "vacuum analyze"]);
        // The system's own tables are not this role's to analyse, and it says so of each.
        analyze.env("PGOPTIONS", "-c client_min_messages=error");
        let status = self.shop.children.run("psql", &mut analyze).await?;
        anyhow::ensure!(status.success(), "The data was not analysed.");
        let listen = format!("127.0.0.1:{port}");
        let mut serve = self.local(&variables, &["serve", "--listen", &listen]);
        let serving = self.shop.service("serve", Kind::Service, &mut serve)?;
        while !ports::answers("127.0.0.1", port) {
            anyhow::ensure!(serving.ended().is_none(), "The server ended while it started.");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let api = format!("{origin}/api/v1");
        if functions {
            self.functions(&api, &variables).await?;
        }
        if server {
            self.server(&api, &serving.id().to_string(), &variables).await?;
        }
        Ok(())
    }

    async fn functions(&self, api: &str, variables: &Variables) -> Result<()> {
        say::step("The functions, behind a double of the Runtime API");
        let (programs, direct) = (self.programs.display().to_string(), self.postgres.url());
        let mut arguments = vec!["lambda", "--programs", &programs, "--events", "infra/events", "--api", api];
        arguments.extend(["--direct-database-url", &direct]);
        if self.arguments.quick {
            arguments.extend(["--starts", "3", "--invocations", "200"]);
        }
        arguments.extend(self.arguments.function.iter().flat_map(|name| ["--function", name]));
        let [port] = ports::free()?;
        let pooler = PgBouncer::start(self.shop, &self.postgres, port).await?;
        pooler.ready(self.shop).await?;
        let mut variables = variables.clone();
        variables.push(("DATABASE_URL".into(), self.postgres.url_at(&pooler.address())));
        self.bench(&arguments, &variables).await
    }

    async fn server(&self, api: &str, server: &str, variables: &Variables) -> Result<()> {
        let wrk = wrk(self.shop).await?.display().to_string();
        say::step("The one-process server, beside pgbench");
        let postgres = self.postgres.id().context("Postgres was not started")?.to_string();
        let (url, superuser) = (self.postgres.url(), self.postgres.superuser_url());
        let log = self.shop.log("postgres").display().to_string();
        let (folder, scratch) = (self.postgres.programs().display().to_string(), &self.shop.place.run);
        let scratch = scratch.display().to_string();
        let mut arguments = vec!["server", "--api", api, "--server", server, "--postgres", &postgres];
        arguments.extend(["--database-url", &url, "--superuser-url", &superuser, "--postgres-log", &log]);
        arguments.extend(["--postgres-programs", &folder, "--wrk", &wrk, "--scratch", &scratch]);
        if self.arguments.quick {
            arguments.extend(["--seconds", "2", "--rounds", "1"]);
        }
        self.bench(&arguments, variables).await
    }

    /// Runs the tests that count, at sizes of their own. Where a count leaves its bound the page says so.
    async fn count(&self, tests: &str, (name, long): (&str, &str), quick: &str) -> Result<()> {
        let sizes = if self.arguments.quick { quick } else { long };
        say::step(format_args!("Counting with {sizes} titles"));
        let mut run = Command::new(test::runner(self.shop).await?);
        run.args(["nextest", "run", "--manifest-path"]).arg(self.shop.home.manifest());
        run.args(["--workspace", "-E", &format!("package(tests) and test({tests})")]);
        run.current_dir(&self.shop.home.root);
        environment::without_cargo(&mut run);
        environment::apply(&mut run, &environment::aws(&self.emulator));
        run.env("TEST_STORE", "postgres").env("TEST_DATABASE_URL", self.postgres.superuser_url());
        run.env("TEST_REDIS_URL", &self.cache_url).env(name, sizes).env("PROHOD_FIGURES", &self.figures);
        let status = self.shop.children.run("nextest", &mut run).await?;
        if !status.success() {
            say::line(
                "· a count left its bound, or was not made: see above; the page shows what was counted",
            );
        }
        Ok(())
    }

    fn local(&self, variables: &Variables, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("local/bootstrap"));
        command.args(arguments).current_dir(&self.shop.home.root);
        environment::apply(&mut command, variables);
        command
    }

    async fn bench(&self, arguments: &[&str], variables: &Variables) -> Result<()> {
        let mut command = Command::new(self.programs.join("bench/bootstrap"));
        command.arg("--figures").arg(&self.figures).args(arguments).current_dir(&self.shop.home.root);
        environment::apply(&mut command, variables);
        if !self.shop.children.run("bench", &mut command).await?.success() {
            bail!("It could not be measured: the messages above say why.");
        }
        Ok(())
    }
}

/// The load generator that is installed, or Debian's.
async fn wrk(shop: &Workshop<'_>) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let find = || std::env::split_paths(&path).map(|folder| folder.join("wrk")).find(|wrk| wrk.is_file());
    if find().is_none() {
        apt::install(shop, "wrk").await?;
    }
    find().context(
        "wrk is missing, which makes the load: install it (on Debian and Ubuntu `sudo apt install wrk`).",
    )
}
