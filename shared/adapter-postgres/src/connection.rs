use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::Object;
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::failure::Failure;
use crate::params::Param;

/// TO-1: five seconds a statement. The role's own limit ends it on the server.
const STATEMENT: Duration = Duration::from_secs(5);

/// A connection while one unit of work has it.
///
/// It goes back to the pool only if nothing is under way on it: after a statement that took too long, or a request
/// that was given up in its middle, it is closed, and with it whatever transaction was open.
pub(crate) struct Connection {
    /// There until the end.
    object: Option<Object>,
    busy: AtomicBool,
    open: AtomicBool,
    /// Whether this unit may have been done before: the connection broke, and the answer never came.
    pub(crate) repeated: bool,
}

impl Connection {
    pub(crate) fn new(object: Object, repeated: bool) -> Self {
        Self { object: Some(object), busy: AtomicBool::new(false), open: AtomicBool::new(false), repeated }
    }

    /// Runs one statement and gives its rows. Unnamed, one round trip, nothing left behind on the server (DB-4).
    pub(crate) async fn rows(&self, sql: &str, params: &[&dyn Param]) -> Result<Vec<Row>, Failure> {
        let params = typed(params);
        self.within(async |object| object.query_typed(sql, &params).await).await
    }

    /// As [`Connection::rows`], for a statement that gives one row or none.
    pub(crate) async fn row(&self, sql: &str, params: &[&dyn Param]) -> Result<Option<Row>, Failure> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// Runs one statement and gives the number of rows that it changed.
    pub(crate) async fn run(&self, sql: &str, params: &[&dyn Param]) -> Result<u64, Failure> {
        let params = typed(params);
        self.within(async |object| object.execute_typed(sql, &params).await).await
    }

    /// Opens a transaction, for what one statement can't do. A unit that fails is rolled back by who runs it.
    pub(crate) async fn begin(&self) -> Result<(), Failure> {
        self.open.store(true, Ordering::Relaxed);
        self.within(async |object| object.batch_execute("begin").await).await
    }

    /// Keeps what the transaction did.
    pub(crate) async fn commit(&self) -> Result<(), Failure> {
        self.end("commit").await
    }

    /// Undoes what the transaction did; nothing where there is none.
    pub(crate) async fn rollback(&self) -> Result<(), Failure> {
        if self.open.load(Ordering::Relaxed) { self.end("rollback").await } else { Ok(()) }
    }

    async fn end(&self, word: &str) -> Result<(), Failure> {
        self.within(async |object| object.batch_execute(word).await).await?;
        self.open.store(false, Ordering::Relaxed);
        Ok(())
    }

    async fn within<T>(
        &self,
        ask: impl AsyncFnOnce(&Object) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Failure> {
        let Some(object) = &self.object else { return Err(Failure::TooLong) };
        self.busy.store(true, Ordering::Relaxed);
        let answer = timeout(STATEMENT, ask(object)).await.map_err(|_| Failure::TooLong)?;
        self.busy.store(false, Ordering::Relaxed);
        Ok(answer?)
    }
}

fn typed<'a>(params: &[&'a dyn Param]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    params.iter().map(|param| param.typed()).collect()
}

impl Drop for Connection {
    fn drop(&mut self) {
        let dirty = self.busy.load(Ordering::Relaxed) || self.open.load(Ordering::Relaxed);
        if let Some(object) = self.object.take()
            && dirty
        {
            drop(Object::take(object));
        }
    }
}
