use std::collections::BTreeMap;
use std::sync::Arc;

use adapter_dynamodb::testing::{Taken, TestTables};
use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{Postgres, Settings};
use adapter_redis::Redis;
use platform::{Cache, Database};

use super::{service, setting};

/// Names the store that the worlds are on: `postgres` or `dynamodb`.
const VARIABLE: &str = "TEST_STORE";
/// Names a pooler before Postgres, as `host:port`; what tests do round the API does not go through it.
const POOLER: &str = "TEST_POOLER";

/// A store of a test's own, which goes at the test's end.
pub enum Store {
    Postgres(TestDatabase),
    DynamoDb(Box<TestTables>),
}

/// What a store keeps, counted round the API.
#[derive(Debug, Clone, Copy)]
pub enum Kept {
    Users,
    Sessions,
    Tokens,
    Titles,
    Words,
    Walks,
    Reviews,
    Changes,
}

/// What brings a store back that was broken off.
pub enum Outage {
    Postgres,
    DynamoDb(Taken),
}

/// Every row of what people wrote, each as a text. Sessions and tokens are left out: they are no records.
const ROWS: &str = "
select row from (
    select t::text from users t union all select t::text from profiles t
    union all select t::text from titles t union all select t::text from title_words t
    union all select t::text from title_history t
    union all select t::text from walks t union all select t::text from reviews t
) rows (row) order by row collate \"C\"";

/// What the functions' role may do.
const GRANTS: &str = "grant select, insert, update, delete on all tables in schema public to prohod";

/// What does not agree with itself, in words. What one constraint or another forbids is not looked for.
const DISAGREEING: &str = "
select format('title %s counts %s reviews of %s marks and %s walks', id, rating_count, rating_sum, walks_count)
    from titles t where (rating_sum, rating_count, walks_count) is distinct from (
        (select coalesce(sum(rating), 0) from reviews r where r.title_id = t.id),
        (select count(*) from reviews r where r.title_id = t.id),
        (select count(*) from walks w where w.title_id = t.id))
union all select format('title %s has no words', id) from titles t
    where not exists (select from title_words w where w.title_id = t.id)
union all select format('user %s has no profile', id) from users u
    where not exists (select from profiles p where p.user_id = u.id)
union all select format('session %s has %s live tokens', s.id, count(t.token_hash)) from sessions s
    left join refresh_tokens t on t.session_id = s.id and t.spent_at is null
    group by s.id having count(t.token_hash) <> 1";

impl Kept {
    const fn table(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::Tokens => "refresh_tokens",
            Self::Titles => "titles",
            Self::Words => "title_words",
            Self::Walks => "walks",
            Self::Reviews => "reviews",
            Self::Changes => "title_history",
        }
    }

    /// Whether an item with this key, its parts between slashes, is one.
    fn is(self, key: &str) -> bool {
        let (table, rest) = key.split_once('/').expect("a table");
        let (id, part) = rest.split_once('/').unwrap_or((rest, ""));
        match self {
            Self::Users => table == "users" && id.starts_with("user#"),
            Self::Sessions => table == "sessions" && part == "session",
            Self::Tokens => table == "sessions" && part == "token",
            Self::Titles => table == "titles" && !id.contains('#'),
            Self::Words => table == "search",
            Self::Walks => table == "entries" && part.starts_with("walk#"),
            Self::Reviews => table == "entries" && part.starts_with("review#"),
            Self::Changes => table == "entries" && part.starts_with("change#"),
        }
    }
}

impl Store {
    pub async fn new() -> Self {
        match service(VARIABLE).as_str() {
            "postgres" => Self::Postgres(TestDatabase::new().await),
            "dynamodb" => Self::DynamoDb(Box::new(TestTables::new(1).await)),
            other => panic!("{VARIABLE} is {other}, not postgres or dynamodb"),
        }
    }

    /// The ports, and those of codes and counters: Redis beside Postgres, DynamoDB beside itself.
    pub fn ports(&self) -> (Database, Cache) {
        match self {
            Self::Postgres(database) => {
                let settings = Settings { connections: 8, ..Settings::new(pooled(&database.url)) };
                let postgres = Postgres::new(&settings).expect("a database's address");
                let redis = Redis::new(&service("TEST_REDIS_URL")).expect("a cache's address");
                (Database::on(Arc::new(postgres)), Cache::on(Arc::new(redis)))
            }
            Self::DynamoDb(tables) => {
                let store = tables.store();
                (Database::on(Arc::new(store.clone())), Cache::on(Arc::new(store.as_cache())))
            }
        }
    }

    /// What tells a process where the store is.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Postgres(database) => {
                vec![("DATABASE_URL", pooled(&database.url)), ("REDIS_URL", service("TEST_REDIS_URL"))]
            }
            Self::DynamoDb(tables) => vec![
                ("STORE", "dynamodb".to_owned()),
                ("AWS_ENDPOINT_URL_DYNAMODB", tables.endpoint().to_owned()),
                ("DYNAMODB_PREFIX", tables.settings.prefix.clone()),
            ],
        }
    }

    /// As [`Store::variables`], for the functions' own role, which carries the timeouts that it has in production.
    pub async fn as_functions(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.variables();
        if let Self::Postgres(database) = self {
            let own = service("TEST_OWN_DATABASE_URL");
            let (server, _) = own.rsplit_once('/').expect("a database's name");
            let (_, name) = database.url.rsplit_once('/').expect("a database's name");
            run(database, GRANTS).await;
            variables.retain(|(name, _)| *name != "DATABASE_URL");
            variables.push(("DATABASE_URL", pooled(&format!("{server}/{name}"))));
        }
        variables
    }

    pub async fn count(&self, kept: Kept) -> usize {
        match self {
            Self::Postgres(database) => {
                let rows = rows(database, &format!("select ''::text from {}", kept.table())).await;
                rows.len()
            }
            Self::DynamoDb(tables) => tables.items().await.keys().filter(|key| kept.is(key)).count(),
        }
    }

    /// All that people wrote.
    pub async fn records(&self) -> Vec<String> {
        match self {
            Self::Postgres(database) => rows(database, ROWS).await,
            Self::DynamoDb(tables) => {
                let items: BTreeMap<_, _> = tables.items().await;
                let records = items
                    .into_iter()
                    .filter(|(key, _)| !key.starts_with("sessions/") && !key.starts_with("codes/"));
                records.map(|(key, item)| format!("{key} {item}")).collect()
            }
        }
    }

    /// How many deadlocks there were that somebody was told of.
    pub async fn deadlocks(&self) -> u64 {
        let Self::Postgres(database) = self else { return 0 };
        let sql = "select deadlocks::text from pg_stat_database where datname = current_database()";
        rows(database, sql).await.concat().parse().expect("a count")
    }

    /// What does not agree with itself, in words: what was written in one step and is there by half.
    pub async fn what_disagrees(&self) -> Vec<String> {
        match self {
            Self::Postgres(database) => rows(database, DISAGREEING).await,
            Self::DynamoDb(tables) => tables.what_disagrees().await,
        }
    }

    /// People can't be reached from now on.
    pub async fn break_off(&self) -> Outage {
        match self {
            Self::Postgres(database) => {
                run(database, "alter table users rename to gone").await;
                Outage::Postgres
            }
            Self::DynamoDb(tables) => Outage::DynamoDb(tables.take_users().await),
        }
    }

    /// People are there again.
    pub async fn mend(&self, outage: Outage) {
        match (self, outage) {
            (Self::Postgres(database), Outage::Postgres) => {
                run(database, "alter table gone rename to users").await
            }
            (Self::DynamoDb(tables), Outage::DynamoDb(taken)) => tables.give_users(taken).await,
            _ => panic!("another store's outage"),
        }
    }
}

/// The same database through the pooler, where there is one.
fn pooled(url: &str) -> String {
    setting(POOLER).map_or_else(|| url.to_owned(), |pooler| url.replacen(authority(url), &pooler, 1))
}

/// The `host:port` of an address.
pub fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let whole = rest.split(['/', '?']).next().unwrap_or(rest);
    whole.rsplit('@').next().unwrap_or(whole)
}

async fn connect(database: &TestDatabase) -> tokio_postgres::Client {
    let connected = tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("the test's database");
    tokio::spawn(connection);
    client
}

async fn rows(database: &TestDatabase, query: &str) -> Vec<String> {
    let rows = connect(database).await.query(query, &[]).await.expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn run(database: &TestDatabase, statements: &str) {
    connect(database).await.batch_execute(statements).await.expect("statements that run");
}
