//! The `user` function.

use axum::Router;
use platform::{Failure, Platform, run};
use user_function::{App, routes};

fn main() -> Result<(), Failure> {
    run("user", |platform| Box::pin(assemble(platform)))
}

async fn assemble(platform: &Platform) -> anyhow::Result<Router> {
    let (database, cache) = (platform.database()?, platform.cache()?);
    let gate = platform.gate(&database, &cache)?;
    Ok(routes(App {
        confirm: platform.confirm(&database, &cache, &gate).await?,
        gate,
        users: database.users,
        sessions: database.sessions,
        titles: database.titles,
        walks: database.walks,
        reviews: database.reviews,
        images: platform.images()?,
        clock: platform.clock(),
        media: platform.media(),
    }))
}
