//! Titles of one's own, and the cover of one of them.

use serde_json::Value;

use super::{DATABASE, Made, Worker};
use crate::faults::client::Said;
use crate::faults::figures::Wrong;
use crate::faults::known::Known;
use crate::faults::people::title;
use crate::faults::weather::{Part, Request, spares_the_row};
use crate::support::png;

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

    /// S3 comes before the row: where it fails, the row is as it was (DEG-3).
    pub(super) fn upload(&mut self) {
        let path = format!("/titles/{}/cover", self.covered);
        let what = format!("the cover of {}", self.name);
        let request = Request { what: &what, needs: &[Part::Database, Part::Images], usual: &[200] };
        let before = self.shared.weather.now();
        let send = || self.person.client.send("POST", &path, Some("image/png"), &png(12, 8));
        match self.shared.ask(&request, send) {
            Some(said) => self.cover = Some(said.body()["cover"].clone()),
            None if spares_the_row(before, self.shared.weather.now()) => self.check_cover(),
            None => self.cover = None,
        }
    }

    pub(super) fn check_cover(&mut self) {
        let path = format!("/titles/{}", self.covered);
        let Some(said) = self.ask("GET", &path, &Value::Null, (DATABASE, &[200])) else { return };
        let seen = said.body()["cover"].clone();
        if self.cover.as_ref().is_some_and(|cover| *cover != seen) {
            self.lost(format_args!("the cover is {seen}, not {:?}", self.cover));
        }
        self.cover = Some(seen);
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

    /// No link leads to a picture that is not there.
    pub(super) fn check_picture(&self) {
        let Some(url) = self.cover.as_ref().and_then(|cover| cover["url"].as_str()) else { return };
        let found = ureq::get(url).config().http_status_as_error(false).build().call();
        let status = found.map(|answer| answer.status().as_u16()).unwrap_or_default();
        if status != 200 {
            self.shared.figures.wrong(Wrong::HalfDone, format_args!("{status} for the picture {url}"));
        }
    }
}
