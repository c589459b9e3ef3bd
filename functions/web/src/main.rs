//! The `web` function.
fn main() {}
