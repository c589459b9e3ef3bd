//! Requests: one by one, and as many as can be answered.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

/// Who the demonstration data says may sign in.
pub const EMAIL: &str = "demo@prohod.example";
/// With this password.
pub const PASSWORD: &str = "quiet-kettle-waits-for-spring";

/// The API, and somebody's token for it.
pub struct Client {
    pub api: String,
    pub token: String,
}

/// Requests of one kind, sent in turn.
#[derive(Clone)]
pub struct Requests {
    pub method: &'static str,
    /// Paths with bodies, which may be empty.
    pub lines: Vec<(String, String)>,
    pub encoding: Option<&'static str>,
}

/// What a load was answered.
pub struct Loaded {
    pub requests: f64,
    pub per_second: f64,
    pub failed: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub bytes: f64,
}

/// Signs in as the demonstration's person, and gives the token.
pub fn sign_in(api: &str) -> anyhow::Result<String> {
    let client = Client { api: api.to_owned(), token: String::new() };
    let pair = client.send("POST", "/auth/token", &json!({"email": EMAIL, "password": PASSWORD}))?;
    Ok(pair["access_token"].as_str().context("no token came")?.to_owned())
}

impl Client {
    /// A record or a list.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = ureq::get(self.url(path)).header("authorization", self.bearer());
        let answer = request.call().with_context(|| format!("GET {path}"))?.into_body().read_to_vec()?;
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    }

    /// Sends a body and gives what came back.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = match method {
            "POST" => ureq::post(self.url(path)),
            "PATCH" => ureq::patch(self.url(path)),
            other => anyhow::bail!("{other} is not sent here"),
        };
        let mut request = request.header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.header("authorization", self.bearer());
        }
        let answer = request.send(body.to_string()).with_context(|| format!("{method} {path}"))?;
        Ok(serde_json::from_slice(&answer.into_body().read_to_vec()?).unwrap_or_default())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// The load generator.
pub struct Wrk {
    pub program: PathBuf,
    /// For its script and its requests.
    pub scratch: PathBuf,
    pub connections: usize,
}

impl Wrk {
    /// Sends as many requests as are answered in so many seconds.
    pub fn load(&self, client: &Client, requests: &Requests, seconds: u64) -> anyhow::Result<Loaded> {
        let (script, file) = (self.scratch.join("load.lua"), self.scratch.join("load.txt"));
        fs::write(&script, include_str!("load.lua"))?;
        let lines: Vec<_> =
            requests.lines.iter().map(|(path, body)| format!("/api/v1{path}\t{body}\n")).collect();
        fs::write(&file, lines.concat())?;
        let origin = client.api.trim_end_matches("/api/v1");
        let mut wrk = Command::new(&self.program);
        wrk.args(["-t1", &format!("-c{}", self.connections), &format!("-d{seconds}s"), "--timeout", "10s"]);
        wrk.arg("-s").arg(&script).arg(origin).env("LOAD_TOKEN", &client.token);
        wrk.env("LOAD_METHOD", requests.method).env("LOAD_REQUESTS", &file);
        if let Some(encoding) = requests.encoding {
            wrk.env("LOAD_ENCODING", encoding);
        }
        let run = wrk.output().with_context(|| format!("{} can't be started", self.program.display()))?;
        let said = String::from_utf8(run.stdout)?;
        let result = said.lines().find_map(|line| line.strip_prefix("LOADED "));
        read(result.with_context(|| format!("wrk said {said}"))?)
    }
}

/// Requests, microseconds, failures, two quantiles in microseconds, bytes.
fn read(line: &str) -> anyhow::Result<Loaded> {
    let numbers: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [requests, took, failed, p50, p99, bytes] = numbers[..] else {
        anyhow::bail!("wrk said {line}");
    };
    Ok(Loaded {
        requests,
        per_second: (requests - failed) / (took / 1e6),
        failed,
        p50_ms: p50 / 1000.0,
        p99_ms: p99 / 1000.0,
        bytes: bytes / requests,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_read() -> anyhow::Result<()> {
        let loaded = read("3000 2000000 1 5000 9000 6000000")?;
        assert_eq!(
            (loaded.per_second, loaded.failed, loaded.p50_ms, loaded.bytes),
            (1499.5, 1.0, 5.0, 2000.0)
        );
        assert!(read("1 2 3").is_err());
        Ok(())
    }
}
