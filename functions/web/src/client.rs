//! The built web client, embedded; in development it is read from the disk, so that building it needs no compiler.

use api::views::MediaUrl;
use api::{Error, Result};
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    VARY,
};
use http::{HeaderMap, HeaderValue};
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "client/dist"]
#[allow_missing = true]
struct Files;

const PAGE: &str = "index.html";

/// The client's routes; `None` where it was not built.
pub(crate) fn routes(media: &MediaUrl) -> Option<Router> {
    Files::get(PAGE)?;
    let policy = policy(&media.0);
    let serve = async move |request: Request| serve(&request, policy);
    // Whatever is no page is no record either: a wrong method on an unknown path under /api is a 404.
    Some(
        Router::new()
            .route("/", get(serve.clone()))
            .route("/{*path}", get(serve).fallback(async || Error::NotFound)),
    )
}

fn serve(request: &Request, policy: HeaderValue) -> Result<Response> {
    let path = request.uri().path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Err(Error::NotFound);
    }
    // A compressed file is an encoding of another one and no page of its own.
    let is_file = !path.is_empty() && !compressed(path) && Files::get(path).is_some();
    let asset = path.starts_with("assets/");
    if asset && !is_file {
        // A file of an earlier release; the page in its place would be taken for a script.
        return Err(Error::NotFound);
    }
    let name = if is_file { path } else { PAGE };
    let (bytes, encoding) = best(name, request.headers()).ok_or(Error::NotFound)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let cached = if asset { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(response)
}

fn compressed(path: &str) -> bool {
    path.ends_with(".br") || path.ends_with(".gz")
}

/// The smallest encoding that is there and that the browser takes.
fn best(name: &str, headers: &HeaderMap) -> Option<(Vec<u8>, Option<&'static str>)> {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, encoding)
            && let Some(file) = Files::get(&format!("{name}.{ending}"))
        {
            return Some((file.data.into_owned(), Some(encoding)));
        }
    }
    Files::get(name).map(|file| (file.data.into_owned(), None))
}

fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        named && !refused
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// What the page may load: its own files, the API of its own origin, and pictures from where they are served.
fn policy(media_url: &str) -> HeaderValue {
    let media = origin(media_url);
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: {media}; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    // A setting that is no header's text names no origin: pictures are then missing, and nothing is opened.
    HeaderValue::from_str(&policy)
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// `https://media.example/covers` is at `https://media.example`; nothing of an address can add a directive.
fn origin(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return "" };
    let host = rest.find(['/', ';', ',', ' ', '?', '#']).unwrap_or(rest.len());
    &url[..scheme.len() + 3 + host]
}

#[cfg(test)]
mod tests {
    use super::{accepts, origin, policy};

    #[test]
    fn an_encoding_is_taken_where_it_is_named_and_not_refused() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("GZIP;q=0.5", "gzip"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("", "gzip"));
    }

    #[test]
    fn pictures_come_from_the_media_origin_alone() {
        assert_eq!(origin("https://media.example/covers"), "https://media.example");
        assert_eq!(origin("http://127.0.0.1:9001/media"), "http://127.0.0.1:9001");
        assert_eq!(origin("https://a.example; script-src *"), "https://a.example");
        let policy = policy("https://media.example/covers");
        let text = policy.to_str().expect("text");
        assert!(text.contains("img-src 'self' data: blob: https://media.example;"));
        assert!(!text.contains("unsafe"));
    }
}
