//! The `alerts` function.

use std::sync::Arc;

use alerts_function::{App, Deployment, Fallback, NAME, Operators};
use platform::{AlertBackends, Failure, run_events};
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
    let AlertBackends { memory, mail, addresses, stage, region, clock } = AlertBackends::open().await?;
    let operators = mail.map(|mail| Operators { mail, addresses });
    let deployment = Deployment { stage, region };
    Ok(App { memory, operators, deployment, clock, fallback: Fallback::default() })
}
