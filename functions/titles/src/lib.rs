//! titles-function
