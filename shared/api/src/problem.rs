use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method};
use models::Language;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Error, Texts};

/// An error, as RFC 9457 has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// An address that names the kind of problem.
    #[schema(format = "uri-reference", example = "https://prohod.example/problems/validation")]
    r#type: String,
    /// A short text for people.
    #[schema(example = "Request is not valid")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// The stable code that programs test.
    #[schema(example = "validation")]
    code: &'static str,
    /// What happened here and what to do, for people.
    #[schema(example = "rating must be from 0 to 100")]
    detail: String,
    /// Every fault of the body; with `validation` only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ProblemFault>,
    /// The record that is there already; with `title_exists`, `walk_exists` and `review_exists` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, value_type = String, format = "uuid")]
    existing_id: Option<String>,
    /// The backends that do not answer; from `GET /api/v1/health` only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["database"]))]
    failing: Vec<&'static str>,
    /// The request's id, for who writes to us.
    request_id: String,
}

/// One fault of a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemFault {
    /// Where, as a JSON pointer.
    #[schema(format = "json-pointer", example = "/rating")]
    pointer: String,
    /// What.
    #[schema(
        example = "out_of_range",
        pattern = "^(required|invalid_type|invalid_format|too_short|too_long|out_of_range|not_one_of|forbidden_character|unknown_field)$"
    )]
    code: &'static str,
    /// What, for people.
    #[schema(example = "must be from 0 to 100")]
    detail: String,
}

/// Fills `response`, which has the error's status and perhaps headers of its own, with the problem.
pub(crate) fn render(
    response: Response,
    error: &Error,
    public_url: &str,
    language: Language,
    method: &Method,
    request_id: &str,
) -> Response {
    let body = serde_json::to_vec(&problem(error, public_url, language, request_id)).unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(challenge) = error.challenge() {
        parts.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(seconds) = error.retry_after() {
        parts.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Response::from_parts(parts, if *method == Method::HEAD { Body::empty() } else { Body::from(body) })
}

fn problem(error: &Error, public_url: &str, language: Language, request_id: &str) -> Problem {
    let texts = Texts(language);
    let errors = match error {
        Error::Validation(faults) => faults
            .iter()
            .map(|fault| ProblemFault {
                pointer: fault.pointer.clone(),
                code: fault.kind.code(),
                detail: texts.fault(fault.kind),
            })
            .collect(),
        _ => Vec::new(),
    };
    Problem {
        r#type: format!("{public_url}/problems/{}", error.code()),
        title: texts.title(error),
        status: error.status().as_u16(),
        code: error.code(),
        detail: texts.detail(error),
        errors,
        existing_id: error.existing_id().map(|id| id.to_string()),
        failing: match error {
            Error::Unhealthy(backends) => backends.iter().map(|backend| backend.as_str()).collect(),
            _ => Vec::new(),
        },
        request_id: request_id.to_owned(),
    }
}
