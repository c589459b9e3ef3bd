use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use api::views::MediaUrl;
use api::{Manners, Origin, with_manners};
use auth::{
    CodeMaker, Confirm, Gate, Hasher, HashingPlace, KeyRing, PasswordPolicy, Pepper, Rules, Signer, Verifier,
};
use axum::Router;
use axum::body::Body;
use http::Request;
use platform::{Cache, Database};
use ports::{Clock, Images, Users};
use tower::ServiceExt as _;

use super::{Answer, Anybody, BUCKET, Kept, Letters, MEDIA, ManualClock, Store, service, setting};

const ISSUER: &str = "https://prohod.example";

/// A whole Prohod of a test's own: a store of its own, the shared cache and bucket, a clock to move by hand,
/// and letters that are read instead of mailed.
pub struct World {
    routes: Router,
    pub clock: Arc<ManualClock>,
    pub letters: Arc<Letters>,
    pub store: Store,
    /// The key that signs, and one that is announced: tokens of both are good.
    pub keys: [auth::KeyMaterial; 2],
    /// Round the API.
    pub users: Arc<dyn Users>,
}

impl World {
    /// A world with limits by IP and by person so wide that one test can play many people; those by account and
    /// of codes are production's.
    pub async fn new() -> Self {
        Self::with_rules(Self::wide_rules()).await
    }

    /// A world with these limits.
    pub async fn with_rules(rules: Rules) -> Self {
        let store = Store::new().await;
        let ports = store.ports();
        Self::on(store, ports, rules).await
    }

    /// A world on this store, reached through these ports.
    pub async fn on(store: Store, (database, cache): (Database, Cache), rules: Rules) -> Self {
        let clock = Arc::new(ManualClock::at_noon());
        let letters = Arc::new(Letters::default());
        let keys = [auth::generate().expect("keys"), auth::generate().expect("keys")];
        let images = images().await;
        let users = database.users.clone();
        let routes = assemble((database, cache), clock.clone(), letters.clone(), images, &keys, rules);
        Self { routes, clock, letters, store, keys, users }
    }

    /// Limits by IP and by person so wide that one test can play many people.
    pub fn wide_rules() -> Rules {
        let wide = ports::Window { count: 100_000, seconds: 60 };
        Rules {
            ip_code_mails: wide,
            ip_failed_logins: wide,
            ip_logins: wide,
            ip_code_checks: wide,
            ip_registrations: wide,
            ip_refreshes: wide,
            user_writes: wide,
            user_uploads: wide,
            user_title_deletions: wide,
            ..Rules::default()
        }
    }

    /// A client at an address that no other test has.
    pub fn anybody(&self) -> Anybody<'_> {
        let mut bytes = [0; 3];
        self.clock.fill(&mut bytes);
        let ip = IpAddr::V4(Ipv4Addr::new(10, bytes[0], bytes[1], bytes[2]));
        Anybody { world: self, ip: ip.to_string(), headers: Vec::new() }
    }

    /// Somebody who is registered through the API.
    pub async fn person(&self, username: &str) -> super::Person<'_> {
        self.anybody().register(username).await
    }

    /// The answer to a request as it is.
    pub async fn answer_raw(&self, request: Request<Body>, ip: &str) -> Answer {
        self.answer(request, ip).await
    }

    pub(super) async fn answer(&self, mut request: Request<Body>, ip: &str) -> Answer {
        let request_id = self.clock.id().to_string();
        request.extensions_mut().insert(Origin { request_id, ip: ip.parse().expect("an address") });
        let response = self.routes.clone().oneshot(request).await;
        Answer::of(response.unwrap_or_else(|never| match never {})).await
    }

    /// How many of these the store keeps.
    pub async fn kept(&self, kept: Kept) -> usize {
        self.store.count(kept).await
    }

    /// How many of each of these the store keeps.
    pub async fn all_kept(&self, kept: &[Kept]) -> Vec<usize> {
        futures::future::join_all(kept.iter().map(|kept| self.store.count(*kept))).await
    }

    /// Makes the person with this address a moderator, round the API.
    pub async fn make_moderator(&self, address: &str) {
        let email = models::Email::try_from(address.to_owned()).expect("an address");
        assert!(self.users.set_role(&email.key(), models::Role::Moderator).await.expect("an answer"));
    }
}

/// The tests' bucket, which all of them share: keys are random.
pub async fn images() -> Arc<dyn Images> {
    let _told = service("AWS_ENDPOINT_URL");
    let config = adapter_aws::sdk_config(setting);
    adapter_aws::make_bucket(&config, BUCKET).await.expect("a bucket");
    Arc::new(adapter_aws::S3Images::new(&config, BUCKET, true, adapter_aws::DecodingPlace::InPlace))
}

/// One set of the keys of two.
fn both(one: &str, other: &str) -> String {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("keys")["keys"].clone();
    let keys = [read(one), read(other)].map(|keys| keys.as_array().expect("a list").clone()).concat();
    serde_json::json!({"keys": keys}).to_string()
}

fn assemble(
    (database, cache): (Database, Cache),
    clock: Arc<ManualClock>,
    letters: Arc<Letters>,
    images: Arc<dyn Images>,
    [keys, announced]: &[auth::KeyMaterial; 2],
    rules: Rules,
) -> Router {
    let clock: Arc<dyn Clock> = clock;
    let media = MediaUrl(MEDIA.into());
    let pepper = Pepper::from_base64(&keys.pepper).expect("a pepper");
    let public_keys = both(&keys.public_keys, &announced.public_keys);
    let verifier = Arc::new(Verifier::new(&public_keys, ISSUER).expect("public keys"));
    let gate = Arc::new(Gate::new(
        verifier.clone(),
        database.sessions.clone(),
        cache.limits.clone(),
        clock.clone(),
        rules,
    ));
    let hasher = Arc::new(Hasher::new(&pepper, HashingPlace::InPlace, &*clock).expect("a hasher"));
    let confirm = Arc::new(Confirm {
        users: database.users.clone(),
        limits: cache.limits.clone(),
        hasher: hasher.clone(),
        pepper: pepper.clone(),
        clock: clock.clone(),
        gate: gate.clone(),
    });
    let probes = [database.probe.clone(), cache.probe.clone()];
    let routes = auth_function::routes(auth_function::App {
        users: database.users.clone(),
        sessions: database.sessions.clone(),
        codes: cache.codes,
        mail: letters,
        clock: clock.clone(),
        gate: gate.clone(),
        confirm: confirm.clone(),
        hasher,
        code_maker: Arc::new(CodeMaker::new(&pepper)),
        signer: Arc::new(Signer::new(&KeyRing::of_one(&keys.signing_key), ISSUER).expect("a signing key")),
        verifier,
        policy: PasswordPolicy { min_chars: 8 },
        media: media.clone(),
        cookies: auth_function::CookieSecurity { secure: true },
        backends: Arc::new(auth_function::Backends::new(probes)),
    });
    let routes = routes
        .merge(user_function::routes(user_function::App {
            users: database.users.clone(),
            sessions: database.sessions.clone(),
            titles: database.titles.clone(),
            walks: database.walks.clone(),
            reviews: database.reviews.clone(),
            images: images.clone(),
            gate: gate.clone(),
            confirm,
            clock: clock.clone(),
            media: media.clone(),
        }))
        .merge(titles_function::routes(titles_function::App {
            titles: database.titles.clone(),
            walks: database.walks.clone(),
            reviews: database.reviews.clone(),
            images,
            gate: gate.clone(),
            clock: clock.clone(),
            media: media.clone(),
        }))
        .merge(walks_function::routes(walks_function::App {
            walks: database.walks.clone(),
            gate: gate.clone(),
            clock: clock.clone(),
            media: media.clone(),
        }))
        .merge(reviews_function::routes(reviews_function::App {
            reviews: database.reviews,
            gate,
            clock: clock.clone(),
            media: media.clone(),
        }))
        .merge(web_function::routes(&media));
    let cors_origins = vec![http::HeaderValue::from_static("https://app.prohod.example")];
    with_manners(routes, Manners { function: "tests", public_url: ISSUER.to_owned(), cors_origins, clock })
}
