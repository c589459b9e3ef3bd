use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Connect, Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime};
use futures::future::BoxFuture;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::settings::{PasswordSource, Settings, SettingsError};

/// TO-1: two seconds to connect, and no longer to wait for a connection that others use.
const CONNECT: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_secs(2);

/// Opens connections, with a fresh password where there is a source of them.
struct Connector {
    tls: Option<MakeRustlsConnect>,
    password: Option<PasswordSource>,
}

pub(crate) fn pool(settings: &Settings) -> Result<Pool, SettingsError> {
    let (config, plain) = read(&settings.url)?;
    let tls = if plain { None } else { Some(tls(settings.authorities.as_deref())?) };
    let connector = Connector { tls, password: settings.password.clone() };
    // Fast: asks only whether the connection is closed. Anything more would be a round trip a request.
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_connect(config, connector, recycling))
        .max_size(settings.connections.max(1))
        // As few as will do, and so warm ones: each server process has caches of its own.
        .queue_mode(QueueMode::Lifo)
        .create_timeout(Some(CONNECT))
        .wait_timeout(Some(WAIT))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| SettingsError::Build(error.to_string()))
}

/// Reads the address; `true` where no TLS is wanted.
pub(crate) fn read(url: &str) -> Result<(Config, bool), SettingsError> {
    // The driver knows fewer words than libpq does: what verifies is for rustls to do, always.
    let known =
        url.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require");
    let mut config = Config::from_str(&known).map_err(|_| SettingsError::Address)?;
    let plain = config.get_ssl_mode() == SslMode::Disable || config.get_hosts().iter().all(is_this_machine);
    config
        .ssl_mode(if plain { SslMode::Disable } else { SslMode::Require })
        .connect_timeout(CONNECT)
        .application_name("prohod");
    Ok((config, plain))
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

pub(crate) fn tls(authorities: Option<&[u8]>) -> Result<MakeRustlsConnect, SettingsError> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let Some(pem) = authorities else {
        // Fine where another part of the process was first: it is the same one.
        let _ = provider.install_default();
        let (connect, _) = MakeRustlsConnect::with_native_certs().map_err(|_| SettingsError::Authorities)?;
        return Ok(connect);
    };
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).flatten());
    if added == 0 {
        return Err(SettingsError::Authorities);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Build(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

impl Connect for Connector {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let mut config = config.clone();
        Box::pin(async move {
            if let Some(source) = &self.password {
                match source().await {
                    Ok(password) => {
                        config.password(password);
                    }
                    // The driver then says that the password is missing, which is the truth.
                    Err(error) => tracing::warn!(%error, "no password for the database"),
                }
            }
            match &self.tls {
                Some(tls) => {
                    let (client, connection) = config.connect(tls.clone()).await?;
                    Ok((client, tokio::spawn(async move { log(connection.await) })))
                }
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    Ok((client, tokio::spawn(async move { log(connection.await) })))
                }
            }
        })
    }
}

/// A connection that breaks while nobody uses it is no error: the next request opens another.
fn log(ended: Result<(), Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a database connection ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_an_outright_wish_go_without_tls() {
        let plain = |url: &str| read(url).map(|(_, plain)| plain).ok();
        assert_eq!(plain("postgres://u:p@127.0.0.1:5432/d"), Some(true));
        assert_eq!(plain("postgres://u:p@localhost/d"), Some(true));
        assert_eq!(plain("postgres://u:p@db.example.org/d?sslmode=disable"), Some(true));
        assert_eq!(plain("postgres://u:p@db.example.org/d"), Some(false));
        assert_eq!(plain("postgres://u:p@db.example.org/d?sslmode=prefer"), Some(false));
        assert_eq!(plain("postgres://u:p@db.example.org/d?sslmode=verify-full"), Some(false));
        assert_eq!(plain("mysql://x"), None);
    }
}
