//! What stands in for S3, SES and DynamoDB: ministack, or LocalStack for the tests of the first two.

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use tokio::process::Command;

use super::until;
use crate::environment;
use crate::inbox::fetch;
use crate::process::{Kind, Running};
use crate::workshop::Workshop;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Emulator {
    /// From PyPI, MIT licence
    Ministack,
    /// LocalStack 4.12 in host mode, for the tests of S3 and SES
    Localstack,
}

/// An emulator of our own.
pub struct Started {
    name: &'static str,
    health: &'static str,
    port: u16,
    running: Running,
}

impl Started {
    /// Starts ministack; with `keep`, buckets, their objects and tables are there again the next time.
    pub fn ministack(shop: &Workshop<'_>, venv: &Path, port: u16, keep: bool) -> Result<Self> {
        let mut command = Command::new(venv.join("bin/python"));
        command.args(["-m", "ministack"]);
        let folder = shop.place.folder.join("ministack");
        for (name, sub) in [("S3_DATA_DIR", "s3"), ("STATE_DIR", "state"), ("TMPDIR", "tmp")] {
            shop.home.folder(&folder.join(sub))?;
            command.env(name, folder.join(sub));
        }
        let kept = if keep { "1" } else { "0" };
        environment::apply(&mut command, &environment::aws(&format!("http://127.0.0.1:{port}")));
        command.env("S3_PERSIST", kept).env("PERSIST_STATE", kept).env("GATEWAY_PORT", port.to_string());
        command.env("BIND_HOST", "127.0.0.1").env("IOT_MTLS_ENABLED", "0").env("SFTP_ENABLED", "0");
        command.env("MINISTACK_REGION", "eu-central-1");
        let running = shop.service("ministack", Kind::Service, &mut command)?;
        Ok(Self { name: "ministack", health: "/_ministack/health", port, running })
    }

    /// Starts LocalStack without its container.
    pub fn localstack(shop: &Workshop<'_>, venv: &Path, port: u16) -> Result<Self> {
        let folder = shop.place.folder.join("localstack");
        shop.home.folder(&folder)?;
        let mut command = Command::new(venv.join("bin/python"));
        command.args(["-m", "localstack.runtime.main"]);
        environment::apply(&mut command, &environment::aws(&format!("http://127.0.0.1:{port}")));
        command.env("OVERRIDE_IN_DOCKER", "0").env("FILESYSTEM_ROOT", &folder).env("SERVICES", "s3,ses");
        command.env("GATEWAY_SERVER", "hypercorn").env("GATEWAY_LISTEN", format!("127.0.0.1:{port}"));
        // It is to ask nobody for anything, and to wait for no answer either.
        command.env("DISABLE_EVENTS", "1").env("SKIP_SSL_CERT_DOWNLOAD", "1").env("DNS_ADDRESS", "0");
        let running = shop.service("localstack", Kind::Service, &mut command)?;
        Ok(Self { name: "localstack", health: "/_localstack/health", port, running })
    }

    /// Waits until it answers.
    pub async fn ready(&self, shop: &Workshop<'_>) -> Result<()> {
        let health = format!("{}{}", self.url(), self.health);
        until(shop, self.name, &self.running, async || fetch::get(&health).await.is_ok()).await
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
