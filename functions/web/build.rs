//! A client that is built after this crate was compiled has to be embedded too.

use std::path::Path;

fn main() {
    // Cargo takes a folder that is not there for one that always changed.
    let watched = if Path::new("client/dist").exists() { "client/dist" } else { "client" };
    println!("cargo:rerun-if-changed={watched}");
}
