use std::sync::atomic::{AtomicBool, Ordering};

use crate::Backend;

/// Whether a backend is in an outage, so that each one is logged as an error once (AL-1), not per request.
#[derive(Debug)]
pub struct Outage {
    backend: Backend,
    lasting: AtomicBool,
}

impl Outage {
    /// A backend that is well so far.
    #[must_use]
    pub const fn new(backend: Backend) -> Self {
        Self { backend, lasting: AtomicBool::new(false) }
    }

    /// It answered: an outage, if there was one, is over.
    pub fn over(&self) {
        if self.lasting.load(Ordering::Relaxed) && self.lasting.swap(false, Ordering::Relaxed) {
            tracing::info!(
                event = "backend_back",
                backend = self.backend.as_str(),
                "the backend answers again"
            );
        }
    }

    /// It did not answer: logged at level `ERROR` when the outage begins, with the backend's name.
    pub fn noted(&self, cause: &dyn std::fmt::Display) {
        if !self.lasting.swap(true, Ordering::Relaxed) {
            let backend = self.backend.as_str();
            tracing::error!(event = "backend_down", backend, %cause, "the backend does not answer");
        }
    }
}
