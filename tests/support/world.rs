use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use api::views::MediaUrl;
use api::{Manners, Origin, with_manners};
use auth::{CodeMaker, Confirm, Gate, Hasher, HashingPlace, PasswordPolicy, Pepper, Rules, Signer, Verifier};
use axum::Router;
use axum::body::Body;
use http::Request;
use ports::{Clock, Images, Probe};
use tower::ServiceExt as _;

use super::{Answer, Anybody, BUCKET, Letters, MEDIA, ManualClock, service};

const ISSUER: &str = "https://prohod.example";

/// A whole Prohod of a test's own: a database of its own, the shared cache and bucket, a clock to move by hand,
/// and letters that are read instead of mailed.
pub struct World {
    routes: Router,
    pub clock: Arc<ManualClock>,
    pub letters: Arc<Letters>,
    pub database: TestDatabase,
}

impl World {
    /// A world with limits by IP and by person so wide that one test can play many people; those by account and
    /// of codes are production's.
    pub async fn new() -> Self {
        let wide = ports::Window { count: 100_000, seconds: 60 };
        Self::with_rules(Rules {
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
        })
        .await
    }

    /// A world with these limits.
    pub async fn with_rules(rules: Rules) -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(ManualClock::at_noon());
        let letters = Arc::new(Letters::default());
        let keys = auth::generate().expect("keys");
        let images = images().await;
        let routes = assemble(&database, clock.clone(), letters.clone(), images, &keys, rules);
        Self { routes, clock, letters, database }
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

    /// The number that a query gives, round the API.
    pub async fn db_count(&self, query: &str) -> i64 {
        let (client, connection) = tokio_postgres::connect(&self.database.url, tokio_postgres::NoTls)
            .await
            .expect("the test's database");
        let driver = tokio::spawn(connection);
        let row = client.query_one(query, &[]).await.expect("a count");
        drop(client);
        let _ended = driver.await;
        row.get(0)
    }

    /// Runs statements, round the API.
    pub async fn db_run(&self, statements: &str) {
        let (client, connection) = tokio_postgres::connect(&self.database.url, tokio_postgres::NoTls)
            .await
            .expect("the test's database");
        let driver = tokio::spawn(connection);
        client.batch_execute(statements).await.expect("statements that run");
        drop(client);
        let _ended = driver.await;
    }
}

/// The bucket is shared: keys are random.
async fn images() -> Arc<dyn Images> {
    let _told = service("AWS_ENDPOINT_URL");
    let config = adapter_aws::sdk_config().await;
    adapter_aws::make_bucket(&config, BUCKET).await.expect("a bucket");
    Arc::new(adapter_aws::S3Images::new(&config, BUCKET, true, adapter_aws::DecodingPlace::InPlace))
}

fn assemble(
    database: &TestDatabase,
    clock: Arc<ManualClock>,
    letters: Arc<Letters>,
    images: Arc<dyn Images>,
    keys: &auth::KeyMaterial,
    rules: Rules,
) -> Router {
    let mut settings = adapter_postgres::Settings::new(&database.url);
    settings.connections = 8;
    let postgres = Arc::new(adapter_postgres::Postgres::new(&settings).expect("a database's address"));
    let redis = Arc::new(adapter_redis::Redis::new(&service("TEST_REDIS_URL")).expect("a cache's address"));
    let clock: Arc<dyn Clock> = clock;
    let media = MediaUrl(MEDIA.into());
    let pepper = Pepper::from_base64(&keys.pepper).expect("a pepper");
    let verifier = Arc::new(Verifier::new(&keys.public_keys, ISSUER).expect("public keys"));
    let gate = Arc::new(Gate::new(verifier.clone(), postgres.clone(), redis.clone(), clock.clone(), rules));
    let hasher = Arc::new(Hasher::new(&pepper, HashingPlace::InPlace, &*clock).expect("a hasher"));
    let confirm = Arc::new(Confirm {
        users: postgres.clone(),
        limits: redis.clone(),
        hasher: hasher.clone(),
        pepper: pepper.clone(),
        clock: clock.clone(),
        gate: gate.clone(),
    });
    let probes: [Arc<dyn Probe>; 2] = [postgres.clone(), redis.clone()];
    let routes = auth_function::routes(auth_function::App {
        users: postgres.clone(),
        sessions: postgres.clone(),
        codes: redis,
        mail: letters,
        clock: clock.clone(),
        gate: gate.clone(),
        confirm: confirm.clone(),
        hasher,
        code_maker: Arc::new(CodeMaker::new(&pepper)),
        signer: Arc::new(Signer::new(&keys.signing_key, ISSUER).expect("a signing key")),
        verifier,
        policy: PasswordPolicy { min_chars: 8 },
        media: media.clone(),
        cookies: auth_function::CookieSecurity { secure: true },
        probes: probes.into(),
    });
    let routes = routes
        .merge(user_function::routes(user_function::App {
            users: postgres.clone(),
            sessions: postgres.clone(),
            titles: postgres.clone(),
            walks: postgres.clone(),
            reviews: postgres.clone(),
            images: images.clone(),
            gate: gate.clone(),
            confirm,
            clock: clock.clone(),
            media: media.clone(),
        }))
        .merge(titles_function::routes(titles_function::App {
            titles: postgres.clone(),
            walks: postgres.clone(),
            reviews: postgres.clone(),
            images,
            gate: gate.clone(),
            clock: clock.clone(),
            media: media.clone(),
        }))
        .merge(walks_function::routes(walks_function::App {
            walks: postgres.clone(),
            gate: gate.clone(),
            clock: clock.clone(),
            media: media.clone(),
        }))
        .merge(reviews_function::routes(reviews_function::App {
            reviews: postgres,
            gate,
            clock: clock.clone(),
            media,
        }))
        .merge(web_function::routes());
    let cors_origins = vec![http::HeaderValue::from_static("https://app.prohod.example")];
    with_manners(routes, Manners { function: "tests", public_url: ISSUER.to_owned(), cors_origins, clock })
}
