use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A new UUIDv7, as `ports::Clock` would give it: the tests' data has to be new in each process.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the contract plays the part of the clock")]
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// Now, in whole milliseconds. From here on the tests move the clock by hand; they begin at the true time since
/// a store may use it to tidy up.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the contract plays the part of the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The instant so many seconds after `time`.
#[must_use]
pub fn after(time: Timestamp, seconds: i64) -> Timestamp {
    later(time, seconds * 1000)
}

/// The instant so many milliseconds after `time`.
#[must_use]
pub fn later(time: Timestamp, milliseconds: i64) -> Timestamp {
    time + SignedDuration::from_millis(milliseconds)
}

/// 32 bytes that were never seen before.
#[must_use]
pub fn digest() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(id().as_bytes());
    bytes[16..].copy_from_slice(random().as_bytes());
    bytes
}

#[expect(clippy::disallowed_methods, reason = "the contract plays the part of chance")]
fn random() -> Uuid {
    Uuid::new_v4()
}

/// A small generator of numbers that are the same in every run of the same `seed` (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The numbers of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides.max(1)
    }

    /// One of `things`.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let index = self.roll(things.len() as u64);
        &things[usize::try_from(index).unwrap_or(0)]
    }
}
