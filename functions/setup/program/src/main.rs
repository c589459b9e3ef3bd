//! The `setup` function.

use std::sync::Arc;

use platform::{Failure, Platform, run_events};
use serde_json::Value;
use setup_function::handle;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let assemble = async || Platform::of_function("setup");
    run_events("setup", assemble, async |platform: Arc<Platform>, event: Value| {
        handle(&platform.deployment(), event).await
    })
    .await
}
