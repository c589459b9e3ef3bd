//! What every catalogue does with one title.

use futures::future::join_all;
use models::{Change, Description, FieldChange, Name, ShortUser, Title, TitleType, WalkState};
use ports::{Conflict, Error, TitlePatch};

use crate::Stores;
use crate::chance::{after, id, now};
use crate::made;
use crate::stores::{Person, first, pages};

fn exists<T: std::fmt::Debug>(answer: Result<T, Error>, existing: &Title) {
    match answer {
        Err(Error::Conflict(Conflict::TitleExists(id))) => assert_eq!(id, existing.id),
        other => panic!("it was to exist, not {other:?}"),
    }
}

fn renamed(name: &str) -> TitlePatch {
    TitlePatch { name: Some(made::name(name)), ..TitlePatch::default() }
}

async fn history(stores: &Stores, title: &Title) -> Vec<Change> {
    pages(2, async |page| Ok(stores.titles.history(title.id, page).await?.expect("the title is there"))).await
}

fn short(person: &Person) -> ShortUser {
    ShortUser { id: person.id(), username: person.new.username.clone(), avatar: None }
}

/// Everything that was written is there, as it was written, at both ends of what may be written.
pub async fn a_title_reads_back_whole(stores: &Stores) {
    let long = "я".repeat(180) + &made::some_word();
    for (name, text, year) in
        [(long.as_str(), "ы".repeat(10_000), 9999), (&made::some_word(), String::new(), 1870)]
    {
        let mut title = made::title(name, TitleType::Anime, year);
        title.fields.description = made::description(&text);
        title.updated_at = after(title.created_at, 7);
        stores.titles.add(title.clone()).await.expect("added");
        let found = stores.titles.find(title.id, made::nobody()).await.expect("an answer").expect("there");
        assert_eq!((found.title, found.my_walk, found.my_review), (title, None, None));
    }
    assert!(
        stores
            .titles
            .find(made::title("x", TitleType::Game, 2000).id, made::nobody())
            .await
            .expect("an answer")
            .is_none()
    );
}

/// A name whose key is many times as long as the name is a name as well.
pub async fn a_name_of_ligatures_is_kept(stores: &Stores) {
    let name = "\u{fdfa}".repeat(180) + &made::some_word();
    let title = stores.add_title(made::title(&name, TitleType::Game, 2000)).await;
    assert_eq!(stores.see(title.id).await, title);
    exists(stores.titles.add(made::title(&name, TitleType::Game, 2000)).await, &title);
    let other = "\u{fdfa}".repeat(180) + "a " + &made::some_word();
    stores.add_title(made::title(&other, TitleType::Game, 2000)).await;
}

/// An addition whose answer was lost may come again.
pub async fn adding_a_title_twice_is_once(stores: &Stores) {
    let title = stores.title().await;
    stores.titles.add(title.clone()).await.expect("the same");
    assert_eq!(stores.see(title.id).await, title);
}

/// Type, name and year together are one title's, and the name is compared as search compares it.
pub async fn a_title_is_there_once(stores: &Stores) {
    let word = made::some_word();
    let title = stores.add_title(made::title(&format!("Ёлки: {word}!"), TitleType::Movie, 2010)).await;
    for same in [format!("елки {word}"), format!("  ЁЛКИ — {}", word.to_uppercase())] {
        exists(stores.titles.add(made::title(&same, TitleType::Movie, 2010)).await, &title);
    }
    stores.add_title(made::title(&format!("Ёлки {word}"), TitleType::Movie, 2011)).await;
    stores.add_title(made::title(&format!("Ёлки {word}"), TitleType::Series, 2010)).await;
    stores.add_title(made::title(&format!("{word} Ёлки"), TitleType::Movie, 2010)).await;
}

/// Of equal titles added at once one is there, and the others are told which.
pub async fn of_equal_titles_at_once_one_is_added(stores: &Stores) {
    let name = made::some_name();
    let new: Vec<_> = (0..20).map(|_| made::title(&name, TitleType::Game, 2000)).collect();
    let answers = join_all(new.iter().map(|title| stores.titles.add(title.clone()))).await;
    let added: Vec<_> = new.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).collect();
    assert_eq!(added.len(), 1);
    let added = added[0].0;
    for answer in answers.into_iter().filter(Result::is_err) {
        exists(answer, added);
    }
    assert_eq!(stores.see(added.id).await, *added);
}

/// A title comes with the viewer's own records and nobody else's.
pub async fn a_title_comes_with_the_viewers_records(stores: &Stores) {
    let (viewer, other) = (stores.person().await, stores.person().await);
    let title = stores.title().await.id;
    stores.walk(title, other.id(), WalkState::Dropped, now()).await;
    stores.review(title, other.id(), 10, now()).await;
    let walk = stores.walk(title, viewer.id(), WalkState::OnHold, now()).await;
    let page = stores.titles.find(title, viewer.id()).await.expect("an answer").expect("there");
    assert_eq!((page.my_walk.as_ref(), page.my_review.as_ref()), (Some(&walk), None));
    let review = stores.review(title, viewer.id(), 85, now()).await;
    let page = stores.titles.find(title, viewer.id()).await.expect("an answer").expect("there");
    assert_eq!((page.my_walk, page.my_review), (Some(walk), Some(review)));
    assert_eq!((page.title.walks_count, page.title.reviews_count), (2, 2));
}

/// What a patch names changes, and the history tells it.
pub async fn a_title_changes_and_its_history_tells(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await;
    let (old, mut wanted) = (title.fields.clone(), title.clone());
    let all = TitlePatch {
        name: Some(made::name(&made::some_name())),
        description: Some(made::description("новое")),
        kind: Some(TitleType::Series),
        release_year: Some(made::year(1999)),
    };
    wanted.fields.name = all.name.clone().expect("named");
    wanted.fields.description = all.description.clone().expect("named");
    (wanted.fields.kind, wanted.fields.release_year) = (TitleType::Series, made::year(1999));
    wanted.updated_at = after(title.updated_at, 60);
    let change = async |patch, at| {
        let changed = stores.titles.change(title.id, patch, person.id(), id(), at).await;
        changed.expect("an answer").expect("the title is there")
    };
    assert_eq!(change(all, wanted.updated_at).await, wanted);
    assert_eq!(stores.see(title.id).await, wanted);
    let cover = made::picture("covers");
    let at = after(title.updated_at, 120);
    let set = stores.titles.set_cover(title.id, cover.clone(), person.id(), id(), at).await;
    let set = set.expect("an answer").expect("the title is there");
    let fields = old.changes_to(&wanted.fields);
    assert_eq!(fields.len(), 4);
    wanted.cover = Some(cover.clone());
    wanted.updated_at = at;
    assert_eq!((&set.title, set.replaced), (&wanted, None));
    let told =
        |changed_at, changes| Change { title_id: title.id, changed_at, user: Some(short(&person)), changes };
    let covered = vec![FieldChange::Cover(None, Some(cover))];
    assert_eq!(history(stores, &title).await, [told(at, covered), told(after(title.updated_at, 60), fields)]);
}

/// A change to what is there already is none.
pub async fn a_change_to_the_same_changes_nothing(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await;
    let fields = title.fields.clone();
    let same = TitlePatch {
        name: Some(fields.name),
        description: Some(fields.description),
        kind: Some(fields.kind),
        release_year: Some(fields.release_year),
    };
    for patch in [same, TitlePatch::default()] {
        let at = after(title.updated_at, 60);
        let changed = stores.titles.change(title.id, patch, person.id(), id(), at).await.expect("an answer");
        assert_eq!(changed.as_ref(), Some(&title));
    }
    assert_eq!(stores.see(title.id).await, title);
    assert!(history(stores, &title).await.is_empty());
}

/// A cover takes the place of the one before, which is told; set twice, it is not told as replaced.
pub async fn a_cover_replaces_the_one_before(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await;
    let covers = [made::picture("covers"), made::picture("covers")];
    let story = [(0, None), (1, Some(0)), (1, None)];
    for (n, (cover, replaced)) in story.into_iter().enumerate() {
        let at = after(title.updated_at, i64::try_from(n).expect("few"));
        let set = stores.titles.set_cover(title.id, covers[cover].clone(), person.id(), id(), at).await;
        let set = set.expect("an answer").expect("the title is there");
        assert_eq!(set.title.cover.as_ref(), Some(&covers[cover]));
        assert_eq!(set.replaced.as_ref(), replaced.map(|n: usize| &covers[n]));
    }
    assert_eq!(history(stores, &title).await.len(), 2);
}

/// A change that would make two titles equal is refused whole.
pub async fn a_title_does_not_take_anothers_place(stores: &Stores) {
    let person = stores.person().await;
    let (title, other) = (stores.title().await, stores.title().await);
    let patch = TitlePatch {
        description: Some(Description::try_from("другое".to_owned()).expect("a text")),
        ..renamed(&other.fields.name.as_str().to_uppercase())
    };
    let answer = stores.titles.change(title.id, patch, person.id(), id(), now()).await;
    exists(answer, &other);
    assert_eq!(stores.see(title.id).await, title);
    assert!(history(stores, &title).await.is_empty());
    let own = renamed(&title.fields.name.as_str().to_uppercase());
    let changed = stores.titles.change(title.id, own, person.id(), id(), now()).await;
    assert!(changed.expect("its own place").is_some());
    stores.add_title(made::title(&made::some_name(), TitleType::Game, 2001)).await;
}

/// Changes made at once all happen, one after another: each begins with what the one before left.
pub async fn changes_at_once_follow_one_another(stores: &Stores) {
    let person = stores.person().await;
    let title = stores.title().await;
    let names: Vec<Name> = (0..8).map(|_| made::name(&made::some_name())).collect();
    let changes = names.iter().enumerate().map(|(n, name)| {
        let at = after(title.updated_at, 1 + i64::try_from(n).expect("few"));
        stores.titles.change(title.id, renamed(name.as_str()), person.id(), id(), at)
    });
    for answer in join_all(changes).await {
        assert!(answer.expect("an answer").is_some());
    }
    let mut steps: Vec<(Name, Name)> = Vec::new();
    for change in history(stores, &title).await {
        match change.changes.as_slice() {
            [FieldChange::Name(old, new)] => steps.push((old.clone(), new.clone())),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(steps.len(), names.len());
    let mut at = title.fields.name.clone();
    while let Some(step) = steps.iter().position(|(old, _)| *old == at) {
        at = steps.remove(step).1;
    }
    assert!(steps.is_empty(), "each change begins where another ended");
    assert_eq!(stores.see(title.id).await.fields.name, at);
}

/// A person's changes are theirs, newest first; what is not there has no history.
pub async fn changes_are_found_by_title_and_by_person(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let titles = [stores.title().await, stores.title().await];
    for n in 0..6 {
        let (title, by) = (&titles[n % 2], if n == 3 { &other } else { &person });
        let at = after(title.updated_at, i64::try_from(n).expect("few"));
        let patch = renamed(&made::some_name());
        stores.titles.change(title.id, patch, by.id(), id(), at).await.expect("an answer");
    }
    let by = async |person: &Person| {
        pages(2, async |page| stores.titles.changes_by(person.id(), page).await).await
    };
    let own = by(&person).await;
    assert_eq!(own.len(), 5);
    assert!(own.windows(2).all(|two| two[0].changed_at > two[1].changed_at));
    assert!(own.iter().all(|change| change.user.as_ref() == Some(&short(&person))));
    assert_eq!(by(&other).await.len(), 1);
    assert_eq!(history(stores, &titles[1]).await.len(), 3);
    let absent = made::title("x", TitleType::Game, 2000).id;
    assert!(stores.titles.history(absent, first(5)).await.expect("an answer").is_none());
    let changed = stores.titles.change(absent, renamed("y"), person.id(), id(), now()).await;
    assert!(changed.expect("an answer").is_none());
    let cover = made::picture("covers");
    let set = stores.titles.set_cover(absent, cover, person.id(), id(), now()).await;
    assert!(set.expect("an answer").is_none());
}
