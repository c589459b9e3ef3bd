//! What every store of reviews does.

use futures::future::join_all;
use models::{
    Average, FullReview, Order, Review, ReviewId, ReviewSort, ShortTitle, ShortUser, TitleId, TitleType,
    UserId,
};
use ports::{Conflict, Error, Owned, ReviewPatch, ReviewRef};

use crate::Stores;
use crate::chance::{Dice, after, id, later, now};
use crate::made;
use crate::stores::{Person, first, pages};
use crate::walks::{short_title, short_user};

async fn of_user(
    stores: &Stores,
    user: UserId,
    kinds: &[TitleType],
    limit: u16,
) -> Vec<(Review, ShortTitle)> {
    pages(limit, async |page| {
        Ok(stores.reviews.of_user(user, kinds, page).await?.expect("the person is there"))
    })
    .await
}

async fn of_title(
    stores: &Stores,
    title: TitleId,
    (sort, order): (ReviewSort, Order),
    limit: u16,
) -> Vec<(Review, ShortUser)> {
    pages(limit, async |page| {
        Ok(stores.reviews.of_title(title, sort, order, page).await?.expect("the title is there"))
    })
    .await
}

async fn see(stores: &Stores, review: &Review) -> Option<Review> {
    stores.reviews.find(review.id).await.expect("an answer").map(|full| full.review)
}

async fn rating(stores: &Stores, title: TitleId) -> (Option<Average>, u32) {
    let title = stores.see(title).await;
    (title.rating, title.reviews_count)
}

fn patch(mark: Option<i64>, text: Option<&str>) -> ReviewPatch {
    ReviewPatch { rating: mark.map(made::rating), text: text.map(made::text) }
}

/// Everything that was written is there, with both ends, at both ends of what may be written.
pub async fn a_review_reads_back_whole(stores: &Stores) {
    let person = stores.person().await;
    for (mark, text) in [(0, String::new()), (100, "ы".repeat(10_000))] {
        let title = stores.title().await;
        let mut review = made::review(title.id, person.id(), mark, now());
        review.text = made::text(&text);
        review.updated_at = after(review.created_at, 9);
        assert!(stores.reviews.add(&review).await.expect("added"));
        let title = stores.see(title.id).await;
        let found = stores.reviews.find(review.id).await.expect("an answer");
        let full = FullReview { review, title: short_title(&title), user: short_user(&person) };
        assert_eq!(found, Some(full));
        assert_eq!((title.rating, title.reviews_count), (Average::of(mark, 1), 1));
    }
    assert!(stores.reviews.find(ReviewId::new(id())).await.expect("an answer").is_none());
}

/// A review of no title, or by nobody, is not added.
pub async fn a_review_of_no_title_is_not_added(stores: &Stores) {
    let person = stores.person().await;
    let review = made::review(TitleId::new(id()), person.id(), 50, now());
    assert!(!stores.reviews.add(&review).await.expect("an answer"));
    let title = stores.title().await.id;
    let ghost = made::review(title, made::nobody(), 50, now());
    assert!(!stores.reviews.add(&ghost).await.expect("an answer"));
    assert_eq!((see(stores, &review).await, see(stores, &ghost).await), (None, None));
    assert_eq!(rating(stores, title).await, (None, 0));
}

/// A second review by a person of a title is refused, and the first told; the same one again is no second.
pub async fn a_second_review_is_refused(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await.id;
    let review = stores.review(title, person.id(), 70, now()).await;
    assert!(stores.reviews.add(&review).await.expect("the same"));
    let second = made::review(title, person.id(), 10, now());
    match stores.reviews.add(&second).await {
        Err(Error::Conflict(Conflict::ReviewExists(existing))) => assert_eq!(existing, review.id),
        other => panic!("{other:?}"),
    }
    assert_eq!(see(stores, &review).await, Some(review));
    assert_eq!(rating(stores, title).await, (Average::of(70, 1), 1));
}

/// However many come at once, there is one (DB-1), and it counts once.
pub async fn of_50_equal_reviews_at_once_one_is_added(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await.id;
    let new: Vec<_> = (0..50).map(|n| made::review(title, person.id(), n, now())).collect();
    let answers = join_all(new.iter().map(|review| stores.reviews.add(review))).await;
    let added: Vec<_> = new.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).collect();
    assert_eq!(added.len(), 1);
    let (added, _) = added[0];
    for answer in &answers {
        match answer {
            Ok(done) => assert!(done),
            Err(Error::Conflict(Conflict::ReviewExists(existing))) => assert_eq!(*existing, added.id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(rating(stores, title).await, (Average::of(added.rating.get().into(), 1), 1));
}

/// A review changes by its id or its title, for its author alone, and `updated_at` moves only with mark or words.
pub async fn a_review_is_changed_by_its_author(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let title = stores.title().await.id;
    let begin = now();
    stores.review(title, other.id(), 100, begin).await;
    let mut review = stores.review(title, person.id(), 50, begin).await;
    let stranger = stores.person().await;
    let change = async |which, by: &Person, patch, at| {
        stores.reviews.change(which, by.id(), patch, after(begin, at)).await.expect("an answer")
    };
    let (by_id, by_title) = (ReviewRef::Id(review.id), ReviewRef::OfTitle(title));
    let all = patch(Some(1), Some("x"));
    assert_eq!(change(by_id, &stranger, all.clone(), 1).await, Owned::Foreign);
    assert_eq!(change(by_title, &stranger, all.clone(), 1).await, Owned::Absent);
    assert_eq!(change(ReviewRef::Id(ReviewId::new(id())), &person, all, 1).await, Owned::Absent);
    let same = patch(Some(50), Some(review.text.as_str()));
    for same in [same, ReviewPatch::default()] {
        assert_eq!(change(by_id, &person, same, 2).await, Owned::Done(review.clone()));
    }
    assert_eq!(rating(stores, title).await, (Average::of(150, 2), 2));
    (review.rating, review.updated_at) = (made::rating(25), after(begin, 3));
    assert_eq!(change(by_id, &person, patch(Some(25), None), 3).await, Owned::Done(review.clone()));
    assert_eq!(rating(stores, title).await, (Average::of(125, 2), 2));
    (review.text, review.updated_at) = (made::text(""), after(begin, 4));
    assert_eq!(change(by_title, &person, patch(None, Some("")), 4).await, Owned::Done(review.clone()));
    assert_eq!(see(stores, &review).await, Some(review));
    assert_eq!(rating(stores, title).await, (Average::of(125, 2), 2));
}

/// A review is removed by its author alone, once, and its title's rating follows.
pub async fn a_review_is_removed_by_its_author(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let title = stores.title().await.id;
    let review = stores.review(title, person.id(), 30, now()).await;
    stores.review(title, other.id(), 60, now()).await;
    let delete = async |by: &Person| stores.reviews.delete(review.id, by.id()).await.expect("an answer");
    assert_eq!(delete(&other).await, Owned::Foreign);
    assert_eq!(rating(stores, title).await, (Average::of(90, 2), 2));
    assert_eq!(delete(&person).await, Owned::Done(()));
    assert_eq!(delete(&person).await, Owned::Absent);
    assert_eq!(see(stores, &review).await, None);
    assert_eq!(rating(stores, title).await, (Average::of(60, 1), 1));
    stores.review(title, person.id(), 90, now()).await;
    assert_eq!(rating(stores, title).await, (Average::of(150, 2), 2));
}

/// A person's reviews, newest first, ties by title, filtered by type, in pages.
pub async fn a_persons_reviews_are_paged_and_filtered(stores: &Stores) {
    let person = stores.person().await;
    let (begin, mut dice, mut all) = (now(), Dice::new(13), Vec::new());
    for _ in 0..24 {
        let title = stores.title_of(*dice.pick(TitleType::ALL), 2000).await;
        let at = later(begin, i64::try_from(dice.roll(5)).expect("few"));
        let review = stores.review(title.id, person.id(), 50, at).await;
        all.push((review, short_title(&stores.see(title.id).await)));
    }
    all.sort_by_key(|(review, title)| std::cmp::Reverse((review.updated_at, title.id)));
    for kinds in [&[][..], &[TitleType::Game], &[TitleType::Movie, TitleType::Anime], TitleType::ALL] {
        let wanted: Vec<_> = all
            .iter()
            .filter(|(_, title)| kinds.is_empty() || kinds.contains(&title.kind))
            .cloned()
            .collect();
        for limit in [1, 4, 100] {
            assert_eq!(of_user(stores, person.id(), kinds, limit).await, wanted, "{kinds:?} by {limit}");
        }
    }
}

/// A title's reviews by last change or by mark, in both directions, ties by person in that direction, in pages.
pub async fn a_titles_reviews_are_paged_in_every_order(stores: &Stores) {
    let title = stores.title().await.id;
    let (begin, mut dice, mut all) = (now(), Dice::new(17), Vec::new());
    for _ in 0..24 {
        let person = stores.person().await;
        let at = later(begin, i64::try_from(dice.roll(5)).expect("few"));
        let mark = i64::try_from(dice.roll(3) * 50).expect("a mark");
        let review = stores.review(title, person.id(), mark, at).await;
        all.push((review, short_user(&person)));
    }
    for sort in [ReviewSort::UpdatedAt, ReviewSort::Rating] {
        for order in [Order::Asc, Order::Desc] {
            match sort {
                ReviewSort::UpdatedAt => all.sort_by_key(|(review, user)| (review.updated_at, user.id)),
                ReviewSort::Rating => all.sort_by_key(|(review, user)| (review.rating, user.id)),
            }
            if order == Order::Desc {
                all.reverse();
            }
            for limit in [1, 5, 100] {
                let listed = of_title(stores, title, (sort, order), limit).await;
                assert_eq!(listed, all, "{sort:?} {order:?} by {limit}");
            }
        }
    }
}

/// An empty list is not the list of somebody or something that is not there.
pub async fn reviews_of_nobody_are_none_and_of_a_newcomer_empty(stores: &Stores) {
    let person = stores.person().await.id();
    let title = stores.title().await.id;
    let newest = (ReviewSort::UpdatedAt, Order::Desc);
    assert!(of_user(stores, person, &[], 5).await.is_empty());
    assert!(of_title(stores, title, newest, 5).await.is_empty());
    let reviews = &stores.reviews;
    assert!(reviews.of_user(made::nobody(), &[], first(5)).await.expect("an answer").is_none());
    let none = reviews.of_title(TitleId::new(id()), newest.0, newest.1, first(5)).await;
    assert!(none.expect("an answer").is_none());
}
