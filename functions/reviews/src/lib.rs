//! reviews-function
