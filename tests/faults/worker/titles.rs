//! Titles of one's own.

use serde_json::Value;

use super::{DATABASE, Made, Worker};
use crate::faults::client::Said;
use crate::faults::known::Known;
use crate::faults::people::title;

impl Worker {
    /// Adds a title, asks again for one that may not have been added, or removes one.
    pub(super) fn make_or_remove(&mut self) {
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
        let body = title(&self.made[which].name);
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

    pub(super) fn check_made(&mut self, which: usize) {
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
}
