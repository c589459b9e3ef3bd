//! What stands beside the API on the next port: the mails that were sent, and the pictures, which in
//! production come from a bucket behind a CDN.

pub mod fetch;
mod mails;
mod media;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use minijinja::{Environment, Value, context};
use tokio::sync::Mutex;

use mails::Mail;

/// What both pages read from.
#[derive(Clone)]
struct Source {
    /// The emulator of S3 and SES.
    aws: String,
    /// What was read last, and when that was begun.
    last: Arc<Mutex<Option<Read>>>,
}

/// When reading was begun, and all mails that there were.
type Read = (Instant, Arc<Vec<Mail>>);

impl Source {
    /// All mails there are now. The emulator gives them all or none, and has nothing else to do meanwhile: whoever asks
    /// while it is read waits, and those who waited share what is read next.
    async fn mails(&self) -> Result<Arc<Vec<Mail>>> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((_, mails)) = last.as_ref().filter(|(begun, _)| *begun >= asked) {
            return Ok(mails.clone());
        }
        let begun = Instant::now();
        let mails = Arc::new(mails::sent(&self.aws).await?);
        *last = Some((begun, mails.clone()));
        Ok(mails)
    }
}

/// Serves the inbox and the pictures until the process ends.
pub fn serve(listener: TcpListener, aws: String) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(async move { axum::serve(listener, router(aws)).await });
    Ok(())
}

fn router(aws: String) -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/dev/inbox")))
        .route("/dev/inbox", get(show))
        .route("/dev/inbox/{address}", get(show))
        .route("/media/{*key}", get(media::picture))
        .with_state(Source { aws: aws.trim_end_matches('/').to_owned(), last: Arc::default() })
}

/// All mails, or those to one address.
async fn show(State(source): State<Source>, address: Option<Path<String>>, headers: HeaderMap) -> Response {
    let all = match source.mails().await {
        Ok(mails) => mails,
        Err(error) => return (StatusCode::BAD_GATEWAY, format!("{error:#}\n")).into_response(),
    };
    let asked_for = |mail: &&Mail| address.as_ref().is_none_or(|Path(address)| mail.is_to(address));
    let mails: Vec<&Mail> = all.iter().filter(asked_for).collect();
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fresh = [(header::CACHE_CONTROL, "no-store"), (header::VARY, "Accept")];
    if accept.contains("application/json") {
        return (fresh, Json(mails)).into_response();
    }
    match page(&mails) {
        Ok(html) => (fresh, Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
    }
}

fn page(mails: &[&Mail]) -> Result<String> {
    let mut environment = Environment::new();
    // The name's ending makes the engine escape what it inserts.
    environment.add_template("inbox.html", include_str!("inbox/inbox.html"))?;
    let mails: Vec<Value> = mails.iter().map(|mail| mail.values()).collect();
    Ok(environment.get_template("inbox.html")?.render(context! { count => mails.len(), mails })?)
}

/// Where the inbox is, for whoever prints it.
pub fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}/dev/inbox")
}

/// Where pictures are.
pub fn media_address(port: u16) -> String {
    format!("http://127.0.0.1:{port}/media")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_cannot_break_out_of_the_page() -> Result<()> {
        let mail = mails::Mail {
            to: vec!["a@example.com".into()],
            subject: "<script>1</script>".into(),
            text: "Code: <b>".into(),
            html: "<p title=\"x\">\"'</p>".into(),
            sent_at: "2026-01-02T03:04:05.678Z".into(),
        };
        let html = page(&[&mail])?;
        assert!(!html.contains("<script>1"), "{html}");
        assert!(!html.contains("<p title"), "{html}");
        assert!(html.contains("&lt;p title=&quot;x&quot;"), "{html}");
        Ok(())
    }

    #[test]
    fn an_empty_inbox_invites() -> Result<()> {
        assert!(page(&[])?.contains("No mail yet"));
        Ok(())
    }
}
