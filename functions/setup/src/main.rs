//! The `setup` function.

use platform::{Failure, Platform, run_events};
use setup_function::handle;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    run_events("setup", async |platform: &Platform, event| {
        let deployment = platform.deployment().await;
        handle(&deployment, event).await
    })
    .await
}
