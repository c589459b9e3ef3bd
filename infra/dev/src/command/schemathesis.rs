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

/// Somebody signed in, with the pair of tokens that was given last.
struct Person {
    name: &'static str,
    pair: Value,
}

impl Person {
    async fn sign_in(system: &System, (name, address): (&'static str, &str)) -> Result<Self> {
        let body = json!({"email": address, "password": PASSWORD});
        let pair = asked_for(format!("{}/api/v1/auth/token", system.url), body).await;
        Ok(Self { name, pair: pair.with_context(|| format!("{address} cannot sign in"))? })
    }

    /// A token is good for a quarter of an hour. And nobody can sign in again for a while: wrong passwords are tried.
    async fn refresh(&mut self, system: &System) -> Result<()> {
        let body = json!({"refresh_token": self.pair["refresh_token"]});
        let pair = asked_for(format!("{}/api/v1/auth/token/update", system.url), body).await;
        self.pair = pair.with_context(|| format!("{}'s session is over", self.name))?;
        Ok(())
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.pair["access_token"].as_str().unwrap_or_default())
    }
}

/// Tries each operation with every check, as two people and as one; whether nothing was wrong.
pub async fn run(shop: &Workshop<'_>, system: &System, form: Form) -> Result<bool> {
    let venv = python::install(shop, &python::SCHEMATHESIS).await?;
    let [anna, boris] = PEOPLE;
    let mut people = [Person::sign_in(system, anna).await?, Person::sign_in(system, boris).await?];
    say::step("The API's description, tried by Schemathesis as two people");
    let two = tried(shop, &venv, (system, form, As::Two), &people).await?;
    for person in &mut people {
        person.refresh(system).await?;
    }
    say::step("The API's description, tried by Schemathesis as one person");
    let one = tried(shop, &venv, (system, form, As::One), &people).await?;
    Ok(two && one)
}

async fn tried(
    shop: &Workshop<'_>,
    venv: &Path,
    (system, form, by): (&System, Form, As),
    people: &[Person],
) -> Result<bool> {
    let entry = |person: &Person| {
        let header = json!({"name": "Authorization", "value": person.authorization()});
        json!({"name": person.name, "fixedHeaders": [header]})
    };
    let entries: Vec<_> = people.iter().map(entry).collect();
    let accounts = shop.place.folder.join("schemathesis-people.json");
    drop(private_file(&accounts)?);
    fs::write(&accounts, json!({"auth": entries}).to_string())?;
    let config = config(shop, &accounts, by)?;
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
    let passed = shop.children.run("schemathesis", &mut command).await?.success();
    // A session that ended on the way would leave little to check: to whom is unknown everything is refused.
    for person in people {
        still_known(&system.url, person.authorization()).await?;
    }
    Ok(passed)
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

/// The JSON that a POST is answered.
async fn asked_for(url: String, body: Value) -> Result<Value> {
    let ask = move || -> Result<Value> {
        let request = ureq::post(&url).header("content-type", "application/json");
        let answer = request.send(body.to_string())?.body_mut().read_to_vec()?;
        Ok(serde_json::from_slice(&answer)?)
    };
    tokio::task::spawn_blocking(ask).await?
}
