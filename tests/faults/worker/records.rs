//! Walks and reviews of the titles that all share.

use serde_json::{Value, json};

use super::{DATABASE, Fields, Kind, Worker};
use crate::faults::client::Said;

impl Worker {
    pub(super) fn write_record(&mut self, which: usize) {
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

    pub(super) fn read_title(&mut self) {
        let number = usize::try_from(self.dice.roll(self.shared.titles.len() as u64)).expect("a number");
        self.read(number);
    }

    /// Reads one's own records of a title, compares them, and gives their ids.
    pub(super) fn read(&mut self, number: usize) -> Option<[Option<String>; 2]> {
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
}
