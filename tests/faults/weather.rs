//! What is wrong with the backends just now, and which answers that explains.

use std::sync::{Mutex, PoisonError};

use super::client::Said;
use super::figures::{Figures, UNEXPLAINED, Wrong};
use super::proxy::Mode;

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Database,
    Cache,
    Images,
    Mail,
}

/// What is wrong, if anything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sky {
    Clear,
    /// A part is in a fault; `surely` where whatever needs it can't go well.
    Fault {
        part: Part,
        mode: Mode,
        surely: bool,
    },
    /// The server itself is killed now and then.
    Kills,
}

/// The sky as everybody sees it.
pub struct Weather(Mutex<Sky>);

impl Weather {
    pub const fn new(sky: Sky) -> Self {
        Self(Mutex::new(sky))
    }

    pub fn now(&self) -> Sky {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn turn(&self, sky: Sky) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = sky;
    }

    /// Whether what was sent and never answered may still arrive later.
    pub fn holds_up(&self) -> bool {
        matches!(self.now(), Sky::Fault { mode: Mode::Stalled, .. })
    }
}

/// A request, for who judges its answer.
pub struct Request<'a> {
    pub what: &'a str,
    pub needs: &'a [Part],
    /// What it is answered where all is well.
    pub usual: &'a [u16],
}

impl Request<'_> {
    /// Whether it was done, as far as the answer tells; counts what nothing explains. The sky is that before and after.
    pub fn judge(&self, said: &Said, (before, after): (Sky, Sky), figures: &Figures) -> bool {
        figures.count("requests", 1);
        let Self { what, needs, usual } = self;
        let hit = |sky| matches!(sky, Sky::Fault { part, .. } if needs.contains(&part));
        if usual.contains(&said.status()) {
            let surely = |sky| hit(sky) && matches!(sky, Sky::Fault { surely: true, .. });
            if surely(before) && before == after {
                figures.wrong(Wrong::Status, format_args!("{what} went well under {before:?}: {said:?}"));
            }
            return true;
        }
        match said {
            Said::Broken if before == Sky::Kills => figures.count("cut off by a kill", 1),
            said if said.is_unavailable() && (hit(before) || hit(after)) => figures.count("answered 503", 1),
            // A machine that is busy elsewhere uses up Valkey's 250 ms, or the emulator's 3; figures.rs says how often
            // it may.
            said if said.is_unavailable() => figures.count(UNEXPLAINED, 1),
            Said::Late => figures.wrong(Wrong::Late, format_args!("{what} under {before:?}, {after:?}")),
            said => {
                figures.wrong(Wrong::Status, format_args!("{what} under {before:?}, {after:?}: {said:?}"));
            }
        }
        false
    }
}

/// Whether an upload that failed under these failed before it came to the row.
pub fn spares_the_row(before: Sky, after: Sky) -> bool {
    let pictures = |sky| matches!(sky, Sky::Fault { part: Part::Images, .. });
    pictures(before) && before == after
}
