use std::sync::{Arc, LazyLock};

use adapter_aws::{AMAZON_ROOTS, DecodingPlace, S3Images, SdkConfig, SesMail};
use adapter_dynamodb::DynamoDb;
use adapter_postgres::{Loader, PasswordSource, Postgres};
use adapter_redis::{Credentials, NoCredentials, Redis};
use anyhow::Context as _;
use async_trait::async_trait;
use auth::HashingPlace;
use ports::{Clock, Codes, Images, Limits, Mail, Probe, Reviews, Sessions, Titles, Users, Walks};

use crate::Platform;
use crate::settings::{Durable, Passing, Settings, variable};

/// The durable store, as its ports.
pub struct Database {
    /// Accounts and profiles.
    pub users: Arc<dyn Users>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// The catalogue.
    pub titles: Arc<dyn Titles>,
    /// Walks.
    pub walks: Arc<dyn Walks>,
    /// Reviews.
    pub reviews: Arc<dyn Reviews>,
    /// Whether it answers.
    pub probe: Arc<dyn Probe>,
}

/// The store of codes and counters, as its ports.
pub struct Cache {
    /// Mailed codes.
    pub codes: Arc<dyn Codes>,
    /// Counters.
    pub limits: Arc<dyn Limits>,
    /// Whether it answers.
    pub probe: Arc<dyn Probe>,
}

/// The mail service, as its ports.
pub struct MailService {
    /// Mail to people.
    pub mail: Arc<dyn Mail>,
    /// Whether it answers.
    pub probe: Arc<dyn Probe>,
}

impl Database {
    /// All of it on one store.
    pub fn on<S>(store: Arc<S>) -> Self
    where
        S: Users + Sessions + Titles + Walks + Reviews + Probe + 'static,
    {
        Self {
            users: store.clone(),
            sessions: store.clone(),
            titles: store.clone(),
            walks: store.clone(),
            reviews: store.clone(),
            probe: store,
        }
    }
}

impl Cache {
    /// All of it on one store.
    pub fn on<S: Codes + Limits + Probe + 'static>(store: Arc<S>) -> Self {
        Self { codes: store.clone(), limits: store.clone(), probe: store }
    }
}

impl Platform {
    /// The durable store, whose first connection begins to open: ask for it first, and see [`Platform::opened`].
    ///
    /// # Errors
    /// Where DATABASE_URL is missing or can't be read.
    pub fn database(&self) -> anyhow::Result<Database> {
        match self.settings().store {
            Durable::Postgres => {
                let postgres = Arc::new(Postgres::new(&self.database_settings()?)?);
                let store = postgres.clone();
                self.open(async move { store.warm().await });
                Ok(Database::on(postgres))
            }
            Durable::DynamoDb => {
                let dynamodb = Arc::new(self.dynamodb().clone());
                let store = dynamodb.clone();
                self.open(async move { store.probe().await });
                Ok(Database::on(dynamodb))
            }
        }
    }

    /// One for the durable store and for codes, over the same connections.
    fn dynamodb(&self) -> &DynamoDb {
        self.dynamodb.get_or_init(|| DynamoDb::database(aws(), &self.settings().dynamodb))
    }

    pub(crate) fn database_settings(&self) -> anyhow::Result<adapter_postgres::Settings> {
        let url = self.settings().database_url.as_deref().context("DATABASE_URL is not set")?;
        let mut settings = adapter_postgres::Settings::new(url);
        settings.connections = self.connections;
        settings.authorities = amazon_roots(url).map(|pem| pem.as_bytes().to_vec());
        if self.settings().database_iam {
            settings.password = Some(self.database_password(url)?);
        }
        Ok(settings)
    }

    /// A token of IAM for each connection to the database that is opened.
    fn database_password(&self, url: &str) -> anyhow::Result<PasswordSource> {
        let url = url::Url::parse(url).ok().context("DATABASE_URL can't be read")?;
        let host = url.host_str().context("DATABASE_URL names no host")?.to_owned();
        let (port, user, clock) = (url.port().unwrap_or(5432), url.username().to_owned(), self.clock());
        Ok(Arc::new(move || {
            let (host, user, clock) = (host.clone(), user.clone(), clock.clone());
            Box::pin(async move {
                let token = adapter_aws::database_token(aws(), (&host, port), &user, clock.now()).await;
                token.map_err(Into::into)
            })
        }))
    }

    /// The store of codes and counters, whose connection begins to open too. With CACHE_NAME and CACHE_USER that person
    /// signs in at the named cache, by IAM.
    ///
    /// # Errors
    /// Where REDIS_URL is missing or can't be read.
    pub fn cache(&self) -> anyhow::Result<Cache> {
        if self.settings().codes == Passing::DynamoDb {
            return Ok(Cache::on(Arc::new(self.dynamodb().as_cache())));
        }
        let Settings { redis_url, cache_name, cache_user, .. } = self.settings();
        let url = redis_url.as_deref().context("REDIS_URL is not set")?;
        let redis = match (cache_name, cache_user) {
            (Some(name), Some(user)) => {
                let (config, name, user) = (aws().clone(), name.clone(), user.clone());
                Redis::with_credentials(
                    url,
                    Arc::new(CacheToken { config, name, user, clock: self.clock() }),
                )?
            }
            _ => Redis::new(url)?,
        };
        let store = redis.clone();
        self.open(async move { store.probe().await });
        Ok(Cache::on(Arc::new(redis)))
    }

    /// Pictures.
    ///
    /// # Errors
    /// Where MEDIA_BUCKET or MEDIA_URL is missing.
    pub fn images(&self) -> anyhow::Result<Arc<dyn Images>> {
        let bucket = self.settings().media_bucket.as_deref().context("MEDIA_BUCKET is not set")?;
        anyhow::ensure!(!self.settings().media_url.is_empty(), "MEDIA_URL is not set");
        let place = match self.place {
            HashingPlace::InPlace => DecodingPlace::InPlace,
            HashingPlace::Threads(most) => DecodingPlace::Threads(most),
        };
        Ok(Arc::new(S3Images::new(aws(), bucket, self.settings().emulated, place)))
    }

    /// The mail service.
    ///
    /// # Errors
    /// Where MAIL_SENDER is missing.
    pub fn mail(&self) -> anyhow::Result<MailService> {
        let sender = self.settings().mail_sender.as_deref().context("MAIL_SENDER is not set")?;
        let ses = Arc::new(SesMail::new(aws(), sender)?);
        Ok(MailService { mail: ses.clone(), probe: ses })
    }

    /// What adds made-up data in bulk; `None` where the store has no such way.
    ///
    /// # Errors
    /// Where DATABASE_URL is missing or can't be read.
    pub fn loader(&self) -> anyhow::Result<Option<Loader>> {
        match self.settings().store {
            Durable::Postgres => Ok(Some(Loader::new(Postgres::new(&self.database_settings()?)?))),
            Durable::DynamoDb => Ok(None),
        }
    }

    /// What a fresh machine needs: the schema or the tables, the bucket, the sender, the table of alerts. On AWS the template makes all but
    /// the schema.
    ///
    /// # Errors
    /// Where a variable is missing or a service does not answer.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        let config = aws();
        if self.settings().store == Durable::Postgres {
            adapter_postgres::migrate(&self.database_settings()?).await.context("migrating the database")?;
        }
        if self.settings().store == Durable::DynamoDb || self.settings().codes == Passing::DynamoDb {
            self.dynamodb().make_tables().await.context("making the tables")?;
        }
        let bucket = self.settings().media_bucket.as_deref().context("MEDIA_BUCKET is not set")?;
        adapter_aws::make_bucket(config, bucket).await?;
        let sender = self.settings().mail_sender.as_deref().context("MAIL_SENDER is not set")?;
        adapter_aws::verify_sender(config, sender).await?;
        crate::alerts::prepare().await
    }
}

/// Amazon's roots, where a proxy of RDS is at `url`: reading all of a system's is dear. Its certificate is of AWS's own
/// Certificate Manager, that of a database without a proxy of RDS's authority
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html>).
fn amazon_roots(url: &str) -> Option<&'static str> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?;
    let proxy = host.contains(".proxy-") && host.ends_with(".rds.amazonaws.com");
    proxy.then_some(AMAZON_ROOTS)
}

/// A token of IAM for each connection to the cache that is opened.
struct CacheToken {
    config: SdkConfig,
    name: String,
    user: String,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Credentials for CacheToken {
    async fn now(&self) -> Result<(String, String), NoCredentials> {
        let token = adapter_aws::cache_token(&self.config, &self.name, &self.user, self.clock.now()).await?;
        Ok((self.user.clone(), token))
    }
}

/// The SDK's configuration, one for the process, as its environment is.
pub(crate) fn aws() -> &'static SdkConfig {
    static CONFIG: LazyLock<SdkConfig> = LazyLock::new(|| adapter_aws::sdk_config(variable));
    &CONFIG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_of_rds_have_amazons_certificates_and_nobody_else() {
        let of = |url: &str| amazon_roots(url).is_some();
        assert!(of("postgres://u@prohod.proxy-c1.eu-central-1.rds.amazonaws.com:5432/d?sslmode=require"));
        for other in [
            "postgres://u:p@prohod.c1.eu-central-1.rds.amazonaws.com/d",
            "postgres://u@x.proxy-c1.rds.cn-north-1.amazonaws.com.cn/d",
            "postgres://u:p@x.proxy-y.rds.amazonaws.com.example.org/d",
            "postgres://u:p@127.0.0.1:5432/d",
            "no address",
        ] {
            assert!(!of(other), "{other}");
        }
    }
}
