//! Pinned packages from PyPI in virtual environments below `.local`.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::process::{last_lines, log_to, private_file};
use crate::workshop::Workshop;
use crate::{apt, say};

/// The oldest Python that the services run on.
const OLDEST: (u32, u32) = (3, 11);

/// What a requirements file installs, and where.
pub struct Set {
    /// For the person who waits.
    pub what: &'static str,
    /// Below `infra/dev`.
    pub file: &'static str,
    /// Below `.local`.
    pub venv: &'static str,
}

/// Postgres, Valkey and the emulator.
pub const SERVICES: Set =
    Set { what: "Installing Postgres, Valkey and ministack", file: "requirements.txt", venv: "venv" };
/// `cargo lambda`.
pub const WATCH: Set = Set { what: "Installing cargo-lambda", file: "requirements-watch.txt", venv: "venv" };
/// The test runner.
pub const TEST: Set = Set { what: "Installing cargo-nextest", file: "requirements-test.txt", venv: "venv" };
/// What tries an API by its description.
pub const SCHEMATHESIS: Set =
    Set { what: "Installing Schemathesis", file: "requirements-schemathesis.txt", venv: "schemathesis" };
/// Node and npm, where the system has none that is new enough.
pub const NODE: Set = Set { what: "Installing Node", file: "requirements-node.txt", venv: "node" };
/// What deploys the template.
pub const DEPLOY: Set =
    Set { what: "Installing what deploys the template", file: "requirements-deploy.txt", venv: "deploy" };
/// The other emulator.
pub const LOCALSTACK: Set =
    Set { what: "Installing LocalStack", file: "requirements-localstack.txt", venv: "localstack" };

/// Installs a set, unless just this one is installed already; gives its virtual environment.
pub async fn install(shop: &Workshop<'_>, set: &Set) -> Result<PathBuf> {
    let wanted = fs::read_to_string(shop.home.root.join("infra/dev").join(set.file))
        .with_context(|| format!("infra/dev/{} cannot be read", set.file))?;
    let venv = shop.home.local.join(set.venv);
    let _alone = alone(shop).await?;
    let stamp = venv.join(set.file);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && works(&venv) {
        return Ok(venv);
    }
    say::working(set.what, async {
        if !works(&venv) {
            create(shop, &venv).await?;
        }
        pip(shop, &venv, set).await
    })
    .await?;
    fs::write(&stamp, wanted)?;
    Ok(venv)
}

/// Waits until no other `cargo dev` installs: a test run may begin beside the first `up`.
async fn alone(shop: &Workshop<'_>) -> Result<File> {
    let file = private_file(&shop.home.local.join("installing"))?;
    let mut told = false;
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        if !told {
            say::line("· waiting for another `cargo dev`, which is installing");
            told = true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(file)
}

fn works(venv: &Path) -> bool {
    let run = std::process::Command::new(venv.join("bin/python")).args(["-c", "import pip"]).output();
    run.is_ok_and(|output| output.status.success())
}

async fn pip(shop: &Workshop<'_>, venv: &Path, set: &Set) -> Result<()> {
    let log = shop.log("pip");
    let mut command = Command::new(venv.join("bin/python"));
    command.args([
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--retries",
        "2",
        "-r",
    ]);
    command.arg(shop.home.root.join("infra/dev").join(set.file));
    log_to(&mut command, &log)?;
    if !shop.children.run("pip", &mut command).await?.success() {
        bail!(
            "A download from PyPI failed: check the network, or PIP_INDEX_URL and PIP_PROXY if you are behind a \
             mirror or a proxy, and start again ({}: {}).",
            shop.home.short(&log),
            last_lines(&log, 1)
        );
    }
    Ok(())
}

async fn create(shop: &Workshop<'_>, venv: &Path) -> Result<()> {
    let python = find()?;
    if !succeeds(&python, "import venv, ensurepip") {
        add_venv(shop, &python).await?;
    }
    let log = shop.log("venv");
    let mut command = Command::new(&python);
    command.args(["-m", "venv", "--clear"]).arg(venv);
    log_to(&mut command, &log)?;
    if !shop.children.run("venv", &mut command).await?.success() {
        bail!("Python's virtual environment could not be made: {}", last_lines(&log, 1));
    }
    Ok(())
}

/// Debian splits `venv` off Python.
async fn add_venv(shop: &Workshop<'_>, python: &OsString) -> Result<()> {
    apt::install(shop, "python3-venv").await?;
    if succeeds(python, "import venv, ensurepip") {
        return Ok(());
    }
    bail!(
        "{} lacks the module venv: install it (on Debian and Ubuntu `sudo apt install python3-venv`) and start \
         again.",
        python.display()
    )
}

/// The first Python that is new enough; `PYTHON` may name one.
fn find() -> Result<OsString> {
    let named = std::env::var_os("PYTHON").into_iter();
    let usual = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"].map(OsString::from);
    let (major, minor) = OLDEST;
    let new_enough = format!("import sys; sys.exit(sys.version_info < ({major}, {minor}))");
    let found = named.chain(usual).find(|python| succeeds(python, &new_enough));
    found.with_context(|| {
        format!("No Python {major}.{minor} or newer was found: install one, or name it with PYTHON=/path/to/python3.")
    })
}

fn succeeds(python: &OsString, code: &str) -> bool {
    let run = std::process::Command::new(python).args(["-c", code]).output();
    run.is_ok_and(|output| output.status.success())
}
