use jiff::{Timestamp, Unit};
use ports::Clock;
use uuid::Uuid;

/// The system's clock and generator.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one home of the time")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let whole = jiff::TimestampRound::new().smallest(Unit::Millisecond).mode(jiff::RoundMode::Trunc);
        now.round(whole).unwrap_or(now)
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of ids")]
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "without the system's generator nothing is safe: better no answer"
        )]
        aws_lc_rs::rand::fill(bytes).expect("the system's generator");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_has_whole_milliseconds_and_ids_grow() {
        assert_eq!(SystemClock.now().as_nanosecond() % 1_000_000, 0);
        let ids: Vec<_> = (0..1000).map(|_| SystemClock.id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }
}
