//! Each backend stopped, stalled, and cut in the middle of its answers, under load (DEG-1 to DEG-4, TO-1).

use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Client, Said};
use super::figures::{Wrong, at_length};
use super::load::Load;
use super::people::{Keys, PASSWORD, Person, email};
use super::proxy::Mode;
use super::scene::{Backends, Scene};
use super::weather::{BACK, Part, Sky};
use crate::journey::{mails_to, newest_code_to};
use crate::support::png;

/// Who asks for what needs a part until all of it goes well.
struct Prober {
    person: Person,
    title: String,
    asked: u32,
}

impl Prober {
    fn new(url: &str) -> Self {
        let person = Person::register(url, "prober");
        let title = person.add_title("Probed");
        Self { person, title, asked: 0 }
    }

    fn is_well(&mut self, part: Part) -> bool {
        let client = &self.person.client;
        let health = || client.ask("GET", "/health").status() == 200;
        match part {
            Part::Database | Part::Cache => {
                let wrote = client.json("PATCH", "/user/@me", &json!({"about": "well"})).status() == 200;
                wrote && health() && self.person.sign_in().status() == 200
            }
            Part::Images => {
                let path = format!("/titles/{}/cover", self.title);
                client.send("POST", &path, Some("image/png"), &png(12, 8)).status() == 200
            }
            Part::Mail => {
                self.asked += 1;
                let address = email(client.url(), &format!("probed{}", self.asked));
                let body = json!({"email": address});
                client.json("POST", "/auth/email/validate", &body).status() == 202 && health()
            }
        }
    }

    /// What health says while a part is down.
    fn is_told(&self, part: Part) -> bool {
        let said = self.person.client.ask("GET", "/health");
        // Pictures are none of what health asks.
        said.status() == if part == Part::Images { 200 } else { 503 }
    }
}

/// One scenario: a load, and one part after the other in every fault.
struct Outages {
    scene: Scene,
    backends: Backends,
    load: Load,
    prober: Prober,
}

impl Outages {
    async fn of(part: Part) -> Self {
        let name = format!("{part:?}").to_lowercase();
        let (scene, backends) = Scene::behind_proxies(&format!("without {name}")).await;
        let load = Load::start(&scene, Sky::Clear, at_length(10, 6));
        let prober = Prober::new(&scene.server.url);
        Self { scene, backends, load, prober }
    }

    fn turn(&self, sky: Sky) {
        self.load.shared.weather.turn(sky);
    }

    /// One fault, from before it to after it.
    fn fault(&mut self, part: Part, mode: Mode, length: Duration) {
        let figures = &self.load.shared.figures;
        // In the long form until nothing explains a 503 any more.
        std::thread::sleep(at_length(BACK + Duration::from_secs(5), Duration::from_millis(500)));
        let proxy = self.backends.proxy(part);
        let cuts = proxy.cuts();
        self.turn(Sky::Fault { part, mode, surely: false });
        proxy.set(mode);
        figures.count("faults injected", 1);
        // What was under way may still go well.
        std::thread::sleep(Duration::from_secs(1));
        self.turn(Sky::Fault { part, mode, surely: mode == Mode::Stopped });
        if mode == Mode::Stopped && !self.prober.is_told(part) {
            figures.wrong(Wrong::Status, format_args!("what health says while {part:?} is down"));
        }
        std::thread::sleep(length);
        self.turn(Sky::Fault { part, mode, surely: false });
        proxy.set(Mode::Through);
        let returned = Instant::now();
        figures.count("answers cut", proxy.cuts() - cuts);
        let took = self.recovered(part, returned);
        let figures = &self.load.shared.figures;
        figures.largest("largest ms from a return until all was well", took.as_millis() as u64);
        if took > BACK {
            figures.wrong(Wrong::NotBack, format_args!("{part:?} after {mode:?}: {took:?}"));
        }
        self.turn(Sky::Back { part, until: returned + BACK });
        figures.save();
    }

    /// How long after its return all goes well that needs a part, as far as who asks again and again can tell: to the
    /// end of the first round in which everything did. Given up where that is too late.
    fn recovered(&mut self, part: Part, returned: Instant) -> Duration {
        while !self.prober.is_well(part) && returned.elapsed() <= BACK {
            std::thread::sleep(Duration::from_millis(200));
        }
        returned.elapsed()
    }

    fn all_faults(&mut self, part: Part, most: u64) {
        self.fault(part, Mode::Stopped, at_length(Duration::from_secs(20), Duration::from_secs(1)));
        self.fault(part, Mode::Stalled, at_length(Duration::from_secs(60), Duration::from_secs(7)));
        self.fault(part, Mode::Cut(most), at_length(Duration::from_secs(30), Duration::from_secs(2)));
        std::thread::sleep(at_length(BACK + Duration::from_secs(5), Duration::from_secs(1)));
    }

    /// Does something while a part is stopped.
    fn without<T>(&self, part: Part, work: impl FnOnce() -> T) -> T {
        let proxy = self.backends.proxy(part);
        self.turn(Sky::Fault { part, mode: Mode::Stopped, surely: false });
        proxy.set(Mode::Stopped);
        // What was under way may still go well, and the proxy is on a thread of its own.
        std::thread::sleep(Duration::from_millis(500));
        let done = work();
        proxy.set(Mode::Through);
        self.turn(Sky::Back { part, until: Instant::now() + BACK });
        done
    }

    /// Deleting an account goes on without pictures, also where it has one (DEG-3).
    fn somebody_leaves(&self) {
        let leaver = Person::register(&self.scene.server.url, "leaver");
        let set = || leaver.client.send("PUT", "/user/@me/avatar", Some("image/png"), &png(12, 8));
        let set = until_told(set).expect(200);
        assert!(set.body().pointer("/avatar/url").is_some(), "{set:?}");
        let leave = || leaver.client.json("DELETE", "/user/@me", &json!({"password": PASSWORD}));
        self.without(Part::Images, || until_told(leave)).expect(204);
        until_told(|| leaver.sign_in()).expect(401);
    }

    /// Restoring a password needs the cache in each of its steps, and no step that failed without it counts (DEG-2).
    fn somebody_restores(&mut self) {
        let person = Person::register(&self.scene.server.url, "forgetful");
        let client = Client::new(person.client.url());
        let ask = || client.json("POST", "/auth/password/restore", &json!({"email": person.email}));
        until_told(ask).expect(202);
        let code = newest_code_to(&person.email);
        let new = Keys { password: format!("{PASSWORD} и обратно"), ..Keys::first(&person.email) };
        let verify = json!({"email": person.email, "code": code});
        let verify = || client.json("POST", "/auth/password/restore/verify", &verify);
        let set = json!({"email": person.email, "code": code, "new_password": new.password});
        let set = || client.json("PUT", "/auth/password/restore", &set);
        self.without(Part::Cache, || {
            for said in [ask(), verify(), set(), person.sign_in()] {
                assert!(said.is_unavailable(), "{said:?} without the cache");
            }
        });
        let took = self.recovered(Part::Cache, Instant::now());
        assert!(took <= BACK, "{took:?}");
        until_told(verify).expect(204);
        // Whoever is not answered in time here has no second try: a code that may be claimed is spent.
        let said = set();
        if !said.is_unavailable() {
            said.expect(204);
            until_told(|| new.sign_in(&client)).expect(200);
        }
    }

    async fn end(self) {
        self.load.end();
        self.scene.end().await;
    }
}

/// Asks again where a machine that is busy had no time.
fn until_told(send: impl Fn() -> Said) -> Said {
    for _ in 0..20 {
        let said = send();
        if !said.is_unavailable() {
            return said;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    send()
}

/// On DynamoDB codes and counters are in the database.
#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_it_says_so_and_loses_nothing() {
    let mut outages = Outages::of(Part::Database).await;
    // Signing in at Postgres is some hundred bytes: connections are made, answer a while, and are cut.
    outages.all_faults(Part::Database, 4_000);
    outages.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_pictures_all_else_goes_on() {
    let mut outages = Outages::of(Part::Images).await;
    outages.somebody_leaves();
    outages.all_faults(Part::Images, 400);
    outages.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_mail_all_else_goes_on_and_no_cool_down_is_counted() {
    let mut outages = Outages::of(Part::Mail).await;
    let client = Client::new(&outages.scene.server.url);
    let address = email(client.url(), "patient");
    let ask = || client.json("POST", "/auth/email/validate", &json!({"email": address}));
    outages.without(Part::Mail, || {
        for _ in 0..3 {
            assert!(ask().is_unavailable(), "a code without mail");
        }
    });
    until_told(ask).expect(202);
    assert_eq!(mails_to(&address).len(), 1);
    outages.all_faults(Part::Mail, 400);
    outages.end().await;
}

/// On Postgres alone: DynamoDB has no cache beside it.
mod of_the_cache {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn without_it_reading_writing_and_refreshing_go_on() {
        let mut outages = Outages::of(Part::Cache).await;
        outages.somebody_restores();
        outages.all_faults(Part::Cache, 2_000);
        outages.end().await;
    }
}
