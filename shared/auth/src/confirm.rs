use std::sync::Arc;

use api::{Client, Error, Result};
use models::{Email, Password, UserId};
use ports::{Clock, Credentials, EndSessions, Limits, Users, Verdict};
use tokio::join;

use crate::{Gate, Hasher, Pepper, Verified};

/// The one way in which a password is checked: with the limits by account and by IP (BF-1, BF-2), the same work
/// for an address without an account (ENUM-2), and a fresh hash where the stored one is weaker than today's.
pub struct Confirm {
    /// Where accounts are.
    pub users: Arc<dyn Users>,
    /// Where failures are counted.
    pub limits: Arc<dyn Limits>,
    /// What compares.
    pub hasher: Arc<Hasher>,
    /// By what counters know an account.
    pub pepper: Pepper,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The limits by IP.
    pub gate: Arc<Gate>,
}

impl Confirm {
    /// The account of an address, if the password is its own.
    ///
    /// # Errors
    /// `InvalidCredentials`, one answer for a wrong address and a wrong password; `TooManyRequests`,
    /// `Unavailable`, `Busy`.
    pub async fn login(&self, email: &Email, client: &Client, password: &Password) -> Result<Credentials> {
        // Before a failure is counted in advance: an outage of the database is nobody's failure (DEG-1).
        let credentials = self.users.credentials_by_email(&email.key()).await?;
        self.check(email, client, password, credentials).await?.ok_or(Error::InvalidCredentials)
    }

    /// The account of somebody who is signed in and gives their password once more. Counts as a login.
    ///
    /// # Errors
    /// `WrongPassword`, `TokenInvalid` where the account is gone; `TooManyRequests`, `Unavailable`, `Busy`.
    pub async fn password(&self, user: UserId, client: &Client, password: &Password) -> Result<Credentials> {
        let credentials = self.users.credentials(user).await?.ok_or(Error::TokenInvalid)?;
        let email = credentials.email.clone();
        self.check(&email, client, password, Some(credentials)).await?.ok_or(Error::WrongPassword)
    }

    /// The owner has shown by a mailed code who they are: past failures do not lock them out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forgive(&self, email: &Email, client: &Client) -> Result<()> {
        let (account, rule) = (self.pepper.identity(email), &self.gate.rules().account);
        Ok(self.limits.login_succeeded(&account, &client.network(), rule, self.clock.now()).await?)
    }

    async fn begin(&self, email: &Email, client: &Client) -> Result<()> {
        let (account, rule) = (self.pepper.identity(email), &self.gate.rules().account);
        match self.limits.login_begin(&account, &client.network(), rule, self.clock.now()).await? {
            Verdict::Allowed => Ok(()),
            Verdict::RetryAfter(seconds) => {
                tracing::warn!(event = "authn_login_lock", account, seconds, "too many failures");
                Err(Error::TooManyRequests(seconds))
            }
        }
    }

    /// Counts a failure before anything is compared, so that parallel tries can't slip past, and takes it back where it
    /// was none. That there is room for a hash is seen to before: a full queue is nobody's failure.
    async fn check(
        &self,
        email: &Email,
        client: &Client,
        password: &Password,
        credentials: Option<Credentials>,
    ) -> Result<Option<Credentials>> {
        let place = self.hasher.place()?;
        let window = self.gate.rules().ip_failed_logins;
        // At once, as below: neither waits for the other's way to the cache and back. An IP whose failures are full is
        // turned away before it comes here, so that few are counted at the account and then refused for the IP.
        let (failure, begun) =
            join!(self.gate.limit_client("failed_logins", client, window), self.begin(email, client));
        let failure = failure?;
        let hash = credentials.as_ref().map(|credentials| credentials.password_hash.as_str());
        let verified = match begun {
            Ok(()) => self.hasher.verify(place, password, hash).await,
            Err(error) => Err(error),
        };
        match (verified, credentials) {
            (Err(error), _) => {
                self.gate.give_back(failure).await;
                Err(error)
            }
            (Ok(Verified::Wrong), _) | (_, None) => {
                let account = self.pepper.identity(email);
                tracing::warn!(event = "authn_login_fail", account, "wrong password");
                Ok(None)
            }
            (Ok(verified), Some(credentials)) => {
                let (forgiven, ()) = join!(self.forgive(email, client), self.gate.give_back(failure));
                forgiven?;
                self.strengthened(verified, credentials, password).await.map(Some)
            }
        }
    }

    /// With a fresh hash, where the stored one is weaker than today's.
    async fn strengthened(
        &self,
        verified: Verified,
        mut credentials: Credentials,
        password: &Password,
    ) -> Result<Credentials> {
        if verified == Verified::RightButOld {
            let new = self.hasher.hash(password, &self.clock).await?;
            let old = &credentials.password_hash;
            if self.users.set_password(credentials.user_id, old, &new, EndSessions::None).await? {
                credentials.password_hash = new;
            }
        }
        Ok(credentials)
    }
}
