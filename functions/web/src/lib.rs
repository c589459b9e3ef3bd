//! web-function
