use tokio_postgres::{Client, NoTls};

use crate::capacity::scene::Count;

/// What Postgres did for a call.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Touched {
    /// Statements, each a round trip.
    pub(super) statements: i64,
    /// Blocks that they touched, whether these were in memory or not; those of writes and of their checks among them.
    pub(super) blocks: i64,
}

/// Counts the blocks that a database's statements touch, by `pg_stat_statements`, which `cargo dev` has the server
/// load and which counts nothing until a database asks for it.
pub(super) struct Blocks(Client);

const TOUCHED: &str = "
select coalesce(sum(calls), 0)::bigint, coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint
from pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database())";

const RESET: &str = "
select pg_stat_statements_reset(0, (select oid from pg_database where datname = current_database()), 0)";

impl Blocks {
    /// A counter for the database; connections that are opened from now on are counted, its own is not.
    pub(super) async fn of(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test's database");
        tokio::spawn(connection);
        let counted = "
            create extension pg_stat_statements;
            set pg_stat_statements.track = 'none';
            do $$ begin
                execute format('alter database %I set pg_stat_statements.track = top', current_database());
            end $$";
        client
            .batch_execute(counted)
            .await
            .expect("a server with pg_stat_statements, as `cargo dev` starts it");
        Self(client)
    }

    /// Runs statements that are not counted.
    pub(super) async fn run(&self, statements: &str) {
        self.0.batch_execute(statements).await.expect("statements that run");
    }

    /// The rows of a query that is not counted.
    pub(super) async fn rows(&self, query: &str) -> Vec<tokio_postgres::Row> {
        self.0.query(query, &[]).await.expect("rows")
    }
}

impl Count for Blocks {
    type Cost = Touched;

    async fn take(&self) -> Touched {
        let row = self.0.query_one(TOUCHED, &[]).await.expect("counts");
        self.0.execute(RESET, &[]).await.expect("counts of nothing");
        Touched { statements: row.get(0), blocks: row.get(1) }
    }
}
