use axum::response::Response;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;

/// What somebody was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// The JSON body; `null` where there is none.
    pub body: Value,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes().to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, bytes, body }
    }

    /// A header's text, empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status and code of a refusal in a word, `422 weak_password`; checks the form that every problem has.
    #[track_caller]
    pub fn refusal(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let (body, code) = (&self.body, self.body["code"].as_str().expect("a code"));
        assert_eq!(body["status"], self.status.as_u16(), "{body}");
        assert_eq!(body["request_id"], self.header("x-request-id"), "{body}");
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{body}");
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{body}");
        assert!(body["type"].as_str().is_some_and(|kind| kind.ends_with(code)), "{body}");
        assert_eq!(body.get("errors").is_some(), code == "validation", "{body}");
        format!("{} {code}", self.status.as_u16())
    }

    /// Every fault of a body, sorted, as `/rating out_of_range`.
    #[track_caller]
    pub fn faults(&self) -> Vec<String> {
        assert_eq!(self.refusal(), "422 validation", "{}", self.body);
        let errors = self.body["errors"].as_array().expect("errors");
        let fault = |error: &Value| format!("{} {}", error["pointer"], error["code"]).replace('"', "");
        let mut faults: Vec<_> = errors.iter().map(fault).collect();
        faults.sort();
        faults
    }

    /// The answer itself, if its status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// A text in the body.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.body)).to_owned()
    }

    /// The texts at `pointer` of each item of a list.
    #[track_caller]
    pub fn items(&self, pointer: &str) -> Vec<String> {
        let items = self.body["items"].as_array().expect("a list");
        items
            .iter()
            .map(|item| {
                item.pointer(pointer).map(|value| value.to_string().replace('"', "")).unwrap_or_default()
            })
            .collect()
    }
}
