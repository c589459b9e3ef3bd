//! Somebody who signs in, refreshes and leaves, and others who register meanwhile.

mod keys;

use std::sync::Arc;

use contract::chance::Dice;
use serde_json::json;

use super::client::{Client, Said};
use super::figures::Wrong;
use super::known::Known;
use super::people::{Keys, PASSWORD, Person, email};
use super::weather::{Part, Request};
use super::worker::Shared;
use crate::journey::newest_code_to;

/// What a session is, as far as its owner knows.
#[derive(Clone, Copy, PartialEq)]
enum Session {
    None,
    Open,
    /// A refresh, a logout or a change that ends sessions was sent and not answered.
    Doubtful,
}

/// Somebody who was registered meanwhile.
struct Joined {
    keys: Known<Keys>,
    /// Whether a code to restore the password was asked for: an address has one in a minute.
    restored: bool,
}

/// Somebody who comes and goes.
pub struct Visitor {
    shared: Arc<Shared>,
    person: Person,
    session: Session,
    keys: Known<Keys>,
    joined: Vec<Joined>,
    asked: u64,
}

const SIGNING_IN: &[Part] = &[Part::Database, Part::Cache];
const MAILING: &[Part] = &[Part::Database, Part::Cache, Part::Mail];

impl Visitor {
    pub fn new(shared: &Arc<Shared>, person: Person) -> Self {
        let keys = Known::is(Keys::first(&person.email));
        let shared = shared.clone();
        Self { shared, person, session: Session::Open, keys, joined: Vec::new(), asked: 0 }
    }

    fn ask(
        &self,
        what: &str,
        (needs, usual): (&[Part], &[u16]),
        send: impl FnOnce() -> Said,
    ) -> Option<Said> {
        let what = format!("{what} of {}", self.person.email);
        self.shared.ask(&Request { what: &what, needs, usual }, send)
    }

    fn lost(&self, what: impl std::fmt::Display) {
        self.shared.figures.wrong(Wrong::LostWrite, format_args!("{}: {what}", self.person.email));
    }

    pub fn step(&mut self, dice: &mut Dice) {
        let open = self.session == Session::Open && self.has_one_key();
        match dice.roll(10) {
            0 | 1 => self.join(),
            2 => drop(self.mail()),
            3 => self.restore(),
            4 if open => self.change_password(),
            5 if open => self.change_email(),
            6 if self.session != Session::None => self.leave(),
            _ if self.session == Session::None || !self.has_one_key() => drop(self.enter()),
            _ => self.refresh(),
        }
    }

    /// Without the cache it goes on (DEG-2).
    fn refresh(&mut self) {
        let held_up = self.shared.weather.holds_up();
        let body = json!({"refresh_token": self.person.refresh_token});
        // What was done and not answered is over once the grace is.
        let usual: &[u16] = if self.session == Session::Doubtful { &[200, 401] } else { &[200] };
        let send = || self.person.client.json("POST", "/auth/token/update", &body);
        match self.ask("a refresh", (&[Part::Database], usual), send) {
            Some(said) if said.status() == 200 => {
                self.person.take(&said, "");
                // What is held up may still end it.
                if !held_up {
                    self.session = Session::Open;
                }
            }
            Some(_) => self.session = Session::None,
            None => self.session = Session::Doubtful,
        }
    }

    fn leave(&mut self) {
        let usual: &[u16] = if self.session == Session::Doubtful { &[204, 401] } else { &[204] };
        let send = || self.person.client.ask("POST", "/auth/logout");
        let left = self.ask("a logout", (&[Part::Database], usual), send).is_some();
        self.session = if left { Session::None } else { Session::Doubtful };
    }

    /// An address that nobody has.
    fn new_address(&mut self) -> String {
        self.asked += 1;
        let name = self.person.email.split('-').next().unwrap_or_default();
        email(&self.shared.url, &format!("{name}-{}", self.asked))
    }

    /// Has a code mailed to an address that nobody has; gives it.
    fn mail(&mut self) -> Option<String> {
        let email = self.new_address();
        let body = json!({"email": email});
        let client = Client::new(&self.shared.url);
        let send = || client.json("POST", "/auth/email/validate", &body);
        self.ask("a code", (MAILING, &[202]), send).map(|_| email)
    }

    /// Somebody registers.
    fn join(&mut self) {
        let Some(email) = self.mail() else { return };
        let (code, client) = (newest_code_to(&email), Client::new(&self.shared.url));
        let username = email.split('@').next().unwrap_or_default();
        let body = json!({"email": email, "username": username, "password": PASSWORD, "code": code});
        let send = || client.json("POST", "/auth/signin", &body);
        let said = self.ask("a registration", (SIGNING_IN, self.with_code(&[201, 422])), send);
        if said.is_some_and(|said| said.status() == 201) {
            self.joined.push(Joined { keys: Known::is(Keys::first(&email)), restored: false });
        }
    }

    /// Whether everybody can sign in, with what was last set.
    pub fn look_back(&mut self) {
        if (0..20).find_map(|_| self.enter()).is_none() {
            self.lost(format_args!("can't sign in with {:?}", self.keys));
        }
        let client = Client::new(&self.shared.url);
        for joined in &self.joined {
            let enters = |keys: &Keys| keys.sign_in(&client).status() == 200;
            if !(0..20).any(|_| joined.keys.possible().iter().any(enters)) {
                self.lost(format_args!("nobody can sign in with {:?}", joined.keys));
            }
        }
    }
}
