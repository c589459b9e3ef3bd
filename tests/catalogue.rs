//! `GET /api/v1/titles`: filter, sort, search, pages and cursors.

use serde_json::{Value, json};

use crate::support::{Person, World, next_page};

/// Names, years and the mark that each has, in the order of creation. Marks of one reviewer are the rating.
const SHELF: [(&str, i32, Option<i32>); 9] = [
    ("Alpha", 2005, None),
    ("Beta", 1999, Some(50)),
    ("Gamma", 2005, Some(80)),
    ("Delta", 2010, Some(80)),
    ("Epsilon", 1999, None),
    ("Zeta", 2005, Some(0)),
    ("Eta", 2020, Some(100)),
    ("Theta", 2010, None),
    ("Iota", 1870, Some(80)),
];

/// Fills the shelf, with a title of every other type beside it.
async fn fill(person: &Person<'_>) {
    for (name, year, mark) in SHELF {
        let title = person.add_title("game", name, year).await;
        if let Some(mark) = mark {
            person.add_review(&title, mark).await;
        }
    }
    for kind in ["movie", "series", "anime"] {
        person.add_title(kind, "Alpha", 2005).await;
    }
}

/// The names of the shelf as a list is to have them; unrated ones last, ties by creation in the same direction.
fn sorted(sort: &str, descending: bool) -> Vec<&'static str> {
    let mut shelf: Vec<_> = SHELF.iter().enumerate().collect();
    shelf.sort_by_key(|(place, (_, year, mark))| match sort {
        "release_year" => (*year, *place),
        "rating" => (mark.unwrap_or(-1), *place),
        _ => (0, *place),
    });
    if descending {
        shelf.reverse();
    }
    if sort == "rating" {
        shelf.sort_by_key(|(_, (_, _, mark))| mark.is_none());
    }
    shelf.iter().map(|(_, (name, _, _))| *name).collect()
}

#[tokio::test]
async fn every_sort_is_read_page_by_page_without_a_gap_or_a_repeat() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    fill(&anna).await;
    for sort in ["id", "release_year", "rating"] {
        for (order, descending) in [("asc", false), ("desc", true)] {
            let wanted = sorted(sort, descending);
            for limit in [1, 2, 4, 9, 100] {
                let path = format!("/api/v1/titles?type=game&sort={sort}&order={order}&limit={limit}");
                assert_eq!(anna.whole(&path, "/name").await, wanted, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_list_is_by_creation_and_the_other_sorts_go_down_unless_asked_otherwise() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    fill(&anna).await;
    for (query, wanted) in [
        ("", sorted("id", false)),
        ("&sort=id", sorted("id", false)),
        ("&order=desc", sorted("id", true)),
        ("&sort=release_year", sorted("release_year", true)),
        ("&sort=rating", sorted("rating", true)),
    ] {
        let page = anna.get(&format!("/api/v1/titles?type=game{query}")).await.expect(200);
        assert_eq!(page.items("/name"), wanted, "{query}");
    }
    for kind in ["movie", "series", "anime"] {
        let page = anna.get(&format!("/api/v1/titles?type={kind}")).await.expect(200);
        assert_eq!(page.items("/type"), [kind]);
    }
}

#[tokio::test]
async fn a_rating_is_sorted_by_the_number_shown() {
    let world = World::new().await;
    let (anna, boris, vera) =
        (world.person("anna").await, world.person("boris").await, world.person("vera").await);
    // 200/3 and 200/3 are shown as 66.7: equal, so that their ids decide.
    for (name, marks) in [("first", [66, 67, 67]), ("second", [67, 67, 66]), ("third", [67, 67, 67])] {
        let title = anna.add_title("game", name, 2000).await;
        for (person, mark) in [&anna, &boris, &vera].into_iter().zip(marks) {
            person.add_review(&title, mark).await;
        }
    }
    let page = anna.get("/api/v1/titles?type=game&sort=rating").await.expect(200);
    assert_eq!(page.items("/rating"), ["67.0", "66.7", "66.7"]);
    assert_eq!(page.items("/name"), ["third", "second", "first"]);
    let page = anna.get("/api/v1/titles?type=game&sort=rating&order=asc").await.expect(200);
    assert_eq!(page.items("/name"), ["first", "second", "third"]);
}

#[tokio::test]
async fn twenty_come_at_once_and_up_to_a_hundred_on_demand() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    for number in 0..21 {
        anna.add_title("game", &format!("Part {number}"), 2000).await;
    }
    let page = anna.get("/api/v1/titles?type=game").await.expect(200);
    assert_eq!(page.items("/id").len(), 20);
    assert!(next_page(&page).is_some());
    let page = anna.get("/api/v1/titles?type=game&limit=100").await.expect(200);
    assert_eq!((page.items("/id").len(), next_page(&page)), (21, None));
    let page = anna.get("/api/v1/titles?type=game&limit=21").await.expect(200);
    assert_eq!((page.items("/id").len(), next_page(&page)), (21, None));
    let none = anna.get("/api/v1/titles?type=movie").await.expect(200).body;
    assert_eq!(none, json!({"items": [], "next_cursor": Value::Null}));
}

#[tokio::test]
async fn what_comes_and_goes_between_pages_hides_nothing_that_stays() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    fill(&anna).await;
    let first = anna.get("/api/v1/titles?type=game&sort=release_year&limit=3").await.expect(200);
    assert_eq!(first.items("/name"), ["Eta", "Theta", "Delta"]);
    let end = first.text("/items/2/id");
    anna.delete(&format!("/api/v1/titles/{end}")).await.expect(204);
    anna.add_title("game", "Newest", 2030).await;
    anna.add_title("game", "Oldest", 1871).await;
    let rest = anna.whole(&next_page(&first).expect("a second page"), "/name").await;
    assert_eq!(rest, ["Zeta", "Gamma", "Alpha", "Epsilon", "Beta", "Oldest", "Iota"]);
}

#[tokio::test]
async fn a_cursor_leads_on_in_its_own_list_alone() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    fill(&anna).await;
    let cursor = anna.get("/api/v1/titles?type=game&limit=2").await.expect(200).text("/next_cursor");
    anna.get(&format!("/api/v1/titles?type=game&limit=5&order=asc&cursor={cursor}")).await.expect(200);
    for query in [
        "type=movie",
        "type=game&order=desc",
        "type=game&sort=rating",
        "type=game&sort=release_year&order=asc",
        "type=game&search=a",
        "type=game&search=!",
    ] {
        let answer = anna.get(&format!("/api/v1/titles?{query}&cursor={cursor}")).await;
        assert_eq!(answer.refusal(), "400 invalid_cursor", "{query}");
    }
    for path in ["/api/v1/user/@me/walks", "/api/v1/user/@me/reviews"] {
        let answer = anna.get(&format!("{path}?cursor={cursor}")).await;
        assert_eq!(answer.refusal(), "400 invalid_cursor", "{path}");
    }
    let cut = &cursor[..cursor.len() - 2];
    for bad in ["", "x", "%00", "AAAA", cut, &format!("{cursor}AA")] {
        let answer = anna.get(&format!("/api/v1/titles?type=game&cursor={bad}")).await;
        assert_eq!(answer.refusal(), "400 invalid_cursor", "{bad}");
    }
}

#[tokio::test]
async fn a_type_is_needed_once_and_every_parameter_must_be_known_and_right() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    for query in [
        "",
        "sort=id",
        "type=",
        "type=book",
        "type=Game",
        "type=game&type=movie",
        "type=game&type=game",
        "type=game&sort=name",
        "type=game&sort=id&sort=id",
        "type=game&order=up",
        "type=game&order=asc&order=asc",
        "type=game&limit=0",
        "type=game&limit=101",
        "type=game&limit=-1",
        "type=game&limit=2.0",
        "type=game&limit=",
        "type=game&limit=1&limit=1",
        "type=game&cursor=x&cursor=x",
        "type=game&search=a&search=b",
        "type=game&search=a%00",
    ] {
        let answer = anna.get(&format!("/api/v1/titles?{query}")).await;
        assert_eq!(answer.refusal(), "400 invalid_parameter", "{query}");
    }
    let long = "a".repeat(201);
    let answer = anna.get(&format!("/api/v1/titles?type=game&search={long}")).await;
    assert_eq!(answer.refusal(), "400 invalid_parameter");
    for query in ["type=game&page=2", "offset=1", "type=game&Limit=1"] {
        let answer = anna.get(&format!("/api/v1/titles?{query}")).await;
        assert_eq!(answer.refusal(), "400 unknown_parameter", "{query}");
    }
    assert_eq!(world.anybody().get("/api/v1/titles").await.refusal(), "401 token_missing");
}

const NAMES: [&str; 8] = [
    "Унесённые призраками",
    "Йод",
    "Иод",
    "Pokémon Amélie",
    "Half-Life 2",
    "Лицо со шрамом",
    "!!!",
    "Ёлки-палки: 2",
];

#[tokio::test]
async fn every_word_of_a_search_begins_some_word_of_the_name() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    for (place, name) in (0..).zip(NAMES) {
        anna.add_title("game", name, 2000 + place).await;
    }
    anna.add_title("movie", NAMES[0], 2000).await;
    let all: Vec<usize> = (0..NAMES.len()).collect();
    for (search, found) in [
        ("%D1%83%D0%BD%D0%B5%D1%81%20%D0%BF%D1%80%D0%B8", &[0][..]), // унес при
        ("ПРИЗ+УНЕСЁ", &[0]),
        ("раками", &[]),
        ("унес+злом", &[]),
        ("йод", &[1]),
        ("и\u{306}од", &[1]),
        ("иод", &[2]),
        ("pokemon", &[3]),
        ("POKE\u{301}", &[3]),
        ("ame+pok", &[3]),
        ("half+life", &[4]),
        ("life", &[4]),
        ("half-life+2", &[4]),
        ("2", &[4, 7]),
        ("елки", &[7]),
        ("ёл", &[7]),
        ("ЕЛКИ,+ПАЛКИ!", &[7]),
        ("лиц+лицо", &[5]),
        ("!!!", &[]),
        ("%2D", &[]),
        ("\u{301}", &[]),
        ("", &all),
        ("+%20", &all),
    ] {
        for (sort, down) in [("id", false), ("release_year", true), ("rating", true)] {
            let search = search.chars().map(encoded).collect::<String>();
            let path = format!("/api/v1/titles?type=game&search={search}&sort={sort}&limit=1");
            let mut wanted: Vec<_> = found.iter().map(|place| NAMES[*place]).collect();
            if down {
                wanted.reverse();
            }
            assert_eq!(anna.whole(&path, "/name").await, wanted, "{path}");
        }
    }
}

/// A character as a query has it.
fn encoded(c: char) -> String {
    if c.is_ascii() { c.to_string() } else { c.to_string().bytes().map(|b| format!("%{b:02X}")).collect() }
}

#[tokio::test]
async fn a_search_goes_with_every_sort_and_order_and_with_cursors() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    for (name, year, mark) in SHELF {
        let title = anna.add_title("game", &format!("{name} tale"), year).await;
        anna.add_title("game", &format!("{name} story"), year).await;
        if let Some(mark) = mark {
            anna.add_review(&title, mark).await;
        }
    }
    for sort in ["id", "release_year", "rating"] {
        for (order, descending) in [("asc", false), ("desc", true)] {
            let wanted: Vec<_> = sorted(sort, descending).iter().map(|name| format!("{name} tale")).collect();
            let path = format!("/api/v1/titles?type=game&search=TAL&sort={sort}&order={order}&limit=2");
            assert_eq!(anna.whole(&path, "/name").await, wanted, "{path}");
        }
    }
    let page = anna.get("/api/v1/titles?type=game&search=tal&limit=1").await.expect(200);
    let cursor = page.text("/next_cursor");
    let answer = anna.get(&format!("/api/v1/titles?type=game&search=tale&cursor={cursor}")).await;
    assert_eq!(answer.refusal(), "400 invalid_cursor");
}
