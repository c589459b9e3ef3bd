//! What every store promises of a title's rating and counts, whatever happens at once (DB-2).

use futures::future::join_all;
use models::{Average, Order, ReviewSort, TitleId, WalkState};
use ports::{Error, Owned, ReviewPatch, ReviewRef};

use crate::Stores;
use crate::chance::{Dice, now};
use crate::made;
use crate::stores::{Person, pages};

/// Compares what a title says with the records that hang on it.
async fn assert_exact(stores: &Stores, title: TitleId) -> usize {
    let reviews = pages(100, async |page| {
        let (sort, order) = (ReviewSort::Rating, Order::Asc);
        Ok(stores.reviews.of_title(title, sort, order, page).await?.expect("the title is there"))
    })
    .await;
    let walks = pages(100, async |page| {
        Ok(stores.walks.of_title(title, &[], page).await?.expect("the title is there"))
    })
    .await;
    let sum = reviews.iter().map(|(review, _)| i64::from(review.rating.get())).sum();
    let said = stores.see(title).await;
    assert_eq!(said.rating, Average::of(sum, i64::try_from(reviews.len()).expect("few")));
    assert_eq!(usize::try_from(said.reviews_count).ok(), Some(reviews.len()));
    assert_eq!(usize::try_from(said.walks_count).ok(), Some(walks.len()));
    reviews.len() + walks.len()
}

/// There may be one already; there may not be no answer.
fn answered(answer: Result<bool, Error>) {
    if let Err(Error::Unavailable(why)) = answer {
        panic!("{why:?}");
    }
}

/// Somebody who does things of chance to these titles.
async fn act(stores: &Stores, person: &Person, titles: &[TitleId], (seed, times): (u64, u32)) {
    let mut dice = Dice::new(seed);
    for _ in 0..times {
        let title = *dice.pick(titles);
        let mark = i64::try_from(dice.roll(101)).expect("a mark");
        match dice.roll(6) {
            0 | 1 => {
                answered(stores.reviews.add(&made::review(title, person.id(), mark, now())).await);
            }
            2 => {
                let patch = ReviewPatch { rating: Some(made::rating(mark)), text: None };
                let which = ReviewRef::OfTitle(title);
                stores.reviews.change(which, person.id(), patch, now()).await.expect("an answer");
            }
            3 => {
                let found = stores.titles.find(title, person.id()).await.expect("an answer");
                if let Some(review) = found.and_then(|found| found.my_review) {
                    let gone = stores.reviews.delete(review.id, person.id()).await.expect("an answer");
                    assert_ne!(gone, Owned::Foreign);
                }
            }
            4 => {
                let walk = made::walk(title, person.id(), WalkState::Planned, now());
                answered(stores.walks.add(&walk).await);
            }
            _ => {
                let found = stores.titles.find(title, person.id()).await.expect("an answer");
                if let Some(walk) = found.and_then(|found| found.my_walk) {
                    stores.walks.delete(walk.id, person.id()).await.expect("an answer");
                }
            }
        }
    }
}

/// Thousands of additions, changes and removals at once, two hands of the same person among them.
pub async fn ratings_are_exact_after_many_changes_at_once(stores: &Stores) {
    let mut titles = Vec::new();
    for _ in 0..4 {
        titles.push(stores.title().await.id);
    }
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(stores.person().await);
    }
    let hands = (0..16).map(|n| act(stores, &people[n % 8], &titles, (n as u64, 200)));
    join_all(hands).await;
    let mut left = 0;
    for title in titles {
        left += assert_exact(stores, title).await;
    }
    assert!(left > 0, "something is left to compare");
}

/// Accounts and titles that go meanwhile take along what is theirs, and nothing else.
pub async fn ratings_are_exact_while_accounts_and_titles_go(stores: &Stores) {
    let moderator = stores.person().await;
    let mut titles = Vec::new();
    for _ in 0..6 {
        titles.push(stores.title().await.id);
    }
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(stores.person().await);
    }
    let acting = people.iter().zip(0..).map(|(person, n)| act(stores, person, &titles, (100 + n, 60)));
    let leaving = people[4..].iter().map(|person| async {
        act(stores, person, &titles, (7, 10)).await;
        assert!(stores.users.delete(person.id(), person.hash()).await.expect("an answer").is_some());
    });
    let removing = titles[4..].iter().map(|title| async {
        act(stores, &moderator, &titles, (9, 10)).await;
        let gone = stores.titles.delete(*title, moderator.id(), true).await.expect("an answer");
        assert!(gone.is_some());
    });
    futures::future::join3(join_all(acting), join_all(leaving), join_all(removing)).await;
    for title in &titles[..4] {
        assert_exact(stores, *title).await;
    }
    for title in &titles[4..] {
        assert!(stores.titles.find(*title, moderator.id()).await.expect("an answer").is_none());
    }
    for person in &people[4..] {
        assert!(stores.users.find(person.id()).await.expect("an answer").is_none());
    }
}

/// A mean in tenths, rounded half up, as the models round it.
pub async fn a_mean_is_rounded_half_up(stores: &Stores) {
    let mut critics = Vec::new();
    for _ in 0..20 {
        critics.push(stores.person().await.id());
    }
    for marks in [vec![0], vec![100, 100], vec![33, 33, 34], vec![66, 67, 67], vec![0, 1], vec![1, 2, 2, 2]] {
        let title = stores.title().await.id;
        for (critic, mark) in critics.iter().zip(&marks) {
            stores.review(title, *critic, *mark, now()).await;
        }
        let count = i64::try_from(marks.len()).expect("few");
        assert_eq!(stores.see(title).await.rating, Average::of(marks.iter().sum(), count), "{marks:?}");
    }
    let title = stores.title().await.id;
    for (n, critic) in critics.iter().enumerate() {
        stores.review(title, *critic, i64::from(n == 0), now()).await;
    }
    assert_eq!(stores.see(title).await.rating.map(Average::tenths), Some(1), "0.05 is 0.1");
}
