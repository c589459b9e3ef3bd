//! The promises of the durable stores, and those of codes and counters, kept by DynamoDB.

mod alerts;
mod conflicts;
mod enumeration;
mod interrupted;
mod reused;

use std::sync::Arc;

use adapter_dynamodb::testing::TestTables;
use contract::{Cache, Stores};

async fn stores(shards: u16) -> Stores {
    let tables = TestTables::new(shards).await;
    let store = Arc::new(tables.store());
    Stores {
        users: store.clone(),
        sessions: store.clone(),
        titles: store.clone(),
        walks: store.clone(),
        reviews: store,
        keep: Box::new(tables),
    }
}

async fn cache() -> Cache {
    let tables = TestTables::new(1).await;
    let store = Arc::new(tables.store().as_cache());
    Cache { codes: store.clone(), limits: store, keep: Box::new(tables) }
}

contract::store_tests!(stores(1).await);
contract::cache_tests!(cache().await);

/// The lists are the same over several partitions.
mod sharded {
    use contract::catalogue;

    use super::stores;

    #[tokio::test]
    async fn pages_by_id_neither_skip_nor_repeat() {
        catalogue::pages_by_id_neither_skip_nor_repeat(&stores(3).await).await;
    }

    #[tokio::test]
    async fn pages_by_year_neither_skip_nor_repeat() {
        catalogue::pages_by_year_neither_skip_nor_repeat(&stores(3).await).await;
    }

    #[tokio::test]
    async fn pages_by_rating_neither_skip_nor_repeat() {
        catalogue::pages_by_rating_neither_skip_nor_repeat(&stores(3).await).await;
    }
}
