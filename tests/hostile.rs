//! What an attacker sends: tokens of every wrong kind, bodies and pictures made to break a parser, names that look
//! alike. Each is refused as the contract says, and nothing is written.

mod canaries;
mod enumeration;
mod input;
mod pictures;
mod tokens;
