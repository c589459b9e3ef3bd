//! user-function
