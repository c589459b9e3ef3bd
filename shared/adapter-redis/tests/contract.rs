//! The contract of codes and counters, on one server and on one that is a cluster.

use std::sync::Arc;

use adapter_redis::Redis;
use contract::Cache;

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
fn cache(variable: &str) -> Cache {
    let Ok(url) = std::env::var(variable) else {
        panic!("{variable} is not set: run the tests by `cargo dev test`");
    };
    let redis = Redis::new(&url).expect("an address");
    Cache { codes: Arc::new(redis.clone()), limits: Arc::new(redis), keep: Box::new(()) }
}

mod one_server {
    use super::cache;
    contract::cache_tests!(cache("TEST_REDIS_URL"));
}

mod cluster {
    use super::cache;
    contract::cache_tests!(cache("TEST_REDIS_CLUSTER_URL"));
}
