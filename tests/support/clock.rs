use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use ports::Clock;
use uuid::{ContextV7, Uuid};

/// A clock that stands until it is moved by hand. Ids follow it; chance is real.
pub struct ManualClock {
    now: Mutex<Timestamp>,
    ids: Mutex<ContextV7>,
}

impl ManualClock {
    /// A clock that stands at a noon.
    pub fn at_noon() -> Self {
        let noon = "2026-11-22T12:00:00.000Z".parse().expect("an instant");
        Self { now: Mutex::new(noon), ids: Mutex::new(ContextV7::new()) }
    }

    /// Moves the clock ahead.
    pub fn pass(&self, time: SignedDuration) {
        *self.now.lock().expect("no test panics while moving the clock") += time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().expect("no test panics while moving the clock")
    }

    fn id(&self) -> Uuid {
        let now = self.now();
        let ids = self.ids.lock().expect("no test panics while making an id");
        let (seconds, nanos) = (now.as_second().unsigned_abs(), now.subsec_nanosecond().unsigned_abs());
        Uuid::new_v7(uuid::Timestamp::from_unix(&*ids, seconds, nanos))
    }

    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system's generator");
    }
}
