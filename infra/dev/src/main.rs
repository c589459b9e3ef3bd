//! `dev`
fn main() {}
