//! The running system under faults and load: nothing is lost, nothing half done, nobody is left without an answer.
//!
//! Each scenario has a server and a store of its own, over real HTTP. The short form runs in `cargo dev test`, the long
//! one in `cargo dev faults`; docs/faults.md says what is promised.

pub mod client;
mod crowds;
pub mod figures;
mod kills;
mod known;
mod load;
mod outages;
mod people;
mod proxy;
mod scene;
mod visitor;
mod weather;
mod worker;
