//! What every store leaves behind when an account or a title goes: nothing.

use models::{Average, TitleType, WalkState};
use ports::{AccountGone, Conflict, Error, Rotated, Rotation, TitlePatch};

use crate::Stores;
use crate::chance::{after, id, now};
use crate::made;
use crate::stores::{Person, first};

fn renamed() -> TitlePatch {
    TitlePatch { name: Some(made::name(&made::some_name())), ..TitlePatch::default() }
}

fn in_use<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert!(matches!(answer, Err(Error::Conflict(Conflict::TitleInUse))), "{answer:?}");
}

/// An account takes along its walks, reviews and sessions; ratings and counts follow, the history forgets who it
/// was, and address and name are free.
pub async fn an_account_goes_whole(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let title = stores.title().await.id;
    let walk = stores.walk(title, person.id(), WalkState::Completed, now()).await;
    let review = stores.review(title, person.id(), 10, now()).await;
    stores.walk(title, other.id(), WalkState::Completed, now()).await;
    stores.review(title, other.id(), 90, now()).await;
    stores.titles.change(title, renamed(), person.id(), id(), now()).await.expect("changed");
    assert_eq!(stores.users.delete(person.id(), "another").await.expect("an answer"), None);
    assert_eq!(stores.see(title).await.reviews_count, 2);
    let picture = made::picture("avatars");
    stores.users.set_avatar(person.id(), Some(picture.clone())).await.expect("an answer").expect("there");
    let gone = stores.users.delete(person.id(), person.hash()).await.expect("an answer");
    assert_eq!(gone, Some(AccountGone { avatar: Some(picture) }));
    assert!(stores.users.find(person.id()).await.expect("an answer").is_none());
    assert!(stores.walks.find(walk.id).await.expect("an answer").is_none());
    assert!(stores.reviews.find(review.id).await.expect("an answer").is_none());
    let seen = stores.see(title).await;
    assert_eq!((seen.rating, seen.reviews_count, seen.walks_count), (Average::of(90, 1), 1, 1));
    let history = stores.titles.history(title, first(10)).await.expect("an answer").expect("there");
    assert_eq!(history.items.len(), 1);
    assert!(history.items[0].user.is_none());
    assert!(stores.titles.changes_by(person.id(), first(10)).await.expect("an answer").items.is_empty());
    nobody_is_signed_in(stores, &person).await;
    let mut heir = made::user(now());
    (heir.email, heir.username) = (person.new.email.clone(), person.new.username.clone());
    stores.users.register(heir, made::session(now())).await.expect("address and name are free");
    assert_eq!(stores.users.delete(person.id(), person.hash()).await.expect("it is gone already"), None);
}

async fn nobody_is_signed_in(stores: &Stores, person: &Person) {
    let now = now();
    assert!(stores.sessions.find(person.session(), now).await.expect("an answer").is_none());
    assert!(stores.sessions.list(person.id(), now).await.expect("an answer").is_empty());
    let rotation = Rotation {
        presented: person.session.refresh,
        successor: made::token(),
        sealed: vec![1],
        now,
        grace_since: after(now, -10),
        idle_until: after(now, 60),
    };
    assert_eq!(stores.sessions.rotate(rotation).await.expect("an answer"), Rotated::Unknown);
}

/// A long history goes too.
pub async fn an_account_of_many_records_goes_whole(stores: &Stores) {
    let person = stores.person().await;
    let mut titles = Vec::new();
    for n in 0..60 {
        let title = stores.title_of(TitleType::Game, 2000).await.id;
        stores.review(title, person.id(), n, now()).await;
        stores.walk(title, person.id(), WalkState::Planned, now()).await;
        titles.push(title);
    }
    let gone = stores.users.delete(person.id(), person.hash()).await.expect("an answer");
    assert_eq!(gone, Some(AccountGone::default()));
    for title in titles {
        let seen = stores.see(title).await;
        assert_eq!((seen.rating, seen.reviews_count, seen.walks_count), (None, 0, 0));
    }
}

/// A title goes with its author's own records, and its place is free.
pub async fn a_title_goes_whole(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await;
    let walk = stores.walk(title.id, person.id(), WalkState::Completed, now()).await;
    let review = stores.review(title.id, person.id(), 10, now()).await;
    stores.titles.change(title.id, renamed(), person.id(), id(), now()).await.expect("changed");
    let seen = stores.see(title.id).await;
    let gone = stores.titles.delete(title.id, person.id(), false).await.expect("an answer");
    assert_eq!(gone, Some(seen.clone()), "the title as it was");
    assert!(stores.titles.find(title.id, person.id()).await.expect("an answer").is_none());
    assert!(stores.walks.find(walk.id).await.expect("an answer").is_none());
    assert!(stores.reviews.find(review.id).await.expect("an answer").is_none());
    assert!(stores.titles.history(title.id, first(10)).await.expect("an answer").is_none());
    assert!(stores.titles.changes_by(person.id(), first(10)).await.expect("an answer").items.is_empty());
    assert_eq!(stores.titles.delete(title.id, person.id(), false).await.expect("an answer"), None);
    stores.add_title(made::title(seen.fields.name.as_str(), TitleType::Game, 2001)).await;
}

/// A title that a stranger's walk or review hangs on stays, with everything on it.
pub async fn a_title_in_use_stays(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let title = stores.title().await.id;
    stores.walk(title, person.id(), WalkState::Planned, now()).await;
    let walk = stores.walk(title, other.id(), WalkState::Planned, now()).await;
    in_use(stores.titles.delete(title, person.id(), false).await);
    assert_eq!(stores.see(title).await.walks_count, 2);
    stores.review(title, other.id(), 20, now()).await;
    stores.walks.delete(walk.id, other.id()).await.expect("deleted");
    in_use(stores.titles.delete(title, person.id(), false).await);
    let seen = stores.see(title).await;
    assert_eq!((seen.rating, seen.walks_count), (Average::of(20, 1), 1));
    let page = stores.titles.find(title, person.id()).await.expect("an answer").expect("there");
    assert!(page.my_walk.is_some(), "one's own walk stays too");
}

/// Who may, removes a title in use, with everybody's records.
pub async fn a_title_in_use_goes_where_it_may(stores: &Stores) {
    let moderator = stores.person().await;
    let (title, kept) = (stores.title().await.id, stores.title().await.id);
    let mut walks = Vec::new();
    let mut people = Vec::new();
    for n in 0..30 {
        let person = stores.person().await;
        stores.review(title, person.id(), n, now()).await;
        stores.review(kept, person.id(), n, now()).await;
        walks.push(stores.walk(title, person.id(), WalkState::Planned, now()).await);
        people.push(person);
    }
    let seen = stores.see(title).await;
    let gone = stores.titles.delete(title, moderator.id(), true).await.expect("an answer");
    assert_eq!(gone, Some(seen), "the title as it was");
    assert!(stores.titles.find(title, moderator.id()).await.expect("an answer").is_none());
    for (walk, person) in walks.iter().zip(&people) {
        assert!(stores.walks.find(walk.id).await.expect("an answer").is_none());
        let reviews = stores.reviews.of_user(person.id(), &[], first(10)).await;
        assert_eq!(reviews.expect("an answer").expect("there").items.len(), 1);
    }
    assert_eq!(stores.see(kept).await.reviews_count, 30);
    assert_eq!(stores.titles.delete(title, moderator.id(), true).await.expect("an answer"), None);
}

/// A stranger's review that comes while the title goes is either there with its title, or neither is.
pub async fn no_review_is_lost_to_a_deletion_that_raced_it(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    for _ in 0..20 {
        let title = stores.title().await.id;
        let review = made::review(title, other.id(), 50, now());
        let deleting = stores.titles.delete(title, person.id(), false);
        let (gone, added) = futures::future::join(deleting, stores.reviews.add(&review)).await;
        let added = added.expect("an answer");
        match gone {
            Ok(gone) => assert!(gone.is_some() && !added),
            refused => {
                in_use(refused);
                assert!(added);
                assert_eq!(stores.see(title).await.reviews_count, 1);
            }
        }
        assert_eq!(stores.reviews.find(review.id).await.expect("an answer").is_some(), added);
    }
}
