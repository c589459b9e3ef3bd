//! The `titles` function.

use axum::Router;
use platform::{Failure, Platform, run};
use titles_function::{App, routes};

fn main() -> Result<(), Failure> {
    run("titles", |platform| Box::pin(assemble(platform)))
}

async fn assemble(platform: &Platform) -> anyhow::Result<Router> {
    let (database, cache) = (platform.database()?, platform.cache()?);
    Ok(routes(App {
        gate: platform.gate(&database, &cache)?,
        titles: database.titles,
        walks: database.walks,
        reviews: database.reviews,
        images: platform.images()?,
        clock: platform.clock(),
        media: platform.media(),
    }))
}
