use std::io::{self, Write};
use std::panic::PanicHookInfo;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

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
    let filter = EnvFilter::try_new(level.unwrap_or("info")).unwrap_or_else(|_| EnvFilter::new("info"));
    // Fails where a test started one already, which then serves.
    let _already = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .try_init();
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
    use super::*;

    #[test]
    fn errors_are_followed_with_their_request_and_a_full_channel_stops_nobody() {
        let (lines, mut followed) = mpsc::channel(2);
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_writer(Followed(lines))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", request_id = "r-1");
            span.in_scope(|| tracing::error!(event = "one"));
            tracing::warn!(event = "below");
            tracing::error!(event = "two");
            tracing::error!(event = "three");
        });
        let mut line = || followed.try_recv().ok();
        let first = line().unwrap();
        assert!(first.contains(r#""event":"one""#) && first.contains(r#""request_id":"r-1""#), "{first}");
        assert!(line().unwrap().contains(r#""event":"two""#));
        assert_eq!(line(), None);
    }
}
