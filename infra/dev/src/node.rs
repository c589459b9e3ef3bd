//! Node and npm: those on the PATH where they are new enough, else from PyPI.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::python;
use crate::workshop::Workshop;

/// The oldest Node that Vite runs on; package.json says the same.
const OLDEST: (u32, u32) = (20, 19);

/// A Node that is new enough, with its npm.
pub struct Node {
    /// The search path with which its programs are found, by us and by each other.
    path: OsString,
}

impl Node {
    /// Finds it, or installs it.
    pub async fn find(shop: &Workshop<'_>) -> Result<Self> {
        let usual = Self { path: std::env::var_os("PATH").unwrap_or_default() };
        if usual.serves().await {
            return Ok(usual);
        }
        let venv = python::install(shop, &python::NODE).await?;
        let folders = std::iter::once(venv.join("bin")).chain(std::env::split_paths(&usual.path));
        let own =
            Self { path: std::env::join_paths(folders).context("PATH holds a name that it can't hold")? };
        let (major, minor) = OLDEST;
        ensure!(
            own.serves().await,
            "The Node that was installed does not run: install Node {major}.{minor} or newer."
        );
        Ok(own)
    }

    /// One of its programs, `node` or `npm`.
    pub fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", &self.path).current_dir(folder);
        command
    }

    /// Whether both programs run and Node is new enough.
    async fn serves(&self) -> bool {
        let mut npm = self.command("npm", Path::new("/"));
        npm.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let node = self.command("node", Path::new("/")).arg("--version").stdin(Stdio::null()).output().await;
        let version = node.ok().and_then(|printed| version(&String::from_utf8_lossy(&printed.stdout)));
        version >= Some(OLDEST) && npm.status().await.is_ok_and(|status| status.success())
    }
}

/// The first two numbers of `v20.19.1`.
fn version(printed: &str) -> Option<(u32, u32)> {
    let mut numbers = printed.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_known_by_its_version() {
        assert_eq!(version("v20.19.1\n"), Some((20, 19)));
        assert!(version("v20.9.0") < Some(OLDEST) && version("v24.0.0") > Some(OLDEST));
        assert_eq!(version(""), None);
    }
}
