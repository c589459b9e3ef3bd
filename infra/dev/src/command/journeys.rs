//! The web client's own tests: units in Node, and journeys in a browser.

use anyhow::Result;

use super::system::System;
use crate::node::Node;
use crate::workshop::Workshop;
use crate::{browser, client, say};

/// Runs both; whether all passed.
pub async fn run(shop: &Workshop<'_>, node: &Node, system: &System) -> Result<bool> {
    say::step("Unit tests of the web client");
    let units = client::npm(shop, node, &["test"]).await?;
    let chromium = browser::find(shop).await?;
    say::step("Journeys through the web client, in Chromium");
    let mut journeys = node.command("node", &client::folder(shop));
    journeys.args(["tests/journeys.mjs", &system.url]).env("CHROMIUM", chromium);
    journeys.env("PROHOD_INBOX", &system.inbox);
    let walked = shop.children.run("journeys", &mut journeys).await?.success();
    let passed = units && walked;
    let told = if passed { "✓ The web client passed." } else { "✗ The web client failed: see above." };
    say::result(told);
    Ok(passed)
}
