//! `cargo dev smoke`: whether a deployed API answers as it should, without an account and without leaving anything.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};

use crate::say;

/// What to ask.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where it is, such as https://prohod.example.org
    url: String,
}

/// A place in the JSON, and the word that is to stand there.
type Word<'a> = Option<(&'a str, &'a str)>;

/// What is asked, and what it must answer: a status, and a word of the JSON.
const ASKED: [(&str, u16, Word<'static>); 6] = [
    ("/api/v1/health", 200, Some(("/status", "ok"))),
    ("/api/v1/openapi.json", 200, Some(("/info/title", "Prohod"))),
    ("/api/v1/auth/.well-known/jwks.json", 200, Some(("/keys/0/kty", "OKP"))),
    ("/api/v1/titles?type=game", 401, Some(("/code", "token_missing"))),
    ("/api/v1/user/@me", 401, Some(("/code", "token_missing"))),
    ("/api/v1/nothing", 404, Some(("/code", "not_found"))),
];

/// Asks everything, and says of each whether it was as it should be.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let base = arguments.url.trim_end_matches('/');
    let mut wrong = 0;
    for (path, status, word) in ASKED {
        let started = Instant::now();
        let outcome = ask(&format!("{base}{path}"), status, word).await;
        let took = started.elapsed().as_millis();
        match outcome {
            Ok(()) => say::line(format_args!("✓ {path} ({took} ms)")),
            Err(error) => {
                wrong += 1;
                say::line(format_args!("✗ {path}: {error:#}"));
            }
        }
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(url: &str, wanted: u16, word: Word<'_>) -> Result<()> {
    let (status, body) = get(url.to_owned()).await?;
    anyhow::ensure!(status == wanted, "{status} instead of {wanted}");
    let Some((pointer, value)) = word else { return Ok(()) };
    let json: Value = serde_json::from_slice(&body).context("the answer is no JSON")?;
    let said = json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    anyhow::ensure!(said == value, "{pointer} is {said:?} instead of {value:?}");
    Ok(())
}

/// A first request may start a function, so there is time for that.
async fn get(url: String) -> Result<(u16, Vec<u8>)> {
    let ask = move || -> Result<(u16, Vec<u8>)> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::WebPki)
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(Duration::from_secs(15)))
            .http_status_as_error(false)
            .build()
            .new_agent();
        let mut answer = agent.get(&url).call()?;
        Ok((answer.status().as_u16(), answer.body_mut().read_to_vec()?))
    };
    tokio::task::spawn_blocking(ask).await?
}
