//! Schemathesis: what the description allows and what it forbids, sent to a served system by two people and by nobody.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::process::Command;

use super::system::System;
use crate::process::private_file;
use crate::workshop::Workshop;
use crate::{python, say};

/// Two people of the demonstration data, neither of them a moderator, with the password that all of them have.
const PEOPLE: [&str; 2] = ["demo@prohod.example", "person2@prohod.example"];
const PASSWORD: &str = "quiet-kettle-waits-for-spring";

/// Sends at most so many examples to each operation, in every phase and with every check; whether nothing was wrong.
pub async fn run(shop: &Workshop<'_>, system: &System, examples: u32) -> Result<bool> {
    let venv = python::install(shop, &python::SCHEMATHESIS).await?;
    say::step("The API's description, tried by Schemathesis");
    let (mut people, mut tokens) = (Vec::new(), Vec::new());
    for (name, address) in ["anna", "boris"].into_iter().zip(PEOPLE) {
        let token = format!("Bearer {}", token(&system.url, address).await?);
        people
            .push(json!({"name": name, "fixedHeaders": [{"name": "Authorization", "value": token.clone()}]}));
        tokens.push(token);
    }
    let accounts = shop.place.folder.join("schemathesis-people.json");
    drop(private_file(&accounts)?);
    fs::write(&accounts, json!({"auth": people}).to_string())?;
    let rules = shop.home.root.join("tests/schemathesis/schemathesis.toml");
    let rules = fs::read_to_string(&rules).with_context(|| format!("{} cannot be read", rules.display()))?;
    let config = shop.place.folder.join("schemathesis.toml");
    let path = accounts.to_str().context("The folder's name is not Unicode.")?;
    fs::write(&config, format!("{rules}\n[auth.wfc]\npath = {path:?}\npeers = [\"anna\", \"boris\"]\n"))?;

    let mut command = Command::new(venv.join("bin/schemathesis"));
    command.arg("--config-file").arg(&config).args(["run", &format!("{}/api/v1/openapi.json", system.url)]);
    // Every check is on unless the rules say otherwise; named here, they would be on all the same.
    command.args(["--continue-on-failure", "--no-color", "--warnings", "off"]);
    command.args(["--max-examples", &examples.to_string()]).current_dir(&shop.place.folder);
    let passed = shop.children.run("schemathesis", &mut command).await?.success();
    // A session that ended on the way would leave little to check: to whom is unknown everything is refused.
    for token in tokens {
        still_known(&system.url, token).await?;
    }
    Ok(passed)
}

async fn still_known(url: &str, token: String) -> Result<()> {
    let url = format!("{url}/api/v1/user/@me");
    let ask = move || ureq::get(&url).header("authorization", token).call().map(drop);
    let known = tokio::task::spawn_blocking(ask).await?;
    known.context("Schemathesis ended the session that it used: what came after it tried nothing")
}

async fn token(url: &str, address: &str) -> Result<String> {
    let (url, body) = (format!("{url}/api/v1/auth/token"), json!({"email": address, "password": PASSWORD}));
    let ask = move || -> Result<String> {
        let request = ureq::post(&url).header("content-type", "application/json");
        let answer = request.send(body.to_string())?.body_mut().read_to_vec()?;
        let pair: Value = serde_json::from_slice(&answer)?;
        Ok(pair["access_token"].as_str().context("no token was given")?.to_owned())
    };
    tokio::task::spawn_blocking(ask).await?.with_context(|| format!("{address} cannot sign in"))
}
