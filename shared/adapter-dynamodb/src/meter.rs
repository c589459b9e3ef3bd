use std::sync::Mutex;

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// What the calls of a store consumed, as DynamoDB counts it: a read unit is 4 KB read strongly, or 8 KB eventually;
/// a write unit is 1 KB written.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Consumed>);

/// How much it was.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Consumed {
    /// Calls.
    pub calls: u32,
    /// Read units.
    pub read: f64,
    /// Write units, those of the indexes among them.
    pub write: f64,
}

impl Meter {
    /// What was consumed since the last time that this was asked.
    ///
    /// # Panics
    /// Never: nobody panics while counting.
    pub fn take(&self) -> Consumed {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Consumed> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn read<'a>(&self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let mut consumed = self.lock();
        consumed.calls += 1;
        consumed.read += units(capacity);
    }

    pub(crate) fn write<'a>(&self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let mut consumed = self.lock();
        consumed.calls += 1;
        consumed.write += units(capacity);
    }
}

fn units<'a>(capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    capacity.into_iter().filter_map(|capacity| capacity.capacity_units).sum()
}
