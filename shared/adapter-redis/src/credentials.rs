use async_trait::async_trait;

/// Why there are no credentials; without what is secret in them, for it is logged.
pub type NoCredentials = Box<dyn std::error::Error + Send + Sync>;

/// A user and a password that change while the process lives, such as ElastiCache's tokens, good for minutes.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The user and the password to open a connection with now.
    async fn now(&self) -> std::result::Result<(String, String), NoCredentials>;
}
