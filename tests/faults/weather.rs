//! What is wrong with the backends just now, and which answers that explains.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::client::Said;
use super::figures::{Figures, Spared, Wrong};
use super::proxy::Mode;

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Database,
    Cache,
    Images,
    Mail,
}

/// DEG-1: so long after a backend's return all has to be well.
pub const BACK: Duration = Duration::from_secs(10);

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
    /// A part is back and was seen to be well. Whoever has to open a new connection to it, among all those that were
    /// waiting for it, may still be too late, until this moment.
    Back {
        part: Part,
        until: Instant,
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
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Sky::Back { until, .. } if until <= Instant::now() => Sky::Clear,
            sky => sky,
        }
    }

    pub fn turn(&self, sky: Sky) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = sky;
    }

    /// Whether what was sent and never answered may still arrive later.
    pub fn holds_up(&self) -> bool {
        matches!(self.now(), Sky::Fault { mode: Mode::Stalled, .. })
    }

    /// Whether the server itself may ask a backend again for what was done and not answered, and so meet its own claim
    /// of a code.
    pub fn repeats(&self) -> bool {
        matches!(self.now(), Sky::Fault { mode: Mode::Stalled | Mode::Cut(_), .. })
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
        let spared = Spared::of(self.needs, figures.on_dynamodb);
        if let Some(spared) = spared {
            figures.count(spared.asked, 1);
        }
        let Self { what, usual, .. } = self;
        if usual.contains(&said.status()) {
            let surely =
                matches!(before, Sky::Fault { part, surely: true, .. } if self.needs.contains(&part));
            if surely && before == after {
                figures.wrong(Wrong::Status, format_args!("{what} went well under {before:?}: {said:?}"));
            }
            return true;
        }
        let explained = if said.is_unavailable() {
            self.explained([before, after]).or(spared.map(|spared| spared.refused))
        } else {
            (matches!(said, Said::Broken) && before == Sky::Kills).then_some("cut off by a kill")
        };
        match (said, explained) {
            (_, Some(known)) => figures.count(known, 1),
            (Said::Late, None) => {
                figures.wrong(Wrong::Late, format_args!("{what} under {before:?}, {after:?}"));
            }
            (said, None) => {
                figures.wrong(Wrong::Status, format_args!("{what} under {before:?}, {after:?}: {said:?}"));
            }
        }
        false
    }

    /// As what a 503 counts that one of these skies explains.
    fn explained(&self, skies: [Sky; 2]) -> Option<&'static str> {
        let needed = |sky: &Sky| match sky {
            Sky::Fault { part, .. } | Sky::Back { part, .. } => self.needs.contains(part),
            Sky::Clear | Sky::Kills => false,
        };
        match skies.iter().find(|sky| needed(sky))? {
            Sky::Back { .. } => Some("answered 503 within 10 s of a return"),
            _ => Some("answered 503"),
        }
    }
}

/// Whether an upload that failed under these failed before it came to the row.
pub fn spares_the_row(before: Sky, after: Sky) -> bool {
    let pictures = |sky| matches!(sky, Sky::Fault { part: Part::Images, .. });
    pictures(before) && before == after
}
