//! adapter-aws
