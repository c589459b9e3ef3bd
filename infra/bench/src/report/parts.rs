//! The parts of the page: tables, pictures and what they say of the targets.

mod counts;
mod functions;
mod throughput;

pub use counts::{Capacity, Growth, capacity, capacity_target, growth, growth_picture, growth_targets};
pub use functions::{cold_picture, lambda, lambda_targets, warm_picture};
pub use throughput::{server, server_picture, server_targets};

/// The greatest of some figures; none where there are none.
fn most(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(f64::max)
}

/// The least of some figures; none where there are none.
fn least(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(f64::min)
}
