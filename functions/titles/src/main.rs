//! The `titles` function.
fn main() {}
