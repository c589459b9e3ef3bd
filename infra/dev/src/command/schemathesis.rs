//! Schemathesis: what the description allows and what it forbids, sent to a served system by two people, by one and
//! by nobody.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::process::Command;

use super::system::System;
use crate::process::private_file;
use crate::workshop::Workshop;
use crate::{python, say};

/// Two people of the demonstration data, neither of them a moderator, with the password that all of them have.
const PEOPLE: [(&str, &str); 2] = [("anna", "demo@prohod.example"), ("boris", "person2@prohod.example")];
const PASSWORD: &str = "quiet-kettle-waits-for-spring";

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A few examples, and what is done by one person alone without the phase of borders, which takes longest.
    Short,
    /// Many examples, in every phase.
    Long,
}

/// As whom.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    /// Two people who must not get at what is the other's, and nobody, where that is let in.
    Two,
    /// One person: every request that has a token has this one's.
    One,
}

/// Tries each operation with every check, as two people and as one; whether nothing was wrong.
pub async fn run(shop: &Workshop<'_>, system: &System, form: Form) -> Result<bool> {
    let venv = python::install(shop, &python::SCHEMATHESIS).await?;
    let (mut people, mut tokens) = (Vec::new(), Vec::new());
    for (name, address) in PEOPLE {
        let token = format!("Bearer {}", token(&system.url, address).await?);
        people
            .push(json!({"name": name, "fixedHeaders": [{"name": "Authorization", "value": token.clone()}]}));
        tokens.push(token);
    }
    let accounts = shop.place.folder.join("schemathesis-people.json");
    drop(private_file(&accounts)?);
    fs::write(&accounts, json!({"auth": people}).to_string())?;
    say::step("The API's description, tried by Schemathesis as two people");
    let two = tried(shop, (&venv, &accounts), (system, form, As::Two)).await?;
    say::step("The API's description, tried by Schemathesis as one person");
    let one = tried(shop, (&venv, &accounts), (system, form, As::One)).await?;
    // A session that ended on the way would leave little to check: to whom is unknown everything is refused.
    for token in tokens {
        still_known(&system.url, token).await?;
    }
    Ok(two && one)
}

async fn tried(
    shop: &Workshop<'_>,
    (venv, accounts): (&Path, &Path),
    (system, form, by): (&System, Form, As),
) -> Result<bool> {
    let config = config(shop, accounts, by)?;
    let mut command = Command::new(venv.join("bin/schemathesis"));
    command.arg("--config-file").arg(&config).args(["run", &format!("{}/api/v1/openapi.json", system.url)]);
    // Every check is on unless the rules say otherwise; named here, they would be on all the same.
    command.args(["--continue-on-failure", "--no-color"]);
    let examples = match (form, by) {
        (Form::Long, _) => "50",
        (Form::Short, As::Two) => "10",
        (Form::Short, As::One) => "3",
    };
    command.args(["--max-examples", examples]).current_dir(&shop.place.folder);
    if (form, by) == (Form::Short, As::One) {
        command.args(["--phases", "examples,fuzzing,stateful"]);
    }
    Ok(shop.children.run("schemathesis", &mut command).await?.success())
}

/// The rules of the repository, and as whom they are applied.
fn config(shop: &Workshop<'_>, accounts: &Path, by: As) -> Result<PathBuf> {
    let rules = shop.home.root.join("tests/schemathesis/schemathesis.toml");
    let rules = fs::read_to_string(&rules).with_context(|| format!("{} cannot be read", rules.display()))?;
    let path = accounts.to_str().context("The folder's name is not Unicode.")?;
    let [(first, _), (second, _)] = PEOPLE;
    let who = match by {
        As::Two => format!("peers = [{first:?}, {second:?}]"),
        As::One => format!("user = {first:?}"),
    };
    let config = shop.place.folder.join("schemathesis.toml");
    fs::write(&config, format!("{rules}\n[auth.wfc]\npath = {path:?}\n{who}\n"))?;
    Ok(config)
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
