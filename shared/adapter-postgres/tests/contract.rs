//! The promises of the durable stores, kept by Postgres. `TEST_DATABASE_URL` names the server.

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{Postgres, Settings};
use contract::Stores;

/// The stores on a database of the test's own. More connections than one, or nothing would happen at once.
async fn stores() -> Stores {
    let database = TestDatabase::new().await;
    let settings = Settings { connections: 8, ..Settings::new(&database.url) };
    let store = Arc::new(Postgres::new(&settings).expect("settings"));
    Stores {
        users: store.clone(),
        sessions: store.clone(),
        titles: store.clone(),
        walks: store.clone(),
        reviews: store,
        keep: Box::new(database),
    }
}

contract::store_tests!(stores().await);
