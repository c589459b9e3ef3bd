use async_trait::async_trait;

use crate::{Backend, Result};

/// A backend that can be asked whether it answers, for `GET /health`.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Which it is.
    fn backend(&self) -> Backend;

    /// Asks it, within a second or two.
    async fn probe(&self) -> Result<()>;
}
