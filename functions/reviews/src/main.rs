//! The `reviews` function.
fn main() {}
