//! The server killed at random moments while it writes, and started again.

use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use super::figures::{Wrong, at_length};
use super::load::Load;
use super::people::{PASSWORD, Person};
use super::scene::Scene;
use super::weather::Sky;

/// Somebody with walks and reviews deletes the account, again and again until an answer tells that it is gone.
fn leave(person: &Person, titles: &[String], stop: impl Fn() -> bool) {
    for title in titles {
        let review = json!({"title_id": title, "rating": 100, "text": ""});
        person.client.json("POST", "/reviews", &review);
        person.client.json("POST", "/walks", &json!({"title_id": title, "state": "planned"}));
    }
    while !is_gone(person) && !stop() {
        paused();
    }
}

/// Asks for the deletion; whether an answer told that the account is gone.
fn is_gone(person: &Person) -> bool {
    let said = person.client.json("DELETE", "/user/@me", &json!({"password": PASSWORD}));
    // Where only the answer was lost, nobody is there to be answered any more.
    matches!(said.status(), 204 | 401)
}

fn paused() -> bool {
    std::thread::sleep(Duration::from_millis(50));
    false
}

/// Those who leave, one after the other, on a thread of their own.
fn leaving(load: &Load, people: Vec<Person>) -> JoinHandle<Vec<Person>> {
    let shared = load.shared.clone();
    std::thread::spawn(move || {
        for person in &people {
            leave(person, &shared.titles, || shared.stop.load(Ordering::Relaxed));
        }
        people
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_while_it_writes_it_leaves_nothing_half_done() {
    let mut scene = Scene::calm("killed").await;
    let mut dice = scene.figures.dice();
    let url = scene.server.url.clone();
    let kills = at_length(200, 12);
    let people = (0..kills / 4).map(|number| Person::register(&url, &format!("leaver{number}"))).collect();
    let load = Load::start(&scene, Sky::Kills, at_length(8, 6));
    let leavers = leaving(&load, people);
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(100 + dice.roll(500)));
        scene.server.kill();
        scene.figures.count("faults injected", 1);
        scene.server.serve();
        scene.figures.save();
    }
    load.shared.weather.turn(Sky::Clear);
    load.shared.stop.store(true, Ordering::Relaxed);
    for person in leavers.join().expect("a thread that ends well") {
        if !(0..200).any(|_| is_gone(&person) || paused()) {
            scene.figures.wrong(Wrong::HalfDone, format_args!("{} can't leave", person.email));
        }
        if person.sign_in().status() == 200 {
            scene.figures.wrong(Wrong::LostWrite, format_args!("{} left and signs in", person.email));
        }
    }
    load.end();
    scene.end().await;
}
