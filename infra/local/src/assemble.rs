use std::sync::Arc;

use axum::Router;
use platform::Platform;

/// Every function's routes over one database, one cache, one mail service and one bucket.
pub(crate) async fn all(platform: &Platform) -> anyhow::Result<Router> {
    let (database, cache) = (platform.database()?, platform.cache()?);
    let (mail, images) = (platform.mail()?, platform.images()?);
    let gate = platform.gate(&database, &cache)?;
    let confirm = platform.confirm(&database, &cache, &gate).await?;
    let (clock, media) = (platform.clock(), platform.media());

    let auth = auth_function::App {
        users: database.users.clone(),
        sessions: database.sessions.clone(),
        codes: cache.codes,
        mail: mail.mail,
        clock: clock.clone(),
        gate: gate.clone(),
        hasher: confirm.hasher.clone(),
        confirm: confirm.clone(),
        code_maker: platform.code_maker().await?,
        signer: platform.signer().await?,
        verifier: platform.verifier()?,
        policy: platform.policy(),
        media: media.clone(),
        cookies: auth_function::CookieSecurity {
            secure: platform.settings().public_url.starts_with("https:"),
        },
        backends: Arc::new(auth_function::Backends::new([database.probe, cache.probe, mail.probe])),
    };
    let user = user_function::App {
        users: database.users,
        sessions: database.sessions,
        titles: database.titles.clone(),
        walks: database.walks.clone(),
        reviews: database.reviews.clone(),
        images: images.clone(),
        clock: clock.clone(),
        gate: gate.clone(),
        confirm,
        media: media.clone(),
    };
    let titles = titles_function::App {
        titles: database.titles,
        walks: database.walks.clone(),
        reviews: database.reviews.clone(),
        images,
        clock: clock.clone(),
        gate: gate.clone(),
        media: media.clone(),
    };
    let walks = walks_function::App {
        walks: database.walks,
        clock: clock.clone(),
        gate: gate.clone(),
        media: media.clone(),
    };
    let reviews = reviews_function::App { reviews: database.reviews, clock, gate, media: media.clone() };
    Ok(auth_function::routes(auth)
        .merge(user_function::routes(user))
        .merge(titles_function::routes(titles))
        .merge(walks_function::routes(walks))
        .merge(reviews_function::routes(reviews))
        .merge(web_function::routes(&media)))
}
