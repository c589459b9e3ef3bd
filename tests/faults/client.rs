//! A client over HTTP that waits as long as an answer may take, and no longer.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::Value;

/// TO-1: whoever waits longer was not answered.
const PATIENCE: Duration = Duration::from_secs(9);

/// What a request came to.
#[derive(Debug, Clone)]
pub enum Said {
    /// An answer: its status, its body, and whether it says when to try again.
    Answer { status: u16, body: Value, retry_after: bool },
    /// None within the time that TO-1 allows.
    Late,
    /// The connection broke.
    Broken,
}

impl Said {
    /// The status; 0 where there is none.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Answer { status, .. } => *status,
            Self::Late | Self::Broken => 0,
        }
    }

    /// The body; `null` where there is none.
    pub const fn body(&self) -> &Value {
        match self {
            Self::Answer { body, .. } => body,
            Self::Late | Self::Broken => &Value::Null,
        }
    }

    /// A text in the body, empty where it is not there.
    pub fn text(&self, pointer: &str) -> String {
        self.body().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Whether it is the 503 that the contract promises: a problem that says when to try again.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Answer { status: 503, body, retry_after: true } if body["code"] == "unavailable")
    }

    /// The answer itself, if its status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status(), status, "{self:?}");
        self
    }
}

/// Somebody at an address, who may have a token.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    url: String,
    pub token: Option<String>,
}

impl Client {
    /// Somebody without a token.
    pub fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(PATIENCE));
        Self { agent: config.build().into(), url: url.to_owned(), token: None }
    }

    /// The same client with this token, or none.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(ToOwned::to_owned), ..self.clone() }
    }

    /// Where the server is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request. Where nobody listens nothing was sent: it waits for somebody who does.
    pub fn send(&self, method: &str, path: &str, kind: Option<&str>, body: &[u8]) -> Said {
        for _ in 0..400 {
            match self.attempt(method, path, kind, body) {
                Err(ureq::Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                    std::thread::sleep(Duration::from_millis(25));
                }
                Err(ureq::Error::Timeout(_)) => return Said::Late,
                Err(_) => return Said::Broken,
                Ok(said) => return said,
            }
        }
        Said::Broken
    }

    fn attempt(
        &self,
        method: &str,
        path: &str,
        kind: Option<&str>,
        body: &[u8],
    ) -> Result<Said, ureq::Error> {
        let mut request = http::Request::builder().method(method).uri(format!("{}/api/v1{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let mut answer = self.agent.run(request.body(body).expect("a request"))?;
        let bytes = answer.body_mut().read_to_vec()?;
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        let retry_after = answer.headers().contains_key("retry-after");
        Ok(Said::Answer { status: answer.status().as_u16(), body, retry_after })
    }

    /// Sends a request without a body.
    pub fn ask(&self, method: &str, path: &str) -> Said {
        self.send(method, path, None, b"")
    }

    /// Sends JSON.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Said {
        self.send(method, path, Some("application/json"), body.to_string().as_bytes())
    }
}
