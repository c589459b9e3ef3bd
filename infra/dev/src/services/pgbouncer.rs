//! PgBouncer in transaction mode before Postgres, as RDS Proxy is in production, with few connections to it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use nix::unistd::geteuid;
use tokio::process::Command;

use super::until;
use crate::ports;
use crate::process::{Kind, Running, last_lines, log_to, private_file};
use crate::services::postgres::{Postgres, unprivileged};
use crate::workshop::Workshop;

/// Where Debian puts it.
const DEBIAN: &str = "/usr/sbin/pgbouncer";

/// A pooler of our own.
pub struct PgBouncer {
    port: u16,
    running: Running,
}

impl PgBouncer {
    /// Starts it before `server`, with four connections to each database.
    pub async fn start(shop: &Workshop<'_>, server: &Postgres, port: u16) -> Result<Self> {
        let program = program(shop).await?;
        let folder = shop.place.folder.join("pgbouncer");
        shop.home.folder(&folder)?;
        let users = folder.join("users");
        writeln!(private_file(&users)?, "\"postgres\" \"{0}\"\n\"prohod\" \"{0}\"", server.password())?;
        let config = folder.join("pgbouncer.ini");
        let settings = include_str!("pgbouncer.ini")
            .replace("{{server_port}}", &server.port().to_string())
            .replace("{{port}}", &port.to_string())
            .replace("{{users}}", &users.display().to_string());
        private_file(&config)?.write_all(settings.as_bytes())?;
        let mut command = unprivileged(&program, "PgBouncer")?;
        command.arg(&config);
        Ok(Self { port, running: shop.service("pgbouncer", Kind::Service, &mut command)? })
    }

    /// Waits until it listens.
    pub async fn ready(&self, shop: &Workshop<'_>) -> Result<()> {
        let port = self.port;
        until(shop, "pgbouncer", &self.running, async || ports::answers("127.0.0.1", port)).await
    }

    /// Its `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// The program that is installed. As root on Debian it is installed, which is what a container wants; PyPI has none.
async fn program(shop: &Workshop<'_>) -> Result<PathBuf> {
    if let Some(found) = found() {
        return Ok(found);
    }
    if geteuid().is_root() && Path::new("/usr/bin/apt-get").exists() {
        let log = shop.log("apt");
        let mut command = Command::new("sh");
        command.args(["-c", "apt-get update && apt-get install -y --no-install-recommends pgbouncer"]);
        // By the runlevel the package's own service is told not to start.
        command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
        log_to(&mut command, &log)?;
        let installed = shop.children.run("apt-get", &mut command).await?;
        if !installed.success() {
            bail!("PgBouncer could not be installed: {}", last_lines(&log, 1));
        }
    }
    match found() {
        Some(found) => Ok(found),
        None => {
            bail!("PgBouncer is missing: install it (on Debian and Ubuntu `sudo apt install pgbouncer`).")
        }
    }
}

fn found() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::split_paths(&path).map(|folder| folder.join("pgbouncer"));
    named.chain([PathBuf::from(DEBIAN)]).find(|path| path.is_file())
}
