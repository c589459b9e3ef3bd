use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;
use models::UserId;

/// Where a request came from, put into its extensions by what received it: API Gateway's event, or the socket.
/// Never a header (BF-3).
#[derive(Debug, Clone)]
pub struct Origin {
    /// The Lambda request id; locally a UUID.
    pub request_id: String,
    /// The client's address.
    pub ip: IpAddr,
}

/// What becomes known of a request while it is handled, for its one line of log.
#[derive(Debug, Clone, Default)]
pub struct Facts(Arc<OnceLock<UserId>>);

impl Facts {
    /// Notes who is signed in.
    pub fn signed_in(&self, user: UserId) {
        let _already_noted = self.0.set(user);
    }

    /// Who is signed in.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.0.get().copied()
    }
}

/// The client, as limits and sessions know it.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its address.
    pub ip: IpAddr,
    /// What it calls itself: printable ASCII, up to 300 characters.
    pub user_agent: String,
}

impl Client {
    /// The client's key in limits: an IPv6 network counts as one (BF-3).
    #[must_use]
    pub fn network(&self) -> String {
        match self.ip.to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }

    /// The client of a request.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        let ip =
            parts.extensions.get::<Origin>().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |origin| origin.ip);
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { ip: ip.to_canonical(), user_agent: agent.chars().take(300).collect() }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let network =
            |ip: &str| Client { ip: ip.parse().expect("an address"), user_agent: String::new() }.network();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
    }
}
