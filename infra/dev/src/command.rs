//! The subcommands, one file each, and what some of them share.

pub mod bench;
pub mod dependencies;
pub mod deploy;
pub mod faults;
pub mod fuzz;
pub mod journeys;
pub mod schemathesis;
pub mod seed;
pub mod serving;
pub mod smoke;
pub mod system;
pub mod test;
pub mod up;
pub mod watch;
