//! The `auth` function.

use std::sync::Arc;

use auth_function::{App, Backends, CookieSecurity, routes};
use axum::Router;
use platform::{Failure, Platform, run};

fn main() -> Result<(), Failure> {
    run("auth", |platform| Box::pin(assemble(platform)))
}

async fn assemble(platform: &Platform) -> anyhow::Result<Router> {
    let (database, cache, mail) = (platform.database()?, platform.cache()?, platform.mail()?);
    let gate = platform.gate(&database, &cache)?;
    let confirm = platform.confirm(&database, &cache, &gate).await?;
    Ok(routes(App {
        hasher: confirm.hasher.clone(),
        confirm,
        gate,
        code_maker: platform.code_maker().await?,
        signer: platform.signer().await?,
        verifier: platform.verifier()?,
        policy: platform.policy(),
        cookies: CookieSecurity { secure: platform.settings().public_url.starts_with("https:") },
        media: platform.media(),
        clock: platform.clock(),
        backends: Arc::new(Backends::new([database.probe, cache.probe, mail.probe])),
        users: database.users,
        sessions: database.sessions,
        codes: cache.codes,
        mail: mail.mail,
    }))
}
