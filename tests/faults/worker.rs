//! Somebody who writes and reads, and knows what must be there.

mod pictures;
mod records;
mod titles;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::chance::Dice;
use serde_json::{Value, json};

use self::pictures::Pictured;
use super::client::Said;
use super::figures::{Figures, Wrong};
use super::known::Known;
use super::people::Person;
use super::visitor::Visitor;
use super::weather::{Part, Request, Weather};

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
    /// A title, and oneself.
    pictured: [Pictured; 2],
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
            pictured: [Pictured::title(&covered), Pictured::oneself()],
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
            31 => self.upload(0),
            32 => self.upload(1),
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
        for which in 0..self.pictured.len() {
            self.check_picture(which);
            self.check_object(which);
        }
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
}
