//! Databases for tests: a fresh one each, dropped at its end.
//!
//! The server is named by `TEST_DATABASE_URL`; its role may make databases. The schema is migrated once into a
//! template, named after the migrations, and every test's database is a copy of it.

use std::fmt::Write;

use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

use crate::migrate::checksum;
use crate::{Settings, migrate};

/// Names the server.
pub const VARIABLE: &str = "TEST_DATABASE_URL";

/// A database of a test's own, with the schema and nothing in it. It goes when this is dropped, also when the test
/// fails.
pub struct TestDatabase {
    /// Where it is.
    pub url: String,
    name: String,
    server: Url,
}

impl TestDatabase {
    /// Makes a database.
    ///
    /// # Panics
    /// `TEST_DATABASE_URL` is not set, or its server does not do what is asked: the test fails, and is never
    /// skipped.
    pub async fn new() -> Self {
        let server = server();
        let admin = connect(&server).await;
        let template = template(&admin, &server).await;
        let name = format!("prohod_test_{}", unique());
        run(&admin, &format!("create database {name} template {template}")).await;
        let url = named(&server, &name);
        Self { url, name, server }
    }

    /// Runs statements as the role that makes databases.
    ///
    /// # Panics
    /// The server does not do what is asked.
    pub async fn run(&self, statements: &str) {
        run(&connect(&self.with_path()).await, statements).await;
    }

    fn with_path(&self) -> Url {
        Url::parse(&self.url).unwrap_or_else(|_| panic!("the test's database has no address"))
    }

    /// Breaks every connection to the database, as a failover does.
    ///
    /// # Panics
    /// The server does not do what is asked.
    pub async fn break_connections(&self) {
        break_connections(&connect(&self.server).await, &self.name).await;
    }
}

impl Drop for TestDatabase {
    /// On a thread of its own: the test's runtime may be gone, or busy failing.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let admin = connect(&server).await;
                run(&admin, &format!("drop database if exists {name} with (force)")).await;
            });
        });
        // A database left behind is no reason to fail a test.
        let _ = dropping.join();
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn server() -> Url {
    let url = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!("{VARIABLE} is not set: it names a Postgres whose role may make databases")
    });
    Url::parse(&url).unwrap_or_else(|_| panic!("{VARIABLE} is not an address of Postgres"))
}

#[expect(clippy::disallowed_methods, reason = "names of databases, not ids of records")]
fn unique() -> String {
    Uuid::new_v4().simple().to_string()
}

fn named(server: &Url, database: &str) -> String {
    let mut url = server.clone();
    url.set_path(database);
    url.into()
}

async fn connect(server: &Url) -> Client {
    let connected = tokio_postgres::connect(server.as_str(), NoTls).await;
    let (client, connection) =
        connected.unwrap_or_else(|error| panic!("the server of {VARIABLE} does not answer: {error}"));
    tokio::spawn(connection);
    client
}

async fn run(admin: &Client, sql: &str) {
    if let Err(error) = admin.batch_execute(sql).await {
        let said = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
        panic!("{sql}: {said}");
    }
}

/// The name of the template, which is made if this is the first test of its migrations. Tests of other processes
/// wait meanwhile; whatever stopped half-way goes by another name.
async fn template(admin: &Client, server: &Url) -> String {
    let mut name = String::from("prohod_template_");
    let _ = write!(name, "{:016x}", checksum());
    if exists(admin, &name).await {
        return name;
    }
    run(admin, "select pg_advisory_lock(7165204)").await;
    if !exists(admin, &name).await {
        let half = format!("{name}_half");
        run(admin, &format!("drop database if exists {half} with (force)")).await;
        run(admin, &format!("create database {half}")).await;
        migrate(&Settings::new(named(server, &half))).await.expect("the migrations run");
        // The connection that migrated may take a moment to go, and a database in use keeps its name.
        break_connections(admin, &half).await;
        run(admin, &format!("alter database {half} rename to {name}")).await;
    }
    run(admin, "select pg_advisory_unlock(7165204)").await;
    name
}

async fn break_connections(admin: &Client, database: &str) {
    let which = format!("from pg_stat_activity where datname = '{database}'");
    run(admin, &format!("select pg_terminate_backend(pid, 5000) {which}")).await;
}

async fn exists(admin: &Client, database: &str) -> bool {
    let sql = format!("select 1 from pg_database where datname = '{database}'");
    let rows = admin.simple_query(&sql).await.expect("the server lists its databases");
    rows.iter().any(|message| matches!(message, tokio_postgres::SimpleQueryMessage::Row(_)))
}
