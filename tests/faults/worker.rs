//! Somebody who writes and reads, and knows what must be there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::chance::Dice;
use serde_json::{Value, json};

use super::client::Said;
use super::figures::{Figures, Wrong};
use super::known::Known;
use super::people::Person;
use super::visitor::Visitor;
use super::weather::{Part, Request, Weather};
use crate::support::png;

/// What all who work share.
pub struct Shared {
    pub url: String,
    pub figures: Arc<Figures>,
    pub weather: Weather,
    /// The titles that all of them review.
    pub titles: Vec<String>,
    pub stop: AtomicBool,
}

impl Shared {
    /// Counts and judges an answer; gives it where it tells what was done.
    pub fn ask(&self, request: &Request<'_>, send: impl FnOnce() -> Said) -> Option<Said> {
        let before = self.weather.now();
        let said = send();
        request.judge(&said, (before, self.weather.now()), &self.figures).then_some(said)
    }
}

/// Walks and reviews, which are alike.
#[derive(Clone, Copy)]
enum Kind {
    Walk,
    Review,
}

/// A record's fields, or that there is none.
type Fields = Option<Value>;

struct Records {
    kind: Kind,
    /// One a title, in the order of the titles.
    known: Vec<Known<Fields>>,
}

/// A title of one's own: its name, its id once it is known, and whether it is there.
struct Made {
    name: String,
    id: Option<String>,
    there: Known<bool>,
}

/// Somebody who writes and reads.
pub struct Worker {
    shared: Arc<Shared>,
    dice: Dice,
    name: String,
    person: Person,
    visitor: Visitor,
    sequence: u64,
    records: [Records; 2],
    about: Known<String>,
    made: Vec<Made>,
    covered: String,
    /// Where the cover is, as far as that is known.
    cover: Option<Value>,
}

const DATABASE: &[Part] = &[Part::Database];

impl Worker {
    /// Registers two people: one who writes, one who comes and goes.
    pub fn new(shared: &Arc<Shared>, number: u64, dice: &mut Dice) -> Self {
        let name = format!("worker{number}");
        let person = Person::register(&shared.url, &name);
        let visitor = Visitor::new(shared, Person::register(&shared.url, &format!("visitor{number}")));
        let none = || vec![Known::is(None); shared.titles.len()];
        let covered = person.add_title(&format!("A cover of {name}"));
        Self {
            records: [Kind::Walk, Kind::Review].map(|kind| Records { kind, known: none() }),
            shared: shared.clone(),
            dice: Dice::new(dice.roll(u64::MAX)),
            name,
            person,
            visitor,
            sequence: 0,
            about: Known::is(String::new()),
            made: Vec::new(),
            covered,
            cover: Some(Value::Null),
        }
    }

    /// Works until told to stop.
    pub fn run(mut self) -> Self {
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.step();
            std::thread::sleep(Duration::from_millis(20 + self.dice.roll(40)));
        }
        self
    }

    fn step(&mut self) {
        match self.dice.roll(40) {
            0..12 => self.write_record(1),
            12..18 => self.write_record(0),
            18..23 => self.read_title(),
            23..27 => self.write_about(),
            27..31 => self.make_or_remove(),
            31..33 => self.upload(),
            33..36 => self.look_round(),
            _ => self.visitor.step(&mut self.dice),
        }
    }

    fn ask(&self, method: &str, path: &str, body: &Value, (needs, usual): (&[Part], &[u16])) -> Option<Said> {
        let what = format!("{method} {path} of {}", self.name);
        let request = Request { what: &what, needs, usual };
        self.shared.ask(&request, || match body {
            Value::Null => self.person.client.ask(method, path),
            body => self.person.client.json(method, path, body),
        })
    }

    fn lost(&self, what: impl std::fmt::Display) {
        self.shared.figures.wrong(Wrong::LostWrite, format_args!("{}: {what}", self.name));
    }

    fn write_record(&mut self, which: usize) {
        self.sequence += 1;
        let number = usize::try_from(self.dice.roll(self.shared.titles.len() as u64)).expect("a number");
        let title = self.shared.titles[number].clone();
        let (list, fields) = match self.records[which].kind {
            Kind::Walk => {
                let states = ["in_progress", "completed", "hundred_percent", "planned", "on_hold", "dropped"];
                ("walks", json!({"state": self.dice.pick(&states)}))
            }
            Kind::Review => {
                let text = format!("{} {}", self.name, self.sequence);
                ("reviews", json!({"rating": self.dice.roll(101), "text": text}))
            }
        };
        let mut body = fields.clone();
        body["title_id"] = json!(title);
        let path = format!("/{list}");
        let (said, new) = match self.dice.roll(5) {
            0 => match self.read(number).and_then(|ids| ids[which].clone()) {
                Some(id) => {
                    let path = format!("/{list}/{id}");
                    (self.ask("DELETE", &path, &Value::Null, (DATABASE, &[204, 404])), None)
                }
                None => return,
            },
            1 | 2 => (self.ask("POST", &path, &body, (DATABASE, &[201, 409])), Some(fields)),
            _ => (self.ask("PATCH", &path, &body, (DATABASE, &[200, 404])), Some(fields)),
        };
        self.learn((which, number), said.as_ref(), new);
    }

    /// What an answer to a write tells of the record.
    fn learn(&mut self, (which, number): (usize, usize), said: Option<&Said>, new: Fields) {
        let held_up = self.shared.weather.holds_up();
        let known = &mut self.records[which].known[number];
        let before = known.clone();
        let possible = match said.map(Said::status) {
            None => {
                known.sent(new);
                true
            }
            Some(404) => known.told(Option::is_none, held_up),
            Some(409) => known.told(Option::is_some, held_up),
            Some(status) => {
                let there_before = status != 201;
                let possible = known.may_be(|state| state.is_some() == there_before);
                known.wrote(new, held_up);
                possible
            }
        };
        if !possible {
            self.lost(format_args!("{said:?} where {before:?} was known"));
        }
    }

    fn read_title(&mut self) {
        let number = usize::try_from(self.dice.roll(self.shared.titles.len() as u64)).expect("a number");
        self.read(number);
    }

    /// Reads one's own records of a title, compares them, and gives their ids.
    fn read(&mut self, number: usize) -> Option<[Option<String>; 2]> {
        let path = format!("/titles/{}", self.shared.titles[number]);
        let said = self.ask("GET", &path, &Value::Null, (DATABASE, &[200]))?;
        let held_up = self.shared.weather.holds_up();
        let ids = [0, 1].map(|which| {
            let (name, fields): (_, &[_]) = match self.records[which].kind {
                Kind::Walk => ("my_walk", &["state"]),
                Kind::Review => ("my_review", &["rating", "text"]),
            };
            let record = &said.body()[name];
            let id = record["id"].as_str().map(str::to_owned);
            let field = |name: &&str| ((*name).to_owned(), record[*name].clone());
            let seen = id.as_ref().map(|_| Value::Object(fields.iter().map(field).collect()));
            let known = &mut self.records[which].known[number];
            let before = known.clone();
            if !known.saw(seen.clone(), held_up) {
                self.lost(format_args!("{name} is {seen:?} where {before:?} was known"));
            }
            id
        });
        Some(ids)
    }

    fn write_about(&mut self) {
        self.sequence += 1;
        let about = format!("about {}", self.sequence);
        let held_up = self.shared.weather.holds_up();
        match self.ask("PATCH", "/user/@me", &json!({"about": about}), (DATABASE, &[200])) {
            Some(_) => self.about.wrote(about, held_up),
            None => self.about.sent(about),
        }
    }

    fn read_about(&mut self) {
        let held_up = self.shared.weather.holds_up();
        let Some(said) = self.ask("GET", "/user/@me", &Value::Null, (DATABASE, &[200])) else { return };
        let before = self.about.clone();
        if !self.about.saw(said.text("/about"), held_up) {
            self.lost(format_args!("about is {:?} where {before:?} was known", said.text("/about")));
        }
    }

    /// Adds a title, asks again for one that may not have been added, or removes one.
    fn make_or_remove(&mut self) {
        if let Some(unsure) = self.made.iter().position(|made| made.id.is_none()) {
            return self.make(unsure);
        }
        if self.made.len() > 3 && self.dice.roll(2) == 0 {
            let which = usize::try_from(self.dice.roll(self.made.len() as u64)).expect("a number");
            return self.remove(which);
        }
        self.sequence += 1;
        let name = format!("{} made {}", self.name, self.sequence);
        self.made.push(Made { name, id: None, there: Known::is(false) });
        self.make(self.made.len() - 1);
    }

    fn make(&mut self, which: usize) {
        let body = super::people::title(&self.made[which].name);
        let said = self.ask("POST", "/titles", &body, (DATABASE, &[201, 409]));
        let made = &mut self.made[which];
        let before = made.there.clone();
        let possible = match &said {
            None => {
                made.there.sent(true);
                true
            }
            Some(said) => {
                let exists = said.status() == 409;
                made.id = Some(said.text(if exists { "/existing_id" } else { "/id" }));
                made.there.saw(exists, false) && {
                    made.there.wrote(true, false);
                    true
                }
            }
        };
        if !possible {
            self.lost(format_args!("{said:?} where {before:?} was known of a title"));
        }
    }

    fn remove(&mut self, which: usize) {
        let Some(id) = self.made[which].id.clone() else { return };
        let said = self.ask("DELETE", &format!("/titles/{id}"), &Value::Null, (DATABASE, &[204, 404]));
        let made = &mut self.made[which];
        let possible = match said.as_ref().map(Said::status) {
            None => {
                made.there.sent(false);
                true
            }
            Some(404) => made.there.may_be(|there| !there),
            Some(_) => made.there.may_be(|there| *there),
        };
        if said.is_some() {
            made.there.wrote(false, false);
        }
        if !possible {
            self.lost(format_args!("{said:?} to the removal of a title"));
        }
    }

    /// S3 comes before the row: where it fails, the row is as it was (DEG-3).
    fn upload(&mut self) {
        let path = format!("/titles/{}/cover", self.covered);
        let what = format!("the cover of {}", self.name);
        let request = Request { what: &what, needs: &[Part::Database, Part::Images], usual: &[200] };
        let before = self.shared.weather.now();
        let send = || self.person.client.send("POST", &path, Some("image/png"), &png(12, 8));
        match self.shared.ask(&request, send) {
            Some(said) => self.cover = Some(said.body()["cover"].clone()),
            None if super::weather::spares_the_row(before, self.shared.weather.now()) => self.check_cover(),
            None => self.cover = None,
        }
    }

    fn check_cover(&mut self) {
        let path = format!("/titles/{}", self.covered);
        let Some(said) = self.ask("GET", &path, &Value::Null, (DATABASE, &[200])) else { return };
        let seen = said.body()["cover"].clone();
        if self.cover.as_ref().is_some_and(|cover| *cover != seen) {
            self.lost(format_args!("the cover is {seen}, not {:?}", self.cover));
        }
        self.cover = Some(seen);
    }

    fn look_round(&mut self) {
        match self.dice.roll(3) {
            0 => self.read_about(),
            1 => drop(self.ask("GET", "/titles?type=game&sort=rating", &Value::Null, (DATABASE, &[200]))),
            _ => drop(self.ask("GET", "/auth/.well-known/jwks.json", &Value::Null, (&[], &[200]))),
        }
    }

    /// Reads all that this one wrote, where all is well again, and compares it; gives the marks by title.
    pub fn look_back(&mut self) -> Vec<Option<i64>> {
        self.read_about();
        self.check_cover();
        self.check_picture();
        for which in 0..self.made.len() {
            self.check_made(which);
        }
        self.visitor.look_back();
        (0..self.shared.titles.len())
            .map(|number| {
                self.read(number);
                let review = self.records[1].known[number].surely()?.as_ref()?;
                review["rating"].as_i64()
            })
            .collect()
    }

    fn check_made(&mut self, which: usize) {
        let Some(id) = self.made[which].id.clone() else { return self.make(which) };
        let Some(said) = self.ask("GET", &format!("/titles/{id}"), &Value::Null, (DATABASE, &[200, 404]))
        else {
            return;
        };
        let before = self.made[which].there.clone();
        if !self.made[which].there.saw(said.status() == 200, false) {
            self.lost(format_args!("title {id} is {} where {before:?} was known", said.status()));
        }
        // A removal that was cut short is finished by being repeated.
        if said.status() == 200 && before.may_be(|there| !there) {
            self.remove(which);
        }
    }

    /// No link leads to a picture that is not there.
    fn check_picture(&self) {
        let Some(url) = self.cover.as_ref().and_then(|cover| cover["url"].as_str()) else { return };
        let found = ureq::get(url).config().http_status_as_error(false).build().call();
        let status = found.map(|answer| answer.status().as_u16()).unwrap_or_default();
        if status != 200 {
            self.shared.figures.wrong(Wrong::HalfDone, format_args!("{status} for the picture {url}"));
        }
    }
}
