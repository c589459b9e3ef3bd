use std::any::Any;
use std::sync::Arc;

use ports::{Codes, Limits};

/// What is short-lived, as an adapter gives it to the tests.
pub struct Cache {
    /// Mailed codes.
    pub codes: Arc<dyn Codes>,
    /// Counters.
    pub limits: Arc<dyn Limits>,
    /// What has to live as long as the rest, a server or a namespace of its own.
    pub keep: Box<dyn Any + Send + Sync>,
}
