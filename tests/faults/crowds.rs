//! Many at once: what is unique stays so, and averages stay exact.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, Said};
use super::figures::Wrong;
use super::people::{Person, at_once, registration};
use super::scene::Scene;
use crate::support::Store;

/// How often each status and code came.
fn tally(said: &[Said]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for said in said {
        let code = said.text("/code");
        *tally.entry(format!("{} {code}", said.status()).trim_end().to_owned()).or_default() += 1;
    }
    tally
}

fn counts<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    counts.into_iter().map(|(said, count)| (said.to_owned(), count)).collect()
}

/// Has the server open all of its connections, which takes longer than a crowd is given on a machine that is busy.
fn warm(client: &Client) {
    for _ in 0..3 {
        at_once(16, |_| client.ask("GET", "/user/@me"));
    }
}

/// Fifty equal requests at once: one makes it, all others are told that it is there.
fn fifty(scene: &Scene, client: &Client, path: &str, body: &Value, taken: &str) {
    let said = at_once(50, |_| insist(scene, &[201, 409], || client.json("POST", path, body)));
    let made = said.iter().filter(|said| said.status() == 201).count();
    let told = said.iter().filter(|said| said.text("/code") == taken).count();
    // Where an answer was lost on DynamoDB, its asker was told at another try that it is there.
    let may_be_none = matches!(scene.store, Store::DynamoDb(_)) && scene.figures.of("answered 503") > 0;
    assert!(made == 1 || made == 0 && may_be_none, "{:?}", tally(&said));
    assert_eq!(made + told, 50, "{:?}", tally(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_equal_registrations_walks_and_reviews_at_once_one_is_made() {
    let scene = Scene::calm("fifty at once").await;
    let anna = Client::new(&scene.server.url);
    let body = registration(&anna, "anna").expect("a code");
    let said = at_once(50, |_| anna.json("POST", "/auth/signin", &body));
    assert_eq!(tally(&said), counts([("201", 1), ("422 invalid_code", 49)]));

    let boris = Person::register(&scene.server.url, "boris");
    let title = boris.add_title("The Dunes");
    warm(&boris.client);
    let walk = json!({"title_id": title, "state": "completed"});
    fifty(&scene, &boris.client, "/walks", &walk, "walk_exists");
    let review = json!({"title_id": title, "rating": 77, "text": ""});
    fifty(&scene, &boris.client, "/reviews", &review, "review_exists");
    fifty(&scene, &boris.client, "/titles", &super::people::title("Ico"), "title_exists");

    let seen = boris.client.ask("GET", &format!("/titles/{title}")).expect(200);
    let shown = ["/rating", "/reviews_count", "/walks_count"].map(|name| seen.body().pointer(name).cloned());
    assert_eq!(shown, [Some(json!(77.0)), Some(json!(1)), Some(json!(1))]);
    scene.figures.count("requests", 50);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_a_name_at_once_with_others_gets_it_alone() {
    let scene = Scene::calm("one name").await;
    let client = Client::new(&scene.server.url);
    let bodies: Vec<Value> = (0..12)
        .map(|number| {
            let mut body = registration(&client, &format!("walker{number}")).expect("a code");
            body["username"] = json!("Walker");
            body
        })
        .collect();
    let said = at_once(bodies.len(), |number| client.json("POST", "/auth/signin", &bodies[number]));
    assert_eq!(tally(&said), counts([("201", 1), ("409 username_taken", 11)]));
    scene.figures.count("requests", 24);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_equal_refreshes_give_one_pair() {
    let scene = Scene::calm("twenty refreshes").await;
    let mut anna = Person::register(&scene.server.url, "anna");
    warm(&anna.client);
    for _ in 0..5 {
        let body = json!({"refresh_token": anna.refresh_token});
        let said = at_once(20, |_| anna.client.json("POST", "/auth/token/update", &body));
        assert_eq!(tally(&said), counts([("200", 20)]));
        let pairs: Vec<_> = said.iter().map(Said::body).collect();
        assert!(pairs.iter().all(|pair| *pair == pairs[0]), "{pairs:#?}");
        anna.take(&said[0], "");
        anna.client.ask("GET", "/user/@me").expect(200);
    }
    scene.figures.count("requests", 105);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_uses_of_one_code_one_succeeds() {
    let scene = Scene::calm("twenty uses of a code").await;
    let anna = Person::register(&scene.server.url, "anna");
    anna.client.json("POST", "/auth/password/restore", &json!({"email": anna.email})).expect(202);
    let code = crate::journey::newest_code_to(&anna.email);
    let body = json!({"email": anna.email, "code": code, "new_password": "ещё один трактор до Омска"});
    let said = at_once(20, |_| anna.client.json("PUT", "/auth/password/restore", &body));
    assert_eq!(tally(&said), counts([("204", 1), ("422 invalid_code", 19)]));
    scene.figures.count("requests", 22);
    scene.end().await;
}

/// Asks again while it is told to: where many want one item of DynamoDB, some are too late each time. Postgres has a
/// queue, and no deadlock may show.
///
/// The second of the usual statuses is what a repeated request is answered where the first was done after all.
fn insist(scene: &Scene, usual: &[u16], send: impl Fn() -> Said) -> Said {
    for tries in 0.. {
        let said = send();
        scene.figures.count("requests", 1);
        let may_wait = matches!(scene.store, Store::DynamoDb(_)) && said.is_unavailable();
        if !may_wait || tries == 20 {
            if !usual.contains(&said.status()) {
                scene.figures.wrong(Wrong::Status, format_args!("{said:?} where {usual:?} is usual"));
            }
            return said;
        }
        scene.figures.count("answered 503", 1);
    }
    unreachable!("the last try is answered")
}

/// One of those who edit.
fn edit(scene: &Scene, titles: &[String; 3], person: &Person, number: u64, rounds: u64) {
    let mut dice = contract::chance::Dice::new(scene.figures.dice().roll(u64::MAX) ^ number);
    for _ in 0..rounds {
        let title = dice.pick(titles);
        let rating = dice.roll(101);
        let body = json!({"title_id": title, "rating": rating, "text": ""});
        let change = json!({"title_id": title, "rating": rating});
        let client = &person.client;
        match dice.roll(4) {
            0 | 1 => drop(insist(scene, &[200, 404], || client.json("PATCH", "/reviews", &change))),
            2 => drop(insist(scene, &[201, 409, 404], || client.json("POST", "/reviews", &body))),
            _ => {
                let seen = insist(scene, &[200, 404], || client.ask("GET", &format!("/titles/{title}")));
                let review = seen.text("/my_review/id");
                if !review.is_empty() {
                    insist(scene, &[204, 404], || client.ask("DELETE", &format!("/reviews/{review}")));
                }
            }
        }
    }
}

/// Titles come and go, the last of the three among them, with whatever hangs on them.
fn moderate(scene: &Scene, moderator: &Client, titles: &[String; 3], people: &[Person], rounds: u64) {
    let remove = |title: &str| {
        insist(scene, &[204, 404], || moderator.ask("DELETE", &format!("/titles/{title}")));
    };
    for round in 0..rounds {
        let new = super::people::title(&format!("Passing {round}"));
        let made = insist(scene, &[201, 409], || moderator.json("POST", "/titles", &new));
        let passing = made.text(if made.status() == 201 { "/id" } else { "/existing_id" });
        let body = json!({"title_id": passing, "rating": 50, "text": ""});
        for person in people {
            insist(scene, &[201, 409], || person.client.json("POST", "/reviews", &body));
        }
        remove(&passing);
    }
    remove(&titles[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn averages_stay_exact_while_reviews_titles_and_accounts_come_and_go() {
    let scene = Scene::calm("thirty-two editors").await;
    let url = &scene.server.url;
    let moderator = Person::register(url, "moderator");
    scene.make_moderator(&moderator.email).await;
    let people: Vec<_> = (0..32).map(|number| Person::register(url, &format!("editor{number}"))).collect();
    let titles = ["The Dunes", "Ico", "Stalker"].map(|name| moderator.add_title(name));
    warm(&moderator.client);
    let rounds = super::figures::at_length(80, 10);
    at_once(33, |number| {
        let Some(person) = people.get(number) else {
            return moderate(&scene, &moderator.client, &titles, &people[16..20], rounds / 2);
        };
        let goes = number < 8;
        edit(&scene, &titles, person, number as u64, if goes { rounds / 2 } else { rounds });
        if goes {
            let body = json!({"password": super::people::PASSWORD});
            insist(&scene, &[204, 401], || person.client.json("DELETE", "/user/@me", &body));
        }
    });
    moderator.client.ask("GET", &format!("/titles/{}", titles[2])).expect(404);
    scene.check_averages(&moderator.client, &titles[..2]);
    scene.end().await;
}
