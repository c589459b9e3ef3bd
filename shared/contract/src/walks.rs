//! What every store of walks does.

use futures::future::join_all;
use models::{FullWalk, ShortTitle, ShortUser, Title, TitleId, TitleType, UserId, Walk, WalkId, WalkState};
use ports::{Conflict, Error, Owned, WalkFilter, WalkRef};

use crate::Stores;
use crate::chance::{Dice, after, id, later, now};
use crate::made;
use crate::stores::{Person, first, pages};

/// The short form of a title.
pub(crate) fn short_title(title: &Title) -> ShortTitle {
    ShortTitle {
        id: title.id,
        name: title.fields.name.clone(),
        kind: title.fields.kind,
        release_year: title.fields.release_year,
        cover: title.cover.clone(),
        rating: title.rating,
    }
}

/// The short form of a person.
pub(crate) fn short_user(person: &Person) -> ShortUser {
    ShortUser { id: person.id(), username: person.new.username.clone(), avatar: None }
}

async fn of_user(stores: &Stores, user: UserId, filter: &WalkFilter, limit: u16) -> Vec<(Walk, ShortTitle)> {
    pages(limit, async |page| {
        Ok(stores.walks.of_user(user, filter, page).await?.expect("the person is there"))
    })
    .await
}

async fn of_title(
    stores: &Stores,
    title: TitleId,
    states: &[WalkState],
    limit: u16,
) -> Vec<(Walk, ShortUser)> {
    pages(limit, async |page| {
        Ok(stores.walks.of_title(title, states, page).await?.expect("the title is there"))
    })
    .await
}

async fn see(stores: &Stores, walk: &Walk) -> Option<Walk> {
    stores.walks.find(walk.id).await.expect("an answer").map(|full| full.walk)
}

/// Everything that was written is there, with both ends, and counted at the title.
pub async fn a_walk_reads_back_whole(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await;
    for state in [WalkState::InProgress] {
        let walk = stores.walk(title.id, person.id(), state, now()).await;
        let found = stores.walks.find(walk.id).await.expect("an answer");
        let full = FullWalk { walk, title: short_title(&title), user: short_user(&person) };
        assert_eq!(found, Some(full));
    }
    assert_eq!(stores.see(title.id).await.walks_count, 1);
    assert!(stores.walks.find(WalkId::new(id())).await.expect("an answer").is_none());
}

/// A walk of no title, or of nobody, is not added.
pub async fn a_walk_on_no_title_is_not_added(stores: &Stores) {
    let person = stores.person().await;
    let walk = made::walk(TitleId::new(id()), person.id(), WalkState::Planned, now());
    assert!(!stores.walks.add(&walk).await.expect("an answer"));
    let title = stores.title().await.id;
    let ghost = made::walk(title, made::nobody(), WalkState::Planned, now());
    assert!(!stores.walks.add(&ghost).await.expect("an answer"));
    assert_eq!((see(stores, &walk).await, see(stores, &ghost).await), (None, None));
    assert_eq!(stores.see(title).await.walks_count, 0);
}

/// A second walk of a person on a title is refused, and the first told; the same one again is no second.
pub async fn a_second_walk_is_refused(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await.id;
    let walk = stores.walk(title, person.id(), WalkState::Planned, now()).await;
    assert!(stores.walks.add(&walk).await.expect("the same"));
    let second = made::walk(title, person.id(), WalkState::Completed, now());
    match stores.walks.add(&second).await {
        Err(Error::Conflict(Conflict::WalkExists(existing))) => assert_eq!(existing, walk.id),
        other => panic!("{other:?}"),
    }
    assert_eq!(see(stores, &walk).await, Some(walk));
    assert_eq!(see(stores, &second).await, None);
    assert_eq!(stores.see(title).await.walks_count, 1);
}

/// However many come at once, there is one (DB-1).
pub async fn of_50_equal_walks_at_once_one_is_added(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await.id;
    let new: Vec<_> = (0..50).map(|_| made::walk(title, person.id(), WalkState::Planned, now())).collect();
    let answers = join_all(new.iter().map(|walk| stores.walks.add(walk))).await;
    let added: Vec<_> = new.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).collect();
    assert_eq!(added.len(), 1);
    for answer in &answers {
        match answer {
            Ok(added) => assert!(added),
            Err(Error::Conflict(Conflict::WalkExists(existing))) => assert_eq!(*existing, added[0].0.id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stores.see(title).await.walks_count, 1);
    assert_eq!(of_title(stores, title, &[], 10).await.len(), 1);
}

/// A walk's state changes by its id or its title, for its owner alone, and `updated_at` moves only with it.
pub async fn a_walk_is_changed_by_its_owner(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let title = stores.title().await.id;
    let begin = now();
    let mut walk = stores.walk(title, person.id(), WalkState::Planned, begin).await;
    let change = async |which, by: &Person, state, at| {
        stores.walks.change(which, by.id(), state, after(begin, at)).await.expect("an answer")
    };
    let (by_id, by_title) = (WalkRef::Id(walk.id), WalkRef::OnTitle(title));
    assert_eq!(change(by_id, &other, WalkState::Dropped, 1).await, Owned::Foreign);
    assert_eq!(change(by_title, &other, WalkState::Dropped, 1).await, Owned::Absent);
    assert_eq!(change(WalkRef::Id(WalkId::new(id())), &person, WalkState::Dropped, 1).await, Owned::Absent);
    assert_eq!(change(by_id, &person, WalkState::Planned, 2).await, Owned::Done(walk.clone()));
    assert_eq!(see(stores, &walk).await.as_ref(), Some(&walk));
    (walk.state, walk.updated_at) = (WalkState::Completed, after(begin, 3));
    assert_eq!(change(by_id, &person, WalkState::Completed, 3).await, Owned::Done(walk.clone()));
    (walk.state, walk.updated_at) = (WalkState::HundredPercent, after(begin, 4));
    assert_eq!(change(by_title, &person, WalkState::HundredPercent, 4).await, Owned::Done(walk.clone()));
    assert_eq!(see(stores, &walk).await, Some(walk));
    assert_eq!(stores.see(title).await.walks_count, 1);
}

/// A walk is removed by its owner alone, once, and its title's count follows.
pub async fn a_walk_is_removed_by_its_owner(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let title = stores.title().await.id;
    let walk = stores.walk(title, person.id(), WalkState::Planned, now()).await;
    let delete = async |by: &Person| stores.walks.delete(walk.id, by.id()).await.expect("an answer");
    assert_eq!(delete(&other).await, Owned::Foreign);
    assert_eq!(see(stores, &walk).await.as_ref(), Some(&walk));
    assert_eq!(delete(&person).await, Owned::Done(()));
    assert_eq!(delete(&person).await, Owned::Absent);
    assert_eq!(see(stores, &walk).await, None);
    assert_eq!(stores.see(title).await.walks_count, 0);
    stores.walk(title, person.id(), WalkState::Planned, now()).await;
}

/// A person's walks, newest first, ties by title, filtered by type and state, in pages.
pub async fn a_persons_walks_are_paged_and_filtered(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let (begin, mut dice, mut all) = (now(), Dice::new(3), Vec::new());
    for _ in 0..30 {
        let title = stores.title_of(*dice.pick(TitleType::ALL), 2000).await;
        let at = later(begin, i64::try_from(dice.roll(5)).expect("few"));
        let walk = stores.walk(title.id, person.id(), *dice.pick(WalkState::ALL), at).await;
        stores.walk(title.id, other.id(), WalkState::Planned, at).await;
        all.push((walk, short_title(&title)));
    }
    all.sort_by_key(|(walk, title)| std::cmp::Reverse((walk.updated_at, title.id)));
    let filters = [
        WalkFilter::default(),
        WalkFilter { kinds: vec![TitleType::Game], states: Vec::new() },
        WalkFilter { kinds: Vec::new(), states: vec![WalkState::Planned, WalkState::Completed] },
        WalkFilter { kinds: vec![TitleType::Movie, TitleType::Anime], states: vec![WalkState::Dropped] },
        WalkFilter { kinds: TitleType::ALL.to_vec(), states: WalkState::ALL.to_vec() },
    ];
    for filter in &filters {
        let wanted: Vec<_> = all
            .iter()
            .filter(|(_, title)| filter.kinds.is_empty() || filter.kinds.contains(&title.kind))
            .filter(|(walk, _)| filter.states.is_empty() || filter.states.contains(&walk.state))
            .cloned()
            .collect();
        for limit in [1, 4, 100] {
            assert_eq!(of_user(stores, person.id(), filter, limit).await, wanted, "{filter:?} by {limit}");
        }
    }
}

/// A title's walks, newest first, ties by person, of all states or some, in pages.
pub async fn a_titles_walks_are_paged_and_filtered(stores: &Stores) {
    let title = stores.title().await.id;
    let other = stores.title().await.id;
    let (begin, mut dice, mut all) = (now(), Dice::new(5), Vec::new());
    for _ in 0..24 {
        let person = stores.person().await;
        let at = later(begin, i64::try_from(dice.roll(5)).expect("few"));
        let walk = stores.walk(title, person.id(), *dice.pick(WalkState::ALL), at).await;
        stores.walk(other, person.id(), WalkState::Planned, at).await;
        all.push((walk, short_user(&person)));
    }
    all.sort_by_key(|(walk, user)| std::cmp::Reverse((walk.updated_at, user.id)));
    let some = [WalkState::Planned, WalkState::HundredPercent, WalkState::Planned];
    for states in [&[][..], &some[..1], &some[..], WalkState::ALL] {
        let wanted: Vec<_> = all
            .iter()
            .filter(|(walk, _)| states.is_empty() || states.contains(&walk.state))
            .cloned()
            .collect();
        for limit in [1, 5, 100] {
            assert_eq!(of_title(stores, title, states, limit).await, wanted, "{states:?} by {limit}");
        }
    }
}

/// An empty list is not the list of somebody or something that is not there.
pub async fn walks_of_nobody_are_none_and_of_a_newcomer_empty(stores: &Stores) {
    let (walks, all) = (&stores.walks, WalkFilter::default());
    let person = stores.person().await.id();
    let title = stores.title().await.id;
    assert!(of_user(stores, person, &all, 5).await.is_empty());
    assert!(of_title(stores, title, &[], 5).await.is_empty());
    assert!(walks.of_user(made::nobody(), &all, first(5)).await.expect("an answer").is_none());
    assert!(walks.of_title(TitleId::new(id()), &[], first(5)).await.expect("an answer").is_none());
}
