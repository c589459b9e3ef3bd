//! The `alerts` function.

use std::sync::Arc;

use alerts_function::{App, Deployment, Fallback, NAME, Operators, RULE};
use platform::{AlertBackends, Failure, run_events};
use ports::AlertRule;
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    run_events(NAME, assemble, async |app: Arc<App>, event: Value| {
        app.handle(&event).await?;
        Ok(Value::Null)
    })
    .await
}

async fn assemble() -> anyhow::Result<App> {
    let opened = AlertBackends::open().await?;
    let AlertBackends { memory, mail, addresses, digest_seconds, stage, region, clock } = opened;
    let operators = mail.map(|mail| Operators { mail, addresses });
    let deployment = Deployment { stage, region };
    let rule = AlertRule { digest_seconds: digest_seconds.unwrap_or(RULE.digest_seconds), ..RULE };
    Ok(App { memory, operators, deployment, rule, clock, fallback: Fallback::default() })
}
