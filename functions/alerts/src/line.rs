//! Which lines of a log are alerts (AL-1), and what they say.

use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;
use serde_json::Value;

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// All of it, as it is.
    pub text: String,
}

/// A critical error, as its line tells it: nothing is scrubbed yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sighting {
    /// The function, where the line names it.
    pub function: Option<String>,
    /// What kind of error.
    pub class: String,
    /// Method and route, where a request was handled.
    pub route: Option<String>,
    /// Where in the program, or which backend; where the line tells neither, its message serves.
    pub frame: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// What is said of it.
    pub message: String,
    /// Whether Lambda says it, of which several lines tell of one failure.
    pub of_the_runtime: bool,
}

#[expect(clippy::expect_used, reason = "a constant, which the tests use")]
static UUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").expect("a pattern"));

/// What the line tells, if it is an alert.
#[must_use]
pub fn sighting(text: &str) -> Option<Sighting> {
    match serde_json::from_str::<Value>(text) {
        Ok(line @ Value::Object(_)) if line["type"].is_string() && line["record"].is_object() => {
            platform(&line)
        }
        Ok(line @ Value::Object(_)) => own(&line),
        _ => plain(text),
    }
}

/// A line in our own form, or in Lambda's form of what a program prints, which is alike.
fn own(line: &Value) -> Option<Sighting> {
    if !line["level"].as_str()?.eq_ignore_ascii_case("ERROR") {
        return None;
    }
    // Our hook has logged the panic, with its place.
    if line["target"] == "lambda_runtime::layers::panic" && line["message"] == "user handler panicked" {
        return None;
    }
    let word = |name: &str| line[name].as_str().or(line["span"][name].as_str()).map(ToOwned::to_owned);
    let route = match (word("method"), word("route")) {
        (Some(method), Some(route)) => Some(format!("{method} {route}")),
        (_, route) => route,
    };
    let details =
        ["backend", "cause", "place", "code"].iter().filter_map(|name| Some((name, line[*name].as_str()?)));
    let message = line["message"].as_str().unwrap_or_default().to_owned();
    let message = details.fold(message, |all, (name, value)| format!("{all}\n{name}: {value}"));
    Some(Sighting {
        function: word("function"),
        class: word("event").unwrap_or_else(|| "error".to_owned()),
        route,
        frame: word("place").or_else(|| word("backend")),
        request_id: word("request_id").or_else(|| word("requestId")),
        message,
        of_the_runtime: false,
    })
}

/// A line of Lambda's own, as JSON. Of the several that tell of one failure the report has its end.
fn platform(line: &Value) -> Option<Sighting> {
    let record = &line["record"];
    let error = record["errorType"].as_str().unwrap_or_default();
    let class = match (line["type"].as_str()?, record["status"].as_str()?) {
        (_, "success") => return None,
        ("platform.initReport", _) => "init_failed",
        ("platform.report", "timeout") => "timeout",
        ("platform.report", _) if error == "Runtime.OutOfMemory" => "out_of_memory",
        ("platform.report", _) if error.starts_with("Runtime.") => "runtime_exit",
        _ => return None,
    };
    let request_id = record["requestId"].as_str().map(ToOwned::to_owned);
    let status = record["status"].as_str().unwrap_or_default();
    let message = format!("{class}: status {status} {error}").trim_end().to_owned();
    Some(Sighting {
        class: class.to_owned(),
        request_id,
        message,
        of_the_runtime: true,
        ..Sighting::default()
    })
}

/// A line that is no JSON: Lambda's own, or what a program prints before it logs or when it can't any more.
fn plain(text: &str) -> Option<Sighting> {
    let (class, of_the_runtime) = if let Some(class) = runtime_class(text) {
        (class, true)
    } else if text.contains("panicked at ") {
        ("panic", false)
    } else if text.split_whitespace().take(4).any(|word| word.trim_matches(['[', ']', ':']) == "ERROR") {
        ("error", false)
    } else {
        return None;
    };
    let place = text.split_once("panicked at ").filter(|_| class == "panic");
    let frame =
        place.map(|(_, place)| place.lines().next().unwrap_or_default().trim_end_matches(':').to_owned());
    let request_id = UUID.find(text).map(|id| id.as_str().to_owned());
    let (class, message) = (class.to_owned(), text.trim().to_owned());
    Some(Sighting { class, frame, request_id, message, of_the_runtime, ..Sighting::default() })
}

fn runtime_class(text: &str) -> Option<&'static str> {
    let has = |words: &str| text.contains(words);
    if text.starts_with("INIT_REPORT") {
        return (has("Status: error") || has("Status: timeout")).then_some("init_failed");
    }
    if has("Runtime.OutOfMemory") || has("signal: killed") {
        return Some("out_of_memory");
    }
    // What else a report tells of, a line before it has told.
    if text.starts_with("REPORT") {
        return None;
    }
    if has("Task timed out after ") {
        return Some("timeout");
    }
    (has("Runtime.ExitError") || has("Runtime exited") || has("RUNTIME exited")).then_some("runtime_exit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Option<String> {
        sighting(text).map(|sighting| sighting.class)
    }

    #[test]
    fn our_own_errors_count_and_nothing_below() {
        let line = |level: &str| {
            format!(
                r#"{{"timestamp":"2026-11-22T12:00:00Z","level":"{level}","event":"internal_error","status":500,
                "message":"no row","target":"api::layers","span":{{"request_id":"r-1","function":"titles",
                "method":"GET","route":"/api/v1/titles/{{id}}","name":"request"}}}}"#
            )
        };
        let wanted = Sighting {
            function: Some("titles".to_owned()),
            class: "internal_error".to_owned(),
            route: Some("GET /api/v1/titles/{id}".to_owned()),
            frame: None,
            request_id: Some("r-1".to_owned()),
            message: "no row".to_owned(),
            of_the_runtime: false,
        };
        assert_eq!(sighting(&line("ERROR")), Some(wanted));
        for level in ["WARN", "INFO", "DEBUG"] {
            assert_eq!(sighting(&line(level)), None, "{level}");
        }
    }

    #[test]
    fn a_refusal_and_a_503_are_no_alerts() {
        for text in [
            r#"{"level":"INFO","event":"authz_fail","status":403,"message":"refused"}"#,
            r#"{"level":"WARN","event":"unavailable","status":503,"backend":"database","message":"ERROR: no"}"#,
            r#"{"level":"INFO","message":"panicked at the disco"}"#,
            r#"{"message":"ERROR without a level"}"#,
        ] {
            assert_eq!(sighting(text), None, "{text}");
        }
    }

    #[test]
    fn an_outage_names_its_backend() {
        let seen = sighting(
            r#"{"level":"ERROR","event":"backend_down","backend":"database","cause":"refused","message":"silent"}"#,
        );
        let seen = seen.expect("an alert");
        assert_eq!((seen.class.as_str(), seen.frame.as_deref()), ("backend_down", Some("database")));
        assert_eq!(seen.message, "silent\nbackend: database\ncause: refused");
    }

    #[test]
    fn panics_have_their_place() {
        let logged = r#"{"level":"ERROR","event":"panic","place":"src/a.rs:7","message":"oh"}"#;
        let seen = sighting(logged).expect("an alert");
        assert_eq!((seen.class.as_str(), seen.frame.as_deref()), ("panic", Some("src/a.rs:7")));
        let seen = sighting("thread 'main' panicked at src/main.rs:3:5:\nno").expect("an alert");
        assert_eq!((seen.class.as_str(), seen.frame.as_deref()), ("panic", Some("src/main.rs:3:5")));
    }

    #[test]
    fn a_panic_is_told_once() {
        let line = |message: &str| {
            format!(
                r#"{{"level":"ERROR","message":"{message}","target":"lambda_runtime::layers::panic",
                "span":{{"requestId":"r-1","name":"Lambda runtime invoke"}}}}"#
            )
        };
        assert_eq!(sighting(&line("user handler panicked")), None);
        let failed = sighting(&line("no answer")).expect("an alert");
        assert_eq!((failed.class.as_str(), failed.request_id.as_deref()), ("error", Some("r-1")));
    }

    #[test]
    fn what_lambda_says_as_text() {
        let id = "3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f";
        for (text, wanted) in [
            (format!("2026-11-22T12:00:00.000Z {id} Task timed out after 15.00 seconds"), Some("timeout")),
            (format!("RequestId: {id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError"), Some("out_of_memory")),
            (format!("RequestId: {id} Error: Runtime exited with error: exit status 101\nRuntime.ExitError"), Some("runtime_exit")),
            (format!("REPORT RequestId: {id}\tMax Memory Used: 256 MB\tStatus: error\tError Type: Runtime.OutOfMemory"), Some("out_of_memory")),
            (format!("REPORT RequestId: {id}\tStatus: error\tError Type: Runtime.ExitError"), None),
            (format!("REPORT RequestId: {id}\tDuration: 15000.00 ms\tStatus: timeout"), None),
            (format!("REPORT RequestId: {id}\tDuration: 3.00 ms\tMax Memory Used: 27 MB"), None),
            ("INIT_REPORT Init Duration: 12.34 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError".to_owned(), Some("init_failed")),
            ("INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout".to_owned(), Some("init_failed")),
            ("INIT_REPORT Init Duration: 12.34 ms\tPhase: init".to_owned(), None),
            ("RUNTIME exited with 1".to_owned(), Some("runtime_exit")),
            ("2026-11-22T12:00:00Z ERROR auth: no".to_owned(), Some("error")),
            (format!("START RequestId: {id} Version: $LATEST"), None),
            (format!("END RequestId: {id}"), None),
            ("an error that nobody calls ERROR here".to_owned(), None),
        ] {
            assert_eq!(class(&text).as_deref(), wanted, "{text}");
            if text.contains(id) && wanted.is_some() {
                assert_eq!(sighting(&text).and_then(|seen| seen.request_id).as_deref(), Some(id));
            }
        }
    }

    #[test]
    fn what_lambda_says_as_json() {
        let line = |kind: &str, status: &str, error: &str| {
            format!(
                r#"{{"time":"2026-11-22T12:00:00Z","type":"{kind}","record":{{"requestId":"r-1","status":"{status}","errorType":"{error}"}}}}"#
            )
        };
        for (kind, status, error, wanted) in [
            ("platform.report", "success", "", None),
            ("platform.report", "timeout", "", Some("timeout")),
            ("platform.report", "error", "Runtime.OutOfMemory", Some("out_of_memory")),
            ("platform.report", "error", "Runtime.ExitError", Some("runtime_exit")),
            ("platform.report", "error", "MyError", None),
            ("platform.runtimeDone", "timeout", "", None),
            ("platform.initReport", "error", "Runtime.ExitError", Some("init_failed")),
            ("platform.initReport", "success", "", None),
        ] {
            assert_eq!(class(&line(kind, status, error)).as_deref(), wanted, "{kind} {status} {error}");
        }
    }
}
