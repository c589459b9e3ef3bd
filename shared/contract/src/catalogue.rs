//! What every catalogue does with many titles: lists and search.

use std::cmp::Ordering;
use std::collections::HashSet;

use models::{Order, Search, Title, TitleId, TitleSort, TitleType};
use ports::TitleQuery;

use crate::Stores;
use crate::chance::{Dice, id, now};
use crate::made;
use crate::stores::query;

const SORTS: [TitleSort; 3] = [TitleSort::Id, TitleSort::ReleaseYear, TitleSort::Rating];
const ORDERS: [Order; 2] = [Order::Asc, Order::Desc];

/// The order of a list, as the API describes it: unrated titles last either way, ties by id in its direction.
fn compare(sort: TitleSort, order: Order, a: &Title, b: &Title) -> Ordering {
    let turn = |ordering: Ordering| match order {
        Order::Asc => ordering,
        Order::Desc => ordering.reverse(),
    };
    let value = match sort {
        TitleSort::Id => Ordering::Equal,
        TitleSort::ReleaseYear => turn(a.fields.release_year.cmp(&b.fields.release_year)),
        TitleSort::Rating => match (a.rating, b.rating) {
            (Some(a), Some(b)) => turn(a.cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    };
    value.then(turn(a.id.cmp(&b.id)))
}

/// Titles of one type, of few years and marks, a third of them without any.
async fn shelf(stores: &Stores, kind: TitleType, count: u64) -> Vec<TitleId> {
    let critics = [stores.person().await, stores.person().await];
    let mut dice = Dice::new(7);
    let mut ids = Vec::new();
    for _ in 0..count {
        let title = stores.title_of(kind, 1999 + i64::try_from(dice.roll(4)).expect("few")).await;
        if dice.roll(3) > 0 {
            for critic in &critics[..1 + usize::try_from(dice.roll(2)).expect("few")] {
                let mark = [0, 33, 50, 100][usize::try_from(dice.roll(4)).expect("few")];
                stores.review(title.id, critic.id(), mark, now()).await;
            }
        }
        ids.push(title.id);
    }
    ids
}

/// Reads the whole list, and keeps what is of this test.
async fn own(stores: &Stores, query: &TitleQuery, limit: u16, ids: &[TitleId]) -> Vec<Title> {
    let ids: HashSet<_> = ids.iter().collect();
    let mut titles = stores.list(query, limit).await;
    titles.retain(|title| ids.contains(&title.id));
    titles
}

async fn check(stores: &Stores, query: &TitleQuery, ids: &[TitleId]) {
    let mut wanted = Vec::new();
    for id in ids {
        wanted.push(stores.see(*id).await);
    }
    wanted.sort_by(|a, b| compare(query.sort, query.order, a, b));
    for limit in [1, 3, 7, 100] {
        let listed = own(stores, query, limit, ids).await;
        let ids = |titles: &[Title]| titles.iter().map(|title| title.id).collect::<Vec<_>>();
        assert_eq!(ids(&listed), ids(&wanted), "{query:?}, pages of {limit}");
        assert_eq!(listed, wanted, "whole titles");
    }
}

/// By creation, in both directions.
pub async fn pages_by_id_neither_skip_nor_repeat(stores: &Stores) {
    let ids = shelf(stores, TitleType::Series, 25).await;
    for order in ORDERS {
        check(stores, &query(TitleType::Series, TitleSort::Id, order), &ids).await;
    }
}

/// By year, in both directions, where many are of the same year.
pub async fn pages_by_year_neither_skip_nor_repeat(stores: &Stores) {
    let ids = shelf(stores, TitleType::Anime, 25).await;
    for order in ORDERS {
        check(stores, &query(TitleType::Anime, TitleSort::ReleaseYear, order), &ids).await;
    }
}

/// By rating, in both directions, where many have the same or none: unrated ones come last either way.
pub async fn pages_by_rating_neither_skip_nor_repeat(stores: &Stores) {
    let ids = shelf(stores, TitleType::Movie, 40).await;
    for order in ORDERS {
        let query = query(TitleType::Movie, TitleSort::Rating, order);
        check(stores, &query, &ids).await;
        let listed = own(stores, &query, 100, &ids).await;
        let rated = listed.iter().take_while(|title| title.rating.is_some()).count();
        assert!(rated > 0 && rated < listed.len());
        assert!(listed[rated..].iter().all(|title| title.rating.is_none()));
        for tied in listed.windows(2).filter(|two| two[0].rating == two[1].rating) {
            assert_eq!(tied[0].id < tied[1].id, order == Order::Asc);
        }
    }
}

/// A list is of one type.
pub async fn types_are_never_mixed(stores: &Stores) {
    let mut ids = Vec::new();
    for kind in TitleType::ALL {
        ids.push(stores.title_of(*kind, 2000).await.id);
    }
    for (kind, id) in TitleType::ALL.iter().zip(&ids) {
        for sort in SORTS {
            let listed = own(stores, &query(*kind, sort, Order::Asc), 100, &ids).await;
            assert_eq!(listed.iter().map(|title| title.id).collect::<Vec<_>>(), [*id]);
        }
    }
}

/// What is there during the whole reading is seen exactly once, whatever comes and goes meanwhile.
pub async fn a_list_stays_whole_while_others_come_and_go(stores: &Stores) {
    let person = stores.person().await;
    let kind = TitleType::Game;
    let (mut stay, mut go) = (Vec::new(), Vec::new());
    for n in 0..30 {
        let title = stores.title_of(kind, 2000 + n % 3).await;
        if n % 3 == 2 { go.push(title.id) } else { stay.push(title.id) }
    }
    let list = query(kind, TitleSort::ReleaseYear, Order::Desc);
    let go = std::sync::Mutex::new(go);
    let mut seen = crate::stores::pages(4, async |page| {
        stores.title_of(kind, 2001).await;
        let gone = go.lock().expect("nobody panicked").pop();
        if let Some(gone) = gone {
            stores.titles.delete(gone, person.id(), false).await?;
        }
        stores.titles.list(&list, page).await
    })
    .await
    .into_iter()
    .map(|title| title.id)
    .filter(|id| stay.contains(id))
    .collect::<Vec<_>>();
    seen.sort_unstable();
    assert_eq!(seen, stay);
}

/// The names of the titles that a query finds, those of this test.
async fn finds(stores: &Stores, words: &str, ids: &[TitleId]) -> HashSet<TitleId> {
    let search = Search::parse(words).expect("a query");
    let query = TitleQuery { search, ..query(TitleType::Movie, TitleSort::Id, Order::Asc) };
    own(stores, &query, 2, ids).await.into_iter().map(|title| title.id).collect()
}

/// Every word of the query is the beginning of some word of the name; case, `ё` and diacritics do not count, `й`
/// is a letter of its own.
pub async fn search_compares_words_by_their_beginnings(stores: &Stores) {
    let word = made::some_word();
    let names = [
        "Унесённые призраками",
        "Мой сосед Тоторо",
        "Amélie: Le Fabuleux Destin",
        "Half-Life 2",
        "Ёлки 1914",
        "千と千尋の神隠し",
    ];
    let mut ids = Vec::new();
    for name in names {
        let title = made::title(&format!("{name} {word}"), TitleType::Movie, 2000);
        ids.push(stores.add_title(title).await.id);
    }
    let story: [(&str, &[usize]); 16] = [
        ("", &[0, 1, 2, 3, 4, 5]),
        ("унес", &[0]),
        ("УНЕСЁН при", &[0]),
        ("при унес", &[0]),
        ("раками", &[]),
        ("мой", &[1]),
        ("мои", &[]),
        ("amelie", &[2]),
        ("DÉSTIN amé", &[2]),
        ("life", &[3]),
        ("half-life", &[3]),
        ("2", &[3]),
        ("елки 19", &[4]),
        ("е", &[4]),
        ("千と", &[5]),
        ("унес тоторо", &[]),
    ];
    for (words, wanted) in story {
        let wanted: HashSet<_> = wanted.iter().map(|n| ids[*n]).collect();
        assert_eq!(finds(stores, &format!("{words} {word}"), &ids).await, wanted, "{words:?}");
    }
    assert!(finds(stores, &format!("{word} {}", made::some_word()), &ids).await.is_empty());
    assert!(finds(stores, &format!("{word}x"), &ids).await.is_empty());
}

/// A query of marks alone finds nothing.
pub async fn a_search_of_marks_finds_nothing(stores: &Stores) {
    let title = stores.add_title(made::title(&format!("!!! {}", id()), TitleType::Movie, 2000)).await;
    assert!(finds(stores, "!!!", &[title.id]).await.is_empty());
    assert!(finds(stores, "% _", &[title.id]).await.is_empty());
}

/// A search goes with every sort and order, in pages.
pub async fn a_search_is_sorted_and_paged(stores: &Stores) {
    let critic = stores.person().await;
    let word = made::some_word();
    let mut dice = Dice::new(11);
    let mut ids = Vec::new();
    for n in 0..24 {
        let name = if n % 4 == 3 { format!("Other {n}") } else { format!("Found {n} {word}ness") };
        let year = 1990 + i64::try_from(dice.roll(3)).expect("few");
        let title = stores.add_title(made::title(&name, TitleType::Game, year)).await;
        if dice.roll(3) > 0 {
            let mark = *dice.pick(&[10, 20]);
            stores.review(title.id, critic.id(), mark, now()).await;
        }
        if n % 4 != 3 {
            ids.push(title.id);
        }
    }
    for sort in SORTS {
        for order in ORDERS {
            let search = Search::parse(&format!("fo {word}")).expect("a query");
            let query = TitleQuery { search, ..query(TitleType::Game, sort, order) };
            check(stores, &query, &ids).await;
            assert_eq!(stores.list(&query, 100).await.len(), ids.len(), "nothing else is found");
        }
    }
}

/// Search knows the name and the type that a title has now.
pub async fn search_follows_a_change(stores: &Stores) {
    let person = stores.person().await;
    let (old, new) = (made::some_word(), made::some_word());
    let title = stores.add_title(made::title(&format!("Kept {old}"), TitleType::Game, 2000)).await;
    let found = async |kind, word: &str| {
        let search = Search::parse(&format!("kept {word}")).expect("a query");
        let query = TitleQuery { search, ..query(kind, TitleSort::Rating, Order::Desc) };
        own(stores, &query, 10, &[title.id]).await.len()
    };
    let change = async |patch| {
        stores.titles.change(title.id, patch, person.id(), id(), now()).await.expect("an answer")
    };
    assert_eq!(found(TitleType::Game, &old).await, 1);
    let name = Some(made::name(&format!("Kept {new}")));
    change(ports::TitlePatch { name, ..Default::default() }).await;
    assert_eq!((found(TitleType::Game, &old).await, found(TitleType::Game, &new).await), (0, 1));
    change(ports::TitlePatch { kind: Some(TitleType::Anime), ..Default::default() }).await;
    assert_eq!((found(TitleType::Game, &new).await, found(TitleType::Anime, &new).await), (0, 1));
    stores.titles.delete(title.id, person.id(), false).await.expect("deleted");
    assert_eq!(found(TitleType::Anime, &new).await, 0);
}
