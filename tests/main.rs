//! What no crate can test alone: endpoints on real stores, API Gateway's events, a person's story over HTTP, and
//! the house rules themselves. One binary; each file is about what its name says.

mod support;

mod account;
mod boundaries;
mod capacity;
mod catalogue;
mod covers;
mod deployed;
mod events;
mod faults;
mod growth;
mod history;
mod hostile;
mod journey;
mod manners;
mod openapi;
mod reviews;
mod sessions;
mod sign_in;
mod stacks;
mod template;
mod titles;
mod user;
mod walks;
