use anyhow::Context as _;
use auth::{Pepper, Rules};
use http::HeaderValue;
use ports::Window;

/// Every variable that is read here, and what it means. Beside them AWS's own (`AWS_REGION`, `AWS_ENDPOINT_URL`…), which
/// `adapter_aws::sdk_config` asks for.
pub const VARIABLES: &[(&str, &str)] = &[
    ("STORE", "postgres (the default) or dynamodb"),
    ("CODES", "where codes and counters are: redis (the default beside postgres) or dynamodb"),
    ("DYNAMODB_PREFIX", "what DynamoDB's tables' names begin with; prohod- by default"),
    (
        "DYNAMODB_SHARDS",
        "over how many partitions the titles of one type are spread, from 1 (the default) to 64; it may grow and \
         never shrink",
    ),
    ("DATABASE_URL", "postgres://user:password@host:port/database?sslmode=…"),
    ("DATABASE_IAM", "true where the user signs in by IAM, without a password, as behind RDS Proxy"),
    ("DATABASE_USER_SECRET", "the ARN of the secret with the user's password, for the setup function"),
    (
        "DATABASE_ADMIN_SECRET",
        "the ARN of the secret of the database's administrator, for the setup function",
    ),
    ("REDIS_URL", "redis:// or rediss://host:port"),
    ("CACHE_NAME", "what the ElastiCache serverless cache at REDIS_URL is called"),
    ("CACHE_USER", "the user of CACHE_NAME, who signs in by IAM, without a password"),
    ("MEDIA_BUCKET", "the bucket of pictures"),
    ("MEDIA_URL", "where pictures are served"),
    ("MAIL_SENDER", "the sender of mails, as `Name <address>`"),
    ("PUBLIC_URL", "where the API is reached"),
    ("CORS_ORIGINS", "origins whose pages may call it, with commas between; none by default"),
    ("JWT_ISSUER", "the issuer of tokens; PUBLIC_URL by default"),
    ("JWT_SIGNING_KEY", "the auth function's private key: PKCS#8 of Ed25519 in base64"),
    ("JWT_SIGNING_KEY_SECRET", "the ARN of the secret that holds the private keys, where it is not given"),
    ("JWT_PUBLIC_KEYS", "the public keys, a JWK set"),
    ("PEPPER", "32 random bytes in base64"),
    ("PEPPER_SECRET", "the ARN of the secret that holds the pepper, where it is not given"),
    ("PASSWORD_MIN_CHARS", "the least length of new passwords; 8 by default"),
    ("LOG_LEVEL", "info (the default), warn or error; debug and trace in development builds alone"),
    ("STAGE", "what alerts call the deployment; local by default"),
    (
        "ALERT_ADDRESSES",
        "who is mailed when something breaks, with commas between; none by default: alerts are logged only",
    ),
    (
        "ALERT_DIGEST_SECONDS",
        "how long equal alerts are counted before a digest tells of them; 900 by default",
    ),
    ("LIMIT_IP_FAILED_LOGINS", "failed sign-ins from one IP, as count/seconds; 10/60"),
    ("LIMIT_IP_LOGINS", "sign-ins from one IP; 30/60"),
    ("LIMIT_IP_CODE_CHECKS", "tries of codes from one IP; 30/300"),
    ("LIMIT_IP_REGISTRATIONS", "registrations from one IP; 5/3600"),
    ("LIMIT_IP_REFRESHES", "refreshes from one IP; 150/300"),
    ("LIMIT_IP_CODE_MAILS", "mailed codes asked for from one IP; 20/3600"),
    ("LIMIT_USER_WRITES", "writes of one person; 60/60"),
    ("LIMIT_USER_UPLOADS", "uploads of one person; 10/3600"),
    ("LIMIT_USER_TITLE_DELETIONS", "deletions of titles by one person; 10/3600"),
    ("LIMIT_ADDRESS_MAILS", "mailed codes to one address for one purpose; 1/60,3/3600,8/86400"),
    ("LIMIT_ACCOUNT_FAILURES", "failed sign-ins at one account that are free; 5/300"),
    ("LIMIT_ACCOUNT_WAIT", "seconds to wait then, doubled up to the second number; 30/900"),
];

/// Where everything durable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    /// Postgres.
    Postgres,
    /// DynamoDB.
    DynamoDb,
}

/// Where codes and counters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// Redis or Valkey.
    Redis,
    /// DynamoDB.
    DynamoDb,
}

/// The ARNs of secrets.
#[derive(Default)]
pub(crate) struct SecretNames {
    pub(crate) signing_key: Option<String>,
    pub(crate) pepper: Option<String>,
    pub(crate) database_user: Option<String>,
    pub(crate) database_admin: Option<String>,
}

/// What tables' names begin with.
pub(crate) const PREFIX: &str = "prohod-";

/// The most partitions that a list is read from: each is a query of its own.
const MOST_SHARDS: u16 = 64;

/// The settings of a process, read once. Secrets are not shown by `Debug`, which it does not have.
pub struct Settings {
    /// The durable store.
    pub(crate) store: Durable,
    /// The store of codes and counters.
    pub(crate) codes: Passing,
    /// DynamoDB's tables.
    pub(crate) dynamodb: adapter_dynamodb::Settings,
    /// Where Postgres is, with the password.
    pub(crate) database_url: Option<String>,
    /// Whether the database's user signs in by IAM.
    pub(crate) database_iam: bool,
    /// The secrets of a deployment: what they hold is read when it is needed.
    pub(crate) secrets: SecretNames,
    /// Where Redis is.
    pub(crate) redis_url: Option<String>,
    /// The cache's name, which its tokens are for.
    pub(crate) cache_name: Option<String>,
    /// Who signs in at the named cache, by IAM.
    pub(crate) cache_user: Option<String>,
    /// The bucket of pictures.
    pub(crate) media_bucket: Option<String>,
    /// Where pictures are served, without a slash at the end.
    pub media_url: String,
    /// The sender of mails.
    pub(crate) mail_sender: Option<String>,
    /// Where the API is reached, without a slash at the end.
    pub public_url: String,
    /// Origins whose pages may call it.
    pub cors_origins: Vec<HeaderValue>,
    pub(crate) jwt_issuer: String,
    pub(crate) jwt_signing_key: Option<String>,
    jwt_public_keys: Option<String>,
    pub(crate) pepper: Option<Pepper>,
    pub(crate) password_min_chars: usize,
    /// Whether an AWS endpoint is given: an emulator, which wants its buckets in the path.
    pub(crate) emulated: bool,
    /// The limits.
    pub rules: Rules,
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// Where a variable that every function needs is missing, or one can't be read.
    pub fn read() -> anyhow::Result<Self> {
        let (store, codes) = stores(variable("STORE").as_deref(), variable("CODES").as_deref())?;
        let public_url = variable("PUBLIC_URL").unwrap_or_default().trim_end_matches('/').to_owned();
        let password_min_chars = variable("PASSWORD_MIN_CHARS").map_or(Ok(8), |text| text.parse());
        Ok(Self {
            store,
            codes,
            dynamodb: dynamodb(variable("DYNAMODB_PREFIX"), variable("DYNAMODB_SHARDS").as_deref())?,
            database_url: variable("DATABASE_URL"),
            database_iam: variable("DATABASE_IAM").is_some_and(|value| value == "true"),
            secrets: SecretNames {
                signing_key: variable("JWT_SIGNING_KEY_SECRET"),
                pepper: variable("PEPPER_SECRET"),
                database_user: variable("DATABASE_USER_SECRET"),
                database_admin: variable("DATABASE_ADMIN_SECRET"),
            },
            redis_url: variable("REDIS_URL"),
            cache_name: variable("CACHE_NAME"),
            cache_user: variable("CACHE_USER"),
            media_bucket: variable("MEDIA_BUCKET"),
            media_url: variable("MEDIA_URL").unwrap_or_default().trim_end_matches('/').to_owned(),
            mail_sender: variable("MAIL_SENDER"),
            cors_origins: origins(&variable("CORS_ORIGINS").unwrap_or_default())?,
            jwt_issuer: variable("JWT_ISSUER").unwrap_or_else(|| public_url.clone()),
            jwt_signing_key: variable("JWT_SIGNING_KEY"),
            jwt_public_keys: variable("JWT_PUBLIC_KEYS"),
            pepper: variable("PEPPER").map(|text| Pepper::from_base64(&text)).transpose()?,
            password_min_chars: password_min_chars.context("PASSWORD_MIN_CHARS is no number")?.max(8),
            emulated: variable("AWS_ENDPOINT_URL").is_some() || variable("AWS_ENDPOINT_URL_S3").is_some(),
            rules: rules()?,
            public_url,
        })
    }

    /// The level of logs, which is needed before the rest is read.
    #[must_use]
    pub fn log_level() -> Option<String> {
        variable("LOG_LEVEL")
    }

    pub(crate) fn public_keys(&self) -> anyhow::Result<&str> {
        self.jwt_public_keys.as_deref().context("JWT_PUBLIC_KEYS is not set")
    }
}

fn stores(store: Option<&str>, codes: Option<&str>) -> anyhow::Result<(Durable, Passing)> {
    let store = match store {
        None | Some("postgres") => Durable::Postgres,
        Some("dynamodb") => Durable::DynamoDb,
        Some(_) => anyhow::bail!("STORE must be postgres or dynamodb"),
    };
    let codes = match (codes, store) {
        (Some("redis"), _) | (None, Durable::Postgres) => Passing::Redis,
        (Some("dynamodb"), _) | (None, Durable::DynamoDb) => Passing::DynamoDb,
        (Some(_), _) => anyhow::bail!("CODES must be redis or dynamodb"),
    };
    Ok((store, codes))
}

fn dynamodb(prefix: Option<String>, shards: Option<&str>) -> anyhow::Result<adapter_dynamodb::Settings> {
    let prefix = prefix.unwrap_or_else(|| PREFIX.to_owned());
    let shards = shards.map_or(Ok(1), str::parse).ok().filter(|shards| (1..=MOST_SHARDS).contains(shards));
    let shards = shards.with_context(|| format!("DYNAMODB_SHARDS must be 1 to {MOST_SHARDS}"))?;
    Ok(adapter_dynamodb::Settings { prefix, shards })
}

fn origins(text: &str) -> anyhow::Result<Vec<HeaderValue>> {
    let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    origins
        .map(|origin| {
            anyhow::ensure!(origin != "*", "CORS_ORIGINS must name origins, not *");
            HeaderValue::from_str(origin).context("CORS_ORIGINS holds no origin")
        })
        .collect()
}

fn rules() -> anyhow::Result<Rules> {
    let mut rules = Rules::default();
    let windows = [
        ("LIMIT_IP_FAILED_LOGINS", &mut rules.ip_failed_logins),
        ("LIMIT_IP_LOGINS", &mut rules.ip_logins),
        ("LIMIT_IP_CODE_CHECKS", &mut rules.ip_code_checks),
        ("LIMIT_IP_REGISTRATIONS", &mut rules.ip_registrations),
        ("LIMIT_IP_REFRESHES", &mut rules.ip_refreshes),
        ("LIMIT_IP_CODE_MAILS", &mut rules.ip_code_mails),
        ("LIMIT_USER_WRITES", &mut rules.user_writes),
        ("LIMIT_USER_UPLOADS", &mut rules.user_uploads),
        ("LIMIT_USER_TITLE_DELETIONS", &mut rules.user_title_deletions),
        ("LIMIT_ACCOUNT_FAILURES", &mut rules.account.free),
    ];
    for (name, rule) in windows {
        if let Some(text) = variable(name) {
            *rule = window(&text).with_context(|| format!("{name} is not count/seconds"))?;
        }
    }
    if let Some(text) = variable("LIMIT_ADDRESS_MAILS") {
        let windows: Option<Vec<_>> = text.split(',').map(window).collect();
        rules.address_mails = windows.context("LIMIT_ADDRESS_MAILS is not count/seconds, …")?;
    }
    if let Some(text) = variable("LIMIT_ACCOUNT_WAIT") {
        let wait = window(&text).context("LIMIT_ACCOUNT_WAIT is not seconds/seconds")?;
        (rules.account.first_seconds, rules.account.most_seconds) = (wait.count, wait.seconds);
    }
    Ok(rules)
}

fn window(text: &str) -> Option<Window> {
    let (count, seconds) = text.trim().split_once('/')?;
    let (count, seconds) = (count.trim().parse().ok()?, seconds.trim().parse().ok()?);
    (count > 0 && seconds > 0).then_some(Window { count, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_beside_the_store_unless_it_is_said_otherwise() {
        let chosen = |store, codes| stores(store, codes).ok();
        assert_eq!(chosen(None, None), Some((Durable::Postgres, Passing::Redis)));
        assert_eq!(chosen(Some("dynamodb"), None), Some((Durable::DynamoDb, Passing::DynamoDb)));
        assert_eq!(chosen(Some("dynamodb"), Some("redis")), Some((Durable::DynamoDb, Passing::Redis)));
        assert_eq!(chosen(Some("postgres"), Some("dynamodb")), Some((Durable::Postgres, Passing::DynamoDb)));
        assert_eq!((chosen(Some("mysql"), None), chosen(None, Some("memory"))), (None, None));
    }

    #[test]
    fn shards_are_from_1_to_64() {
        assert_eq!(dynamodb(None, None).unwrap().shards, 1);
        assert_eq!(dynamodb(None, Some("64")).unwrap().shards, 64);
        for bad in ["0", "65", "-1", "many"] {
            assert!(dynamodb(None, Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_window_is_a_count_and_seconds() {
        assert_eq!(window("10/60"), Some(Window { count: 10, seconds: 60 }));
        for bad in ["", "10", "0/60", "10/0", "a/b", "-1/60", "1/60/60"] {
            assert_eq!(window(bad), None, "{bad}");
        }
    }

    #[test]
    fn origins_are_exact() {
        assert_eq!(origins("https://a.example, https://b.example").unwrap().len(), 2);
        assert!(origins("").unwrap().is_empty());
        assert!(origins("*").is_err());
    }
}
