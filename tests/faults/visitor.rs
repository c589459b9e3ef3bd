//! Somebody who signs in, refreshes and leaves, and others who register meanwhile.

use std::sync::Arc;

use contract::chance::Dice;
use serde_json::json;

use super::client::{Client, Said};
use super::figures::Wrong;
use super::people::{PASSWORD, Person, email};
use super::weather::{Part, Request};
use super::worker::Shared;
use crate::journey::newest_code_to;

/// What a session is, as far as its owner knows.
#[derive(Clone, Copy, PartialEq)]
enum Session {
    None,
    Open,
    /// A refresh or a logout was sent and not answered.
    Doubtful,
}

/// Somebody who comes and goes.
pub struct Visitor {
    shared: Arc<Shared>,
    person: Person,
    session: Session,
    joined: Vec<Person>,
    asked: u64,
}

const SIGNING_IN: &[Part] = &[Part::Database, Part::Cache];
const MAILING: &[Part] = &[Part::Database, Part::Cache, Part::Mail];

impl Visitor {
    pub fn new(shared: &Arc<Shared>, person: Person) -> Self {
        Self { shared: shared.clone(), person, session: Session::Open, joined: Vec::new(), asked: 0 }
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

    pub fn step(&mut self, dice: &mut Dice) {
        match dice.roll(6) {
            0 => self.join(),
            1 => drop(self.mail()),
            2 if self.session != Session::None => self.leave(),
            _ if self.session == Session::None => self.enter(),
            _ => self.refresh(),
        }
    }

    fn enter(&mut self) {
        let said = self.ask("a sign-in", (SIGNING_IN, &[200]), || self.person.sign_in());
        let Some(said) = said else { return };
        self.person.take(&said, "");
        self.session = Session::Open;
    }

    /// A refresh without the cache goes on (DEG-2).
    fn refresh(&mut self) {
        let body = json!({"refresh_token": self.person.refresh_token});
        // What was done and not answered is over once the grace is.
        let usual: &[u16] = if self.session == Session::Doubtful { &[200, 401] } else { &[200] };
        let send = || self.person.client.json("POST", "/auth/token/update", &body);
        match self.ask("a refresh", (&[Part::Database], usual), send) {
            Some(said) if said.status() == 200 => {
                self.person.take(&said, "");
                self.session = Session::Open;
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

    /// Has a code mailed to an address that nobody has; gives it.
    fn mail(&mut self) -> Option<String> {
        self.asked += 1;
        let email = email(&self.shared.url, &format!("{}-{}", self.name(), self.asked));
        let body = json!({"email": email});
        let client = Client::new(&self.shared.url);
        let send = || client.json("POST", "/auth/email/validate", &body);
        self.ask("a code", (MAILING, &[202]), send).map(|_| email)
    }

    fn name(&self) -> String {
        self.person.email.split('-').next().unwrap_or_default().to_owned()
    }

    /// Somebody registers.
    fn join(&mut self) {
        let Some(email) = self.mail() else { return };
        let (code, client) = (newest_code_to(&email), Client::new(&self.shared.url));
        let username = email.split('@').next().unwrap_or_default();
        let body = json!({"email": email, "username": username, "password": PASSWORD, "code": code});
        let send = || client.json("POST", "/auth/signin", &body);
        if self.ask("a registration", (SIGNING_IN, &[201]), send).is_some() {
            self.joined.push(Person { client, email, refresh_token: String::new() });
        }
    }

    /// Whether everybody who was registered can sign in.
    pub fn look_back(&self) {
        for person in &self.joined {
            let said = person.sign_in();
            if said.status() != 200 {
                self.shared
                    .figures
                    .wrong(Wrong::LostWrite, format_args!("{} can't sign in: {said:?}", person.email));
            }
        }
    }
}
