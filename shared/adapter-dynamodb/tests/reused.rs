//! A session whose token comes back spent is over from its mark on, and its owner's mail is due until it is told,
//! whatever stops the refresh in between.

use adapter_dynamodb::DynamoDb;
use adapter_dynamodb::testing::TestTables;
use contract::chance::{after, digest, now};
use contract::made;
use futures::future::join_all;
use jiff::Timestamp;
use models::{SessionId, UserId};
use ports::{Error, Rotated, Rotation, Sessions, TokenHash, Users};

const GRACE: i64 = 10;

/// A session that was refreshed once, longer ago than the grace.
struct Scene<'a> {
    tables: &'a TestTables,
    store: DynamoDb,
    user: UserId,
    session: SessionId,
    spent: TokenHash,
    live: TokenHash,
    late: Timestamp,
}

impl<'a> Scene<'a> {
    async fn new(tables: &'a TestTables) -> Self {
        let (store, begin) = (tables.store(), now());
        let (user, session) = (made::user(begin), made::session(begin));
        store.register(user.clone(), session.clone()).await.expect("registered");
        let rotation = rotation(session.refresh, begin);
        let live = rotation.successor;
        let rotated = store.rotate(rotation).await.expect("an answer");
        assert!(matches!(rotated, Rotated::New(_)), "{rotated:?}");
        let late = after(begin, GRACE);
        Self { tables, store, user: user.id, session: session.id, spent: session.refresh, live, late }
    }

    /// Presents a token to one store or another.
    async fn present(&self, store: &DynamoDb, token: TokenHash) -> Result<Rotated, Error> {
        store.rotate(rotation(token, self.late)).await
    }

    async fn lives(&self) -> bool {
        let found = Sessions::find(&self.store, self.session, self.late).await.expect("an answer").is_some();
        let listed = self.store.list(self.user, self.late).await.expect("an answer");
        assert_eq!(listed.iter().any(|session| session.id == self.session), found, "one list for all");
        found
    }

    /// The session's item as it is, if it is there.
    async fn head(&self) -> Option<String> {
        self.tables.items().await.remove(&format!("sessions/session#{}/session", self.session))
    }

    /// Whether anything of the session is left.
    async fn is_left(&self) -> bool {
        let id = self.session.to_string();
        self.tables.items().await.into_iter().any(|(key, item)| key.contains(&id) || item.contains(&id))
    }

    async fn agrees(&self, when: &str) {
        assert_eq!(self.tables.what_disagrees().await, Vec::<String>::new(), "{when}");
    }
}

fn rotation(presented: TokenHash, now: Timestamp) -> Rotation {
    Rotation {
        presented,
        successor: made::token(),
        sealed: digest().to_vec(),
        now,
        grace_since: after(now, -GRACE),
        idle_until: after(now, 86_400),
    }
}

/// Whether the reuse was told; otherwise the store stopped.
fn is_told(answer: Result<Rotated, Error>) -> bool {
    match answer {
        Ok(Rotated::Reused { .. }) => true,
        Err(Error::Unavailable(_)) => false,
        other => panic!("{other:?}"),
    }
}

/// Cuts the refresh with the spent token short after every number of calls. Then the spent token comes back, or the
/// live one is presented.
async fn cut_short(by_the_live_one: bool) {
    let tables = TestTables::new(1).await;
    for calls in 0.. {
        let when = format!("after {calls} calls");
        let scene = Scene::new(&tables).await;
        let told = is_told(scene.present(&tables.store_that_stops(calls), scene.spent).await);
        let head = scene.head().await;
        let marked = head.as_ref().is_none_or(|head| head.contains("reused"));
        assert_eq!(told, marked, "{when}: told once it is over, and not before");
        assert_eq!(scene.lives().await, !marked, "{when}");
        scene.agrees(&when).await;
        if told && !scene.is_left().await {
            assert!(calls > 6, "{calls} calls are too few to be all");
            return;
        }
        let token = if by_the_live_one && marked { scene.live } else { scene.spent };
        let repeated = scene.present(&scene.store, token).await.expect("an answer");
        // Whoever was told may have been stopped before anybody else heard: it is told until the head is gone.
        assert_eq!(matches!(repeated, Rotated::Reused { .. }), head.is_some(), "{when}: {repeated:?}");
        assert!(!scene.lives().await, "{when}");
        assert_eq!(scene.head().await, None, "{when}");
        for token in [scene.spent, scene.live] {
            assert_eq!(scene.present(&scene.store, token).await.expect("an answer"), Rotated::Unknown);
        }
        scene.agrees(&when).await;
    }
}

#[tokio::test]
async fn a_reuse_cut_short_is_finished_by_the_spent_token() {
    cut_short(false).await;
}

#[tokio::test]
async fn a_reuse_cut_short_is_finished_by_the_live_token() {
    cut_short(true).await;
}

/// The SDK tries again by itself, and meets what its first try did.
#[tokio::test]
async fn a_reuse_is_told_whichever_answer_is_lost() {
    let tables = TestTables::new(1).await;
    let scenes = join_all((0..8).map(|_| Scene::new(&tables))).await;
    let stores: Vec<_> = (0..8).map(|calls| tables.store_that_mishears(calls)).collect();
    let presented = scenes.iter().zip(&stores).map(|(scene, store)| scene.present(store, scene.spent));
    for (calls, (answer, scene)) in join_all(presented).await.into_iter().zip(&scenes).enumerate() {
        assert!(is_told(answer), "without the answer after {calls} calls");
        assert!(!scene.is_left().await, "without the answer after {calls} calls");
    }
    scenes[0].agrees("after all of it").await;
}
