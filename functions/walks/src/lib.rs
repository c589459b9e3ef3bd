//! walks-function
