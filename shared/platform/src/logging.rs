use std::io::{self, Write};
use std::panic::PanicHookInfo;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

/// As many lines wait for who follows the errors; what is more is dropped, so that no request waits.
const WAITING: usize = 1_024;

/// Logs JSON lines to standard output, at `LOG_LEVEL` or `info`; panics too, as one line each (AL-2).
///
/// A panic's message may hold anything (LOG-1), so only one that the compiler wrote into the program, without
/// values, is logged; the place always is.
pub fn start_logging(level: Option<&str>) {
    start(level, io::stdout);
}

/// As [`start_logging`], and gives the lines of level `ERROR` to whoever follows them, as CloudWatch's subscription
/// does on Lambda.
#[must_use]
pub fn start_logging_followed(level: Option<&str>) -> Receiver<String> {
    let (lines, followed) = mpsc::channel(WAITING);
    start(level, io::stdout.and(Followed(lines)));
    followed
}

fn start(level: Option<&str>, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) {
    let filter = level.and_then(|level| level.parse::<Targets>().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    let lines = layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // Fails where a test started one already, which then serves.
    let _already = registry().with(filter).with(lines.with_writer(writer)).try_init();
    std::panic::set_hook(Box::new(log_panic));
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    let message = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
    tracing::error!(event = "panic", place, "{message}");
}

/// Gives lines away instead of writing them.
#[derive(Clone)]
struct Followed(Sender<String>);

/// A line that is being written; `None` where nobody is to have it.
struct Line(Option<(Sender<String>, Vec<u8>)>);

impl<'a> MakeWriter<'a> for Followed {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(None)
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Line {
        Line((*about.level() == Level::ERROR).then(|| (self.0.clone(), Vec::new())))
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some((_, line)) = &mut self.0 {
            line.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some((lines, line)) = self.0.take() {
            // A full channel drops the line: it is printed all the same.
            let _full = lines.try_send(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    /// What `work` logs as errors, as far as so many lines may wait.
    fn followed(most: usize, work: impl FnOnce()) -> Vec<serde_json::Value> {
        let (lines, mut followed) = mpsc::channel(most);
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_writer(Followed(lines))
            .finish();
        tracing::subscriber::with_default(subscriber, work);
        std::iter::from_fn(|| followed.try_recv().ok())
            .map(|line| serde_json::from_str(&line).unwrap())
            .collect()
    }

    #[test]
    fn errors_are_followed_with_their_request_and_a_full_channel_stops_nobody() {
        let lines = followed(2, || {
            let span = tracing::info_span!("request", request_id = "r-1");
            span.in_scope(|| tracing::error!(event = "one"));
            tracing::warn!(event = "below");
            tracing::error!(event = "two");
            tracing::error!(event = "three");
        });
        assert_eq!(lines.iter().map(|line| &line["event"]).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(lines[0]["span"]["request_id"], "r-1");
    }

    #[test]
    fn a_panic_of_a_handler_is_one_error_with_its_place_and_request_and_without_values() {
        let routes = axum::Router::new()
            .route("/as-written", get(async || -> () { panic!("as written") }))
            .route("/with-values", get(async |method: http::Method| -> () { panic!("with {method}") }));
        let manners = api::Manners {
            function: "auth",
            public_url: String::new(),
            cors_origins: Vec::new(),
            clock: Arc::new(crate::SystemClock),
        };
        let routes = api::with_manners(routes, manners);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut ids = Vec::new();
        let lines = followed(9, || {
            std::panic::set_hook(Box::new(log_panic));
            for route in ["/as-written", "/with-values"] {
                let request = http::Request::get(route).body(axum::body::Body::empty()).unwrap();
                let answer = runtime.block_on(routes.clone().oneshot(request)).unwrap();
                assert_eq!(answer.status(), 500);
                ids.push(answer.headers()["x-request-id"].to_str().unwrap().to_owned());
            }
            drop(std::panic::take_hook());
        });
        let messages: Vec<_> = lines.iter().map(|line| &line["message"]).collect();
        assert_eq!(messages, ["as written", "(message withheld)"]);
        for (line, id) in lines.iter().zip(&ids) {
            assert!(line["place"].as_str().unwrap().starts_with("shared/platform/src/logging.rs:"), "{line}");
            assert_eq!((&line["event"], &line["span"]["request_id"]), (&"panic".into(), &id.as_str().into()));
        }
    }
}
