//! The `reviews` function.

use axum::Router;
use platform::{Failure, Platform, run};
use reviews_function::{App, routes};

fn main() -> Result<(), Failure> {
    run("reviews", |platform| Box::pin(assemble(platform)))
}

async fn assemble(platform: &Platform) -> anyhow::Result<Router> {
    let (database, cache) = (platform.database()?, platform.cache()?);
    let gate = platform.gate(&database, &cache)?;
    Ok(routes(App { reviews: database.reviews, gate, clock: platform.clock(), media: platform.media() }))
}
