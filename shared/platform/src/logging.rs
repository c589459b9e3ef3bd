use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;

/// Logs JSON lines to standard output, at `LOG_LEVEL` or `info`; panics too, as one line each (AL-2).
///
/// A panic's message may hold anything (LOG-1), so only one that the compiler wrote into the program, without
/// values, is logged; the place always is.
pub fn start_logging(level: Option<&str>) {
    let filter = EnvFilter::try_new(level.unwrap_or("info")).unwrap_or_else(|_| EnvFilter::new("info"));
    // Fails where a test started one already, which then serves.
    let _already = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .try_init();
    std::panic::set_hook(Box::new(log_panic));
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    let message = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
    tracing::error!(event = "panic", place, message, "a panic");
}
