use async_trait::async_trait;
use models::Email;

use crate::Result;

/// What a deployment does beside its template. Each step may be repeated, and changes nothing where it was done.
#[async_trait]
pub trait Deployment: Send + Sync {
    /// Brings the durable store up to date.
    async fn migrate(&self) -> Result<()>;

    /// Makes the secret that passwords and codes are hashed with, unless there is one: it never changes.
    async fn keep_pepper(&self) -> Result<()>;

    /// Makes the private keys of this generation, unless they are there, and gives the public keys as a JWK set.
    async fn keep_keys(&self, generation: u32) -> Result<String>;

    /// Makes the person with this address a moderator; `false` where there is none.
    async fn make_moderator(&self, email: &Email) -> Result<bool>;

    /// Answers whoever asked for the deployment, at the address that they gave.
    async fn reply(&self, address: &str, answer: String) -> Result<()>;
}
