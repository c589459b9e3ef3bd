//! `local`
fn main() {}
