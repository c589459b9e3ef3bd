use adapter_aws::Secrets as SecretsManager;
use anyhow::Context as _;
use async_trait::async_trait;
use auth::{KeyRing, Pepper};
use models::{Email, Role};
use ports::{Backend, Deployment, Result, Unavailable};
use serde::Deserialize;

use crate::backends::aws;
use crate::settings::Durable;
use crate::{Database, Platform, Settings};

/// What only some functions may know.
pub(crate) struct Secrets {
    signing_key: Option<String>,
    pepper: Option<Pepper>,
}

impl Secrets {
    /// As they are given, or read from where they are named.
    async fn read(settings: &Settings) -> anyhow::Result<Self> {
        let Settings { jwt_signing_key, pepper, secrets, .. } = settings;
        let signing_key = match (jwt_signing_key, &secrets.signing_key) {
            (None, Some(arn)) => Some(secret(arn).await?),
            (given, _) => given.clone(),
        };
        let pepper = match (pepper, &secrets.pepper) {
            (None, Some(arn)) => Some(Pepper::from_base64(&secret(arn).await?)?),
            (given, _) => given.clone(),
        };
        Ok(Self { signing_key, pepper })
    }

    pub(crate) fn signing_key(&self) -> anyhow::Result<&str> {
        self.signing_key.as_deref().context("JWT_SIGNING_KEY is not set")
    }

    pub(crate) fn pepper(&self) -> anyhow::Result<&Pepper> {
        self.pepper.as_ref().context("PEPPER is not set")
    }
}

impl Platform {
    /// Read when they are first needed, while a connection opens.
    pub(crate) async fn secrets(&self) -> anyhow::Result<&Secrets> {
        self.secrets.get_or_try_init(|| Secrets::read(&self.settings)).await
    }
}

async fn secret(arn: &str) -> anyhow::Result<String> {
    let text = SecretsManager::new(aws()).read(arn).await?;
    Ok(text.ok_or_else(|| {
        Unavailable::new(Backend::Secrets, "a secret is empty: the setup function fills it")
    })?)
}

/// A deployment on AWS.
pub struct AwsDeployment<'a> {
    platform: &'a Platform,
    secrets: SecretsManager,
}

/// A secret of a database's user, as RDS writes it.
#[derive(Deserialize)]
struct DatabaseUser {
    username: String,
    password: String,
}

impl Platform {
    /// What the setup function works on.
    pub fn deployment(&self) -> AwsDeployment<'_> {
        AwsDeployment { platform: self, secrets: SecretsManager::new(aws()) }
    }
}

impl AwsDeployment<'_> {
    async fn database_user(&self, arn: &str) -> anyhow::Result<DatabaseUser> {
        let text = self.secrets.read(arn).await?.context("the secret of a database's user is empty")?;
        serde_json::from_str(&text).ok().context("the secret of a database's user can't be read")
    }

    /// The database with this user's name and password in its address.
    fn database_as(&self, user: &DatabaseUser) -> anyhow::Result<adapter_postgres::Settings> {
        let mut settings = self.platform.database_settings()?;
        let mut url = url::Url::parse(&settings.url).ok().context("DATABASE_URL can't be read")?;
        let named = url.set_username(&user.username).and_then(|()| url.set_password(Some(&user.password)));
        named.ok().context("DATABASE_URL takes no user")?;
        settings.url = url.into();
        settings.password = None;
        Ok(settings)
    }

    /// Migrates as the functions' user, who is made first where there are secrets of both.
    async fn migrate_postgres(&self) -> anyhow::Result<()> {
        let names = &self.platform.settings().secrets;
        if let (Some(admin), Some(user)) = (&names.database_admin, &names.database_user) {
            let (admin, user) = (self.database_user(admin).await?, self.database_user(user).await?);
            let admin = self.database_as(&admin)?;
            adapter_postgres::make_role(&admin, &user.username, &user.password).await?;
        }
        Ok(adapter_postgres::migrate(&self.platform.database_settings()?).await?)
    }

    async fn pepper(&self) -> anyhow::Result<()> {
        let arn = self.platform.settings().secrets.pepper.as_deref().context("PEPPER_SECRET is not set")?;
        if self.secrets.read(arn).await?.is_none() {
            self.secrets.write(arn, &auth::generate()?.pepper).await?;
        }
        Ok(())
    }

    async fn keys(&self, generation: u32) -> anyhow::Result<String> {
        let arn = self.platform.settings().secrets.signing_key.as_deref();
        let arn = arn.context("JWT_SIGNING_KEY_SECRET is not set")?;
        let before = self.secrets.read(arn).await?.map(|text| KeyRing::parse(&text)).transpose()?;
        let ring = KeyRing::rotated(before.clone(), generation, self.platform.clock().now())?;
        if before.map(|ring| ring.to_text()).transpose()? != Some(ring.to_text()?) {
            self.secrets.write(arn, &ring.to_text()?).await?;
        }
        ring.public_keys()
    }
}

/// What failed, as a port says it: the log and the deployment's answer show it.
fn unavailable(backend: Backend) -> impl Fn(anyhow::Error) -> ports::Error {
    move |error| Unavailable::new(backend, format!("{error:#}")).into()
}

#[async_trait]
impl Deployment for AwsDeployment<'_> {
    async fn migrate(&self) -> Result<()> {
        match self.platform.settings().store {
            Durable::Postgres => self.migrate_postgres().await.map_err(unavailable(Backend::Database)),
            // Its tables are the template's.
            Durable::DynamoDb => Ok(()),
        }
    }

    async fn keep_pepper(&self) -> Result<()> {
        self.pepper().await.map_err(unavailable(Backend::Secrets))
    }

    async fn keep_keys(&self, generation: u32) -> Result<String> {
        self.keys(generation).await.map_err(unavailable(Backend::Secrets))
    }

    async fn make_moderator(&self, email: &Email) -> Result<bool> {
        let database: Database = self.platform.database().map_err(unavailable(Backend::Database))?;
        database.users.set_role(&email.key(), Role::Moderator).await
    }

    async fn reply(&self, address: &str, answer: String) -> Result<()> {
        let replied = adapter_aws::reply(address.to_owned(), answer).await;
        replied.map_err(|error| Unavailable::new(Backend::Secrets, format!("{error:#}")).into())
    }
}
