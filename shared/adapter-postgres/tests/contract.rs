//! The promises of the durable stores, kept by Postgres. `TEST_DATABASE_URL` names the server.

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{Postgres, Settings};
use contract::Stores;
use futures::future::join_all;

/// The stores on a database of the test's own. More connections than one, open from the beginning, or nothing would
/// happen at once.
async fn stores() -> Stores {
    let database = TestDatabase::new().await;
    let settings = Settings { connections: 8, ..Settings::new(&database.url) };
    let store = Arc::new(Postgres::new(&settings).expect("settings"));
    for opened in join_all((0..settings.connections).map(|_| store.warm())).await {
        opened.expect("open");
    }
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

/// What Postgres does beyond the contract.
mod postgres {
    use std::time::{Duration, Instant};

    use adapter_postgres::{Loader, SeedUser, make_role, migrate};
    use contract::chance::{id, now};
    use contract::made;
    use models::{Average, TitleType, UserId, WalkState};
    use ports::{Backend, Error, Probe, Titles};
    use tokio_postgres::NoTls;
    use url::Url;

    use super::*;

    async fn store(connections: usize) -> (Postgres, TestDatabase) {
        let database = TestDatabase::new().await;
        let settings = Settings { connections, ..Settings::new(&database.url) };
        (Postgres::new(&settings).expect("settings"), database)
    }

    #[tokio::test]
    async fn what_is_loaded_counts_and_is_loaded_once() {
        let (store, _database) = store(1).await;
        let loader = Loader::new(store.clone());
        let new: Vec<_> = (0..9).map(|_| made::user(now())).collect();
        let users: Vec<_> = new
            .iter()
            .map(|new| SeedUser {
                id: new.id,
                email: new.email.clone(),
                username: new.username.clone(),
                password_hash: new.password_hash.clone(),
                joined_at: new.now,
            })
            .collect();
        let mut title = made::title("Кин-дза-дза!", TitleType::Movie, 1986);
        title.cover = Some(made::picture("covers"));
        let other = made::title("Nobody knows", TitleType::Movie, 2004);
        let walk = |user: &SeedUser| made::walk(title.id, user.id, WalkState::Completed, now());
        let walks: Vec<_> = users.iter().map(walk).collect();
        let reviews: Vec<_> =
            users.iter().zip(92..).map(|(user, mark)| made::review(title.id, user.id, mark, now())).collect();
        for _ in 0..2 {
            loader.users(&users).await.expect("loaded");
            loader.titles(&[title.clone(), other.clone()]).await.expect("loaded");
            loader.walks(&walks).await.expect("loaded");
            loader.reviews(&reviews).await.expect("loaded");
        }
        (title.rating, title.reviews_count, title.walks_count) = (Average::of(96, 1), 9, 9);
        let found = store.find(title.id, users[3].id).await.expect("an answer").expect("there");
        assert_eq!((found.title, found.my_walk), (title, Some(walks[3].clone())));
        assert_eq!(found.my_review, Some(reviews[3].clone()));
        let found = store.find(other.id, UserId::new(id())).await.expect("an answer").expect("there");
        assert_eq!(found.title, other);
    }

    #[tokio::test]
    async fn a_connection_that_broke_is_replaced_unnoticed() {
        let (store, database) = store(1).await;
        store.warm().await.expect("open");
        for _ in 0..3 {
            database.break_connections().await;
            store.probe().await.expect("another connection");
        }
    }

    /// Setup makes the functions' role on every deployment, and migrates as that role.
    #[tokio::test]
    async fn a_role_that_is_made_twice_signs_in_with_its_limits_and_migrates() {
        let database = TestDatabase::new().await;
        let (admin, role) = (Settings::new(&database.url), format!("prohod_{}", id().simple()));
        for password in ["first", "second"] {
            make_role(&admin, &role, password).await.expect("made");
        }
        let mut url = Url::parse(&database.url).expect("an address");
        url.set_username(&role).and_then(|()| url.set_password(Some("second"))).expect("a user");
        let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls).await.expect("it signs in");
        tokio::spawn(connection);
        for (limit, value) in [("statement_timeout", "5s"), ("lock_timeout", "2s")] {
            let row = client.query_one(&format!("show {limit}"), &[]).await.expect("a setting");
            assert_eq!(row.get::<_, &str>(0), value, "{limit}");
        }
        for bad in ["", "a'b", "a;b"] {
            assert!(
                make_role(&admin, &role, bad).await.is_err() && make_role(&admin, bad, "p").await.is_err()
            );
        }
        client.batch_execute("drop schema public cascade").await.expect_err("the schema is not its own");
        drop(client);
        database.run(&format!("drop schema public cascade; create schema public authorization {role}")).await;
        migrate(&Settings::new(url.as_str())).await.expect("a migration as that role");
        Postgres::new(&Settings::new(url.as_str())).expect("settings").probe().await.expect("an answer");
        database.run(&format!("drop owned by {role} cascade; drop role {role}")).await;
    }

    /// An older release is deployed again while the schema is a newer one's.
    #[tokio::test]
    async fn a_migration_of_a_newer_release_is_no_reason_to_fail() {
        let database = TestDatabase::new().await;
        let newer = "insert into refinery_schema_history (version, name, applied_on, checksum)
            values (1000, 'of_a_newer_release', '2030-01-01T00:00:00Z', '1')";
        database.run(newer).await;
        migrate(&Settings::new(&database.url)).await.expect("nothing to do");
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_unavailable_soon() {
        let settings = Settings::new("postgres://nobody:secret@127.0.0.1:1/nothing");
        let store = Postgres::new(&settings).expect("settings");
        let begin = Instant::now();
        match store.probe().await {
            Err(Error::Unavailable(why)) => {
                assert_eq!(why.backend, Backend::Database);
                assert!(!format!("{why:?}").contains("secret"));
            }
            other => panic!("{other:?}"),
        }
        assert!(begin.elapsed() < Duration::from_secs(3));
    }
}
