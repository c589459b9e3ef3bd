use futures::{StreamExt as _, TryStreamExt as _, stream};
use models::{Review, Role, Title, Walk};
use platform::{Database, Loader, Platform, SeedUser};
use ports::{Clock, NewUser, Result};
use std::sync::Arc;

use crate::demo_people::ended_session;

/// So many records are added at once where they are added one by one.
const AT_ONCE: usize = 32;

/// Where made-up data goes: in bulk where the store has a way for it, else through its ports.
pub(crate) enum Target {
    Bulk(Loader),
    Ports(Database, Arc<dyn Clock>),
}

impl Target {
    pub(crate) async fn of(platform: &Platform) -> anyhow::Result<Self> {
        Ok(match platform.loader()? {
            Some(loader) => Self::Bulk(loader),
            None => Self::Ports(platform.database()?, platform.clock()),
        })
    }

    pub(crate) async fn users(&self, users: &[SeedUser]) -> Result<()> {
        match self {
            Self::Bulk(loader) => loader.users(users).await,
            Self::Ports(database, clock) => {
                let register = |user: &SeedUser| {
                    let session = ended_session(user.joined_at, &**clock);
                    database.users.register(new_user(user), session)
                };
                all(users.iter().map(register)).await
            }
        }
    }

    pub(crate) async fn titles(&self, titles: &[Title]) -> Result<()> {
        match self {
            Self::Bulk(loader) => loader.titles(titles).await,
            Self::Ports(database, _) => {
                all(titles.iter().map(|title| database.titles.add(title.clone()))).await
            }
        }
    }

    pub(crate) async fn records(&self, walks: &[Walk], reviews: &[Review]) -> Result<()> {
        match self {
            Self::Bulk(loader) => {
                loader.walks(walks).await?;
                loader.reviews(reviews).await
            }
            Self::Ports(database, _) => {
                all(walks.iter().map(|walk| database.walks.add(walk))).await?;
                all(reviews.iter().map(|review| database.reviews.add(review))).await
            }
        }
    }
}

fn new_user(user: &SeedUser) -> NewUser {
    NewUser {
        id: user.id,
        email: user.email.clone(),
        username: user.username.clone(),
        password_hash: user.password_hash.clone(),
        role: Role::User,
        now: user.joined_at,
    }
}

/// Does all of it, some at once.
async fn all<T>(work: impl Iterator<Item = impl Future<Output = Result<T>>>) -> Result<()> {
    stream::iter(work).buffer_unordered(AT_ONCE).try_for_each(|_| async { Ok(()) }).await
}
