//! Whether somebody has an address does not show in what it costs to look it up (ENUM-1).

use std::sync::Arc;

use adapter_dynamodb::testing::TestTables;
use adapter_dynamodb::{Consumed, Meter};
use contract::chance::now;
use contract::made;
use ports::Users;

#[tokio::test]
async fn a_known_and_an_unknown_address_cost_the_same_calls() {
    let tables = TestTables::new(1).await;
    let meter = Arc::new(Meter::default());
    let store = tables.metered(meter.clone());
    let person = made::user(now());
    store.register(person.clone(), made::session(now())).await.expect("registered");
    let twice = Consumed { calls: 2, read: 2.0, write: 0.0 };
    for (email, known) in [(&person.email, true), (&made::email(), false)] {
        meter.take();
        let found = store.credentials_by_email(&email.key()).await.expect("an answer");
        assert_eq!((found.is_some(), meter.take()), (known, twice));
        assert_eq!(store.set_role(&email.key(), person.role).await.expect("an answer"), known);
    }
}
