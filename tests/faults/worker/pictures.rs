//! A title's cover and one's own picture, which are alike.

use serde_json::Value;

use super::{DATABASE, Worker};
use crate::faults::figures::Wrong;
use crate::faults::weather::{Part, Request, spares_the_row};
use crate::support::png;

/// What has a picture, and which it is.
pub(super) struct Pictured {
    /// How it is set.
    set: (&'static str, String),
    /// Where it is read, and as which field.
    read: (String, &'static str),
    /// As far as that is known.
    known: Option<Value>,
}

impl Pictured {
    pub(super) fn title(id: &str) -> Self {
        let read = format!("/titles/{id}");
        Self { set: ("POST", format!("{read}/cover")), read: (read, "cover"), known: Some(Value::Null) }
    }

    pub(super) fn oneself() -> Self {
        let read = "/user/@me".to_owned();
        Self { set: ("PUT", format!("{read}/avatar")), read: (read, "avatar"), known: Some(Value::Null) }
    }
}

impl Worker {
    /// S3 comes before the row: where it fails, the row is as it was (DEG-3).
    pub(super) fn upload(&mut self, which: usize) {
        let Pictured { set: (method, path), read: (_, field), .. } = &self.pictured[which];
        let what = format!("the {field} of {}", self.name);
        let request = Request { what: &what, needs: &[Part::Database, Part::Images], usual: &[200] };
        let before = self.shared.weather.now();
        let send = || self.person.client.send(method, path, Some("image/png"), &png(12, 8));
        let said = self.shared.ask(&request, send);
        let set = said.map(|said| said.body()[*field].clone());
        let spared = set.is_none() && spares_the_row(before, self.shared.weather.now());
        if spared {
            return self.check_picture(which);
        }
        self.pictured[which].known = set;
    }

    pub(super) fn check_picture(&mut self, which: usize) {
        let Pictured { read: (path, field), known, .. } = &self.pictured[which];
        let Some(said) = self.ask("GET", path, &Value::Null, (DATABASE, &[200])) else { return };
        let seen = said.body()[*field].clone();
        if known.as_ref().is_some_and(|known| *known != seen) {
            self.lost(format_args!("the {field} is {seen}, not {known:?}"));
        }
        self.pictured[which].known = Some(seen);
    }

    /// No link leads to a picture that is not there.
    pub(super) fn check_object(&self, which: usize) {
        let Some(url) = self.pictured[which].known.as_ref().and_then(|picture| picture["url"].as_str())
        else {
            return;
        };
        let found = ureq::get(url).config().http_status_as_error(false).build().call();
        let status = found.map(|answer| answer.status().as_u16()).unwrap_or_default();
        if status != 200 {
            self.shared.figures.wrong(Wrong::HalfDone, format_args!("{status} for the picture {url}"));
        }
    }
}
