use std::sync::Arc;

use adapter_dynamodb::testing::TestTables;
use adapter_dynamodb::{Consumed, Meter};
use contract::{chance, made};
use http::Method;
use jiff::SignedDuration;
use models::{TitleId, TitleType, UserId, WalkState};
use platform::{Cache, Database};
use serde_json::Value;

use crate::support::{Answer, Store, World};

/// How much there is beside what is measured.
pub(super) struct Size {
    pub(super) titles: u32,
    /// People who walked and reviewed the one title that everybody knows.
    pub(super) people: u32,
}

/// What was measured: an endpoint, and a word on how it was called.
pub(crate) type Line<Cost> = (&'static str, &'static str, Cost);

/// What counts the cost of calls, as the store itself tells it.
pub(crate) trait Count {
    type Cost;

    /// The cost since this was asked last.
    async fn take(&self) -> Self::Cost;
}

impl Count for Arc<Meter> {
    type Cost = Consumed;

    async fn take(&self) -> Consumed {
        Meter::take(self)
    }
}

/// A world whose endpoints are called one after another, each counted.
pub(crate) struct Scene<C: Count> {
    pub(crate) world: World,
    pub(crate) database: Database,
    pub(crate) count: C,
    pub(crate) lines: Vec<Line<C::Cost>>,
}

impl Scene<Arc<Meter>> {
    pub(super) async fn new(size: &Size) -> (Self, TitleId) {
        let tables = TestTables::new(1).await;
        let meter = Arc::new(Meter::default());
        let store = tables.metered(meter.clone());
        let ports = || (Database::on(Arc::new(store.clone())), Cache::on(Arc::new(store.as_cache())));
        let world = World::on(Store::DynamoDb(Box::new(tables)), ports(), World::wide_rules()).await;
        let scene = Self { world, database: ports().0, count: meter, lines: Vec::new() };
        let known = scene.fill(size).await;
        (scene, known)
    }

    /// Titles of one type, and one of them with everybody's walk and review.
    pub(super) async fn fill(&self, size: &Size) -> TitleId {
        let known = made::title("Common Ground", TitleType::Game, 1999);
        self.database.titles.add(known.clone()).await.expect("added");
        for number in 0..size.titles {
            let title = made::title(&format!("Common {number:05}"), TitleType::Game, 2000);
            self.database.titles.add(title).await.expect("added");
        }
        for _ in 0..size.people {
            let user = made::user(chance::now());
            let id = user.id;
            self.database.users.register(user, made::session(chance::now())).await.expect("registered");
            let walk = made::walk(known.id, id, WalkState::Completed, chance::now());
            assert!(self.database.walks.add(&walk).await.expect("an answer"));
            let review = made::review(known.id, id, 70, chance::now());
            assert!(self.database.reviews.add(&review).await.expect("an answer"));
        }
        known.id
    }
}

impl<C: Count> Scene<C> {
    /// Gives somebody walks and reviews of their own.
    pub(crate) async fn history(&self, user: UserId, count: usize) {
        for number in 0..count {
            let title = made::title(&format!("Own {number:05}"), TitleType::Anime, 2000);
            self.database.titles.add(title.clone()).await.expect("added");
            let walk = made::walk(title.id, user, WalkState::Planned, chance::now());
            assert!(self.database.walks.add(&walk).await.expect("an answer"));
            let review = made::review(title.id, user, 60, chance::now());
            assert!(self.database.reviews.add(&review).await.expect("an answer"));
        }
    }

    /// Calls an endpoint once the session that it is called with is looked up again, and notes what that consumed.
    pub(crate) async fn note(
        &mut self,
        (endpoint, how): (&'static str, &'static str),
        call: impl AsyncFnOnce(&World) -> Answer,
    ) -> Answer {
        self.world.clock.pass(SignedDuration::from_secs(6));
        self.count.take().await;
        let answer = call(&self.world).await;
        assert!(answer.status.as_u16() < 400, "{endpoint}: {} {}", answer.status, answer.body);
        self.lines.push((endpoint, how, self.count.take().await));
        answer
    }

    pub(crate) fn code(&self) -> String {
        self.world.letters.last().code().to_owned()
    }
}

/// Somebody's token, told apart from the world that it is used in.
pub(crate) struct Caller(pub(crate) String);

impl Caller {
    pub(crate) async fn send(
        &self,
        world: &World,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let client = world.anybody().with("authorization", &format!("Bearer {}", self.0));
        let path = format!("/api/v1{path}");
        match body {
            Some(body) => client.send(method, &path, Some("application/json"), body.to_string()).await,
            None => client.send(method, &path, None, String::new()).await,
        }
    }

    pub(crate) async fn get(&self, world: &World, path: &str) -> Answer {
        self.send(world, Method::GET, path, None).await
    }
}
