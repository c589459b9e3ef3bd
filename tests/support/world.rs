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

use super::{Answer, Anybody, Letters, ManualClock, service};

const ISSUER: &str = "https://prohod.example";

/// A whole Prohod of a test's own: a database of its own, the shared cache and bucket, a clock to move by hand,
/// and letters that are read instead of mailed.
pub struct World {
    routes: Router,
    pub clock: Arc<ManualClock>,
    pub letters: Arc<Letters>,
    pub database: TestDatabase,
    pub images: Arc<dyn Images>,
    pub signing_key: String,
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
        let routes = assemble(&database, clock.clone(), letters.clone(), images.clone(), &keys, rules);
        Self { routes, clock, letters, database, images, signing_key: keys.signing_key }
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

    pub(super) async fn answer(&self, mut request: Request<Body>, ip: &str) -> Answer {
        let request_id = self.clock.id().to_string();
        request.extensions_mut().insert(Origin { request_id, ip: ip.parse().expect("an address") });
        let response = self.routes.clone().oneshot(request).await;
        Answer::of(response.unwrap_or_else(|never| match never {})).await
    }

    /// The number that a query gives, round the API.
    pub async fn db_count(&self, query: &str) -> i64 {
        let (client, connection) =
            tokio_postgres::connect(&self.database.url, tokio_postgres::NoTls).await.expect("the test's database");
        let driver = tokio::spawn(connection);
        let row = client.query_one(query, &[]).await.expect("a count");
        drop(client);
        let _ended = driver.await;
        row.get(0)
    }

    /// Runs statements, round the API.
    pub async fn db_run(&self, statements: &str) {
        let (client, connection) =
            tokio_postgres::connect(&self.database.url, tokio_postgres::NoTls).await.expect("the test's database");
        let driver = tokio::spawn(connection);
        client.batch_execute(statements).await.expect("statements that run");
        drop(client);
        let _ended = driver.await;
    }
}
