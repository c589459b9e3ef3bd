//! The parts of the page: tables, pictures and what they say of the targets.

mod counts;
mod functions;
mod throughput;

pub use counts::{Capacity, Growth, capacity, capacity_target, growth, growth_picture, growth_targets};
pub use functions::{cold_picture, lambda, lambda_targets, warm_picture};
pub use throughput::{server, server_picture, server_targets};

/// The greatest of some figures.
fn most(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

/// The least of some figures.
fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}
