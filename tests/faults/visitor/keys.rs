//! What opens an account, as it is set anew: the password and the address.

use serde_json::{Value, json};

use super::{Joined, MAILING, SIGNING_IN, Session, Visitor};
use crate::faults::client::{Client, Said};
use crate::faults::people::{Keys, PASSWORD};
use crate::journey::newest_code_to;

impl Visitor {
    /// Whether there is no doubt about what opens the account.
    pub(super) fn has_one_key(&self) -> bool {
        self.keys.possible().len() == 1
    }

    /// What the use of a right code is answered, the last of these only where the server may have to ask for its claim
    /// twice and then meets the first.
    pub(super) fn with_code<'a>(&self, usual: &'a [u16]) -> &'a [u16] {
        if self.shared.weather.repeats() { usual } else { &usual[..usual.len() - 1] }
    }

    /// Signs in with whatever it may be that opens the account; whether it did, where that was told.
    pub(super) fn enter(&mut self) -> Option<bool> {
        let held_up = self.shared.weather.holds_up();
        let possible = self.keys.possible();
        for keys in &possible {
            let send = || keys.sign_in(&self.person.client);
            let said = self.ask("a sign-in", (SIGNING_IN, &[200, 401]), send)?;
            if said.status() == 200 {
                self.keys.saw(keys.clone(), held_up);
                self.person.take(&said, "");
                // A change that is still held up would end this session as well.
                self.session = if self.has_one_key() { Session::Open } else { Session::Doubtful };
                return Some(true);
            }
        }
        self.lost(format_args!("none of {possible:?} opens the account"));
        Some(false)
    }

    /// Another password, to tell one setting from the other.
    fn new_password(&mut self) -> String {
        self.asked += 1;
        format!("{PASSWORD} и обратно {}", self.asked)
    }

    pub(super) fn change_password(&mut self) {
        let Some(old) = self.keys.surely().cloned() else { return };
        let new = Keys { password: self.new_password(), ..old.clone() };
        let body = json!({"current_password": old.password, "new_password": new.password});
        self.change(new, ("a change of password", "/auth/password/change"), &body, &[204]);
    }

    /// Moves the account to another address, with the code that is mailed there.
    pub(super) fn change_email(&mut self) {
        let Some(old) = self.keys.surely().cloned() else { return };
        let new = Keys { email: self.new_address(), ..old };
        let body = json!({"email": new.email, "purpose": "email_change"});
        let send = || self.person.client.json("POST", "/auth/email/validate", &body);
        if self.ask("a code for another address", (MAILING, &[202]), send).is_none() {
            return;
        }
        let code = newest_code_to(&new.email);
        let body = json!({"email": new.email, "password": new.password, "code": code});
        let usual = self.with_code(&[200, 422]);
        self.change(new, ("a change of address", "/auth/email/change"), &body, usual);
    }

    /// Asks for a change of what opens the account. All its other sessions end by it.
    fn change(&mut self, new: Keys, (what, path): (&str, &str), body: &Value, usual: &[u16]) {
        let held_up = self.shared.weather.holds_up();
        let send = || self.person.client.json("POST", path, body);
        match self.ask(what, (SIGNING_IN, usual), send).map(|said| said.status()) {
            Some(200 | 204) => self.keys.wrote(new, held_up),
            // It may have been done. Whoever signs in meanwhile has a session that it may still end.
            _ => {
                self.keys.sent(new);
                self.session = Session::Doubtful;
            }
        }
    }

    /// Somebody who registered meanwhile forgot the password and sets another. Without the cache neither goes (DEG-2).
    pub(super) fn restore(&mut self) {
        let Some(which) = self.joined.iter().position(|joined| !joined.restored) else { return };
        let Some(old) = self.joined[which].keys.surely().cloned() else { return };
        self.joined[which].restored = true;
        let client = Client::new(&self.shared.url);
        let body = json!({"email": old.email});
        let send = || client.json("POST", "/auth/password/restore", &body);
        if self.ask("a code to restore with", (MAILING, &[202]), send).is_none() {
            return;
        }
        let new = Keys { password: self.new_password(), ..old };
        let code = newest_code_to(&new.email);
        let body = json!({"email": new.email, "code": code, "new_password": new.password});
        let held_up = self.shared.weather.holds_up();
        let send = || client.json("PUT", "/auth/password/restore", &body);
        let said = self.ask("a restored password", (SIGNING_IN, self.with_code(&[204, 422])), send);
        let Joined { keys, .. } = &mut self.joined[which];
        match said.as_ref().map(Said::status) {
            Some(204) => keys.wrote(new, held_up),
            _ => keys.sent(new),
        }
    }
}
