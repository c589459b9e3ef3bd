use jiff::Timestamp;
use uuid::Uuid;

/// Time and chance. They come in through this port, so that tests move the clock by hand and never sleep.
pub trait Clock: Send + Sync {
    /// Now, in whole milliseconds: what is shown is what is kept.
    fn now(&self) -> Timestamp;

    /// A new UUIDv7, greater than every one before it from this clock.
    fn id(&self) -> Uuid;

    /// Fills `bytes` from the system's generator.
    fn fill(&self, bytes: &mut [u8]);
}
