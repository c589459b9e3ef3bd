//! A client that is built after this crate was compiled has to be embedded too.

fn main() {
    println!("cargo:rerun-if-changed=client/dist");
}
