//! The `walks` function.

use axum::Router;
use platform::{Failure, Platform, run};
use walks_function::{App, routes};

fn main() -> Result<(), Failure> {
    run("walks", |platform| Box::pin(assemble(platform)))
}

async fn assemble(platform: &Platform) -> anyhow::Result<Router> {
    let (database, cache) = (platform.database()?, platform.cache()?);
    let gate = platform.gate(&database, &cache)?;
    Ok(routes(App { walks: database.walks, gate, clock: platform.clock(), media: platform.media() }))
}
