//! The `walks` function.
fn main() {}
