//! A deletion that is cut short after any of its calls finishes when it is repeated, and leaves nothing behind.

use adapter_dynamodb::DynamoDb;
use adapter_dynamodb::testing::TestTables;
use contract::chance::now;
use contract::made;
use models::{Average, SessionId, Title, TitleType, UserId, WalkState};
use ports::{Error, NewUser, Reviews, Sessions, TitlePatch, Titles, Users, Walks};

/// Two people with a walk and a review each on one title, which the second one changed.
struct Scene {
    tables: TestTables,
    store: DynamoDb,
    stays: NewUser,
    goes: NewUser,
    /// Of who goes.
    session: SessionId,
    title: Title,
}

impl Scene {
    async fn new() -> Self {
        let tables = TestTables::new(1).await;
        let store = tables.store();
        let (stays, goes) = (made::user(now()), made::user(now()));
        let title = made::title("Кин-дза-дза!", TitleType::Movie, 1986);
        store.titles_add(&title).await;
        let sessions = [made::session(now()), made::session(now())];
        let session = sessions[1].id;
        for ((user, mark), session) in [(&stays, 50), (&goes, 99)].into_iter().zip(sessions) {
            store.register(user.clone(), session).await.expect("registered");
            let walk = made::walk(title.id, user.id, WalkState::Completed, now());
            assert!(Walks::add(&store, &walk).await.expect("an answer"));
            assert!(
                Reviews::add(&store, &made::review(title.id, user.id, mark, now())).await.expect("an answer")
            );
        }
        let patch = TitlePatch { description: Some(made::description("new")), ..TitlePatch::default() };
        let changed = Titles::change(&store, title.id, patch, goes.id, contract::chance::id(), now()).await;
        changed.expect("an answer").expect("a title");
        Self { tables, store, stays, goes, session, title }
    }

    /// The items in which an id is.
    async fn with(&self, id: impl std::fmt::Display) -> Vec<String> {
        let id = id.to_string();
        let items = self.tables.items().await.into_iter();
        items.filter(|(key, item)| key.contains(&id) || item.contains(&id)).map(|(key, _)| key).collect()
    }

    async fn numbers(&self, user: UserId) -> (u32, Option<Average>) {
        let stats = self.store.find_user(user).await;
        (stats.reviews, stats.mean_rating)
    }
}

/// Short names for the ports' methods that several ports have.
trait Short {
    async fn titles_add(&self, title: &Title);
    async fn find_user(&self, user: UserId) -> models::Stats;
}

impl Short for DynamoDb {
    async fn titles_add(&self, title: &Title) {
        Titles::add(self, title.clone()).await.expect("added");
    }

    async fn find_user(&self, user: UserId) -> models::Stats {
        Users::find(self, user).await.expect("an answer").expect("a person").stats
    }
}

fn cut<T: std::fmt::Debug>(answer: Result<T, Error>) -> bool {
    match answer {
        Ok(_) => false,
        Err(Error::Unavailable(_)) => true,
        Err(conflict) => panic!("{conflict}"),
    }
}

#[tokio::test]
async fn an_account() {
    for calls in 0.. {
        let scene = Scene::new().await;
        let stops = scene.tables.store_that_stops(calls);
        let (id, hash) = (scene.goes.id, scene.goes.password_hash.as_str());
        let interrupted = cut(Users::delete(&stops, id, hash).await);
        if interrupted {
            let session = Sessions::find(&scene.store, scene.session, now()).await.expect("an answer");
            assert!(session.is_some(), "nobody can repeat it after {calls} calls");
            let gone = Users::delete(&scene.store, id, hash).await.expect("an answer");
            assert!(gone.is_some(), "after {calls} calls");
        }
        assert_eq!(scene.with(id).await, Vec::<String>::new(), "after {calls} calls");
        let page = Titles::find(&scene.store, scene.title.id, scene.stays.id).await.expect("an answer");
        let title = page.expect("a title").title;
        assert_eq!((title.rating, title.reviews_count, title.walks_count), (Average::of(50, 1), 1, 1));
        assert_eq!(Users::delete(&scene.store, id, hash).await.expect("an answer"), None, "it is gone");
        if !interrupted {
            assert!(calls > 8, "{calls} calls are too few to be all");
            return;
        }
    }
}

#[tokio::test]
async fn a_title() {
    for calls in 0.. {
        let scene = Scene::new().await;
        let stops = scene.tables.store_that_stops(calls);
        let id = scene.title.id;
        let interrupted = cut(Titles::delete(&stops, id, scene.stays.id, true).await);
        if interrupted {
            let repeated = Titles::delete(&scene.store, id, scene.stays.id, true).await.expect("an answer");
            // It may be gone already, where the answer alone was lost.
            assert!(repeated.is_none_or(|title| title.id == id), "after {calls} calls");
        }
        assert_eq!(scene.with(id).await, Vec::<String>::new(), "after {calls} calls");
        for user in [scene.stays.id, scene.goes.id] {
            assert_eq!(scene.numbers(user).await, (0, None));
        }
        let keys = scene.tables.items().await.into_keys();
        let left: Vec<_> =
            keys.filter(|key| !key.starts_with("users/") && !key.starts_with("sessions/")).collect();
        assert_eq!(left, Vec::<String>::new(), "after {calls} calls");
        if !interrupted {
            assert!(calls > 5, "{calls} calls are too few to be all");
            return;
        }
    }
}

#[tokio::test]
async fn whoever_is_about_to_go_gets_nothing_new() {
    let scene = Scene::new().await;
    let (id, hash) = (scene.goes.id, scene.goes.password_hash.as_str());
    assert!(cut(Users::delete(&scene.tables.store_that_stops(1), id, hash).await));
    let other = made::title("Ico", TitleType::Game, 2001);
    scene.store.titles_add(&other).await;
    let walk = made::walk(other.id, id, WalkState::Planned, now());
    assert!(!Walks::add(&scene.store, &walk).await.expect("an answer"));
    assert!(!Reviews::add(&scene.store, &made::review(other.id, id, 10, now())).await.expect("an answer"));
    // Signing in and deleting again is the way on: the password still counts.
    assert!(Users::delete(&scene.store, id, hash).await.expect("an answer").is_some());
    assert_eq!(scene.with(id).await, Vec::<String>::new());
}
