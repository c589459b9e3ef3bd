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

    use adapter_postgres::{Loader, SeedUser};
    use contract::chance::{id, now};
    use contract::made;
    use models::{Average, TitleType, UserId, WalkState};
    use ports::{Backend, Error, Probe, Titles};

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
