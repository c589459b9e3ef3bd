//! auth-function
