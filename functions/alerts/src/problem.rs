//! What a line tells, made into what operators are told: scrubbed, and the same for what is the same.

use std::sync::LazyLock;

use jiff::Timestamp;
use ports::Alert;
use regex::Regex;

use crate::Deployment;
use crate::batch::Log;
use crate::line::Sighting;
use crate::scrub::{cut, one_line, scrub};

/// The most of a message that is mailed.
const MESSAGE_BYTES: usize = 2_000;
const FRAME_BYTES: usize = 300;
const WORD_BYTES: usize = 150;

#[expect(clippy::expect_used, reason = "a constant, which the tests use")]
static DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9]+").expect("a pattern"));

/// What differs from one time to the next is the same: numbers, and with what is scrubbed, ids.
fn evened(text: &str) -> String {
    DIGITS.replace_all(text, "#").into_owned()
}

/// A word of a line, fit for a subject.
fn word(text: &str) -> String {
    cut(&one_line(&scrub(text)), WORD_BYTES).to_owned()
}

/// The alert that a sighting is.
pub(crate) fn alert(seen: &Sighting, at: Timestamp, log: Option<&Log>, deployment: &Deployment) -> Alert {
    let of_log = || log.map_or_else(|| "local".to_owned(), Log::function);
    let function = word(&seen.function.clone().unwrap_or_else(of_log));
    let (class, route) = (word(&seen.class), seen.route.as_deref().map(word));
    // Scrubbed first: the half of a secret is not known any more.
    let message = scrub(&seen.message);
    let message = cut(&message, MESSAGE_BYTES);
    let frame = match &seen.frame {
        Some(frame) => one_line(&scrub(frame)),
        // It has no other place than the class, and says it in several ways.
        None if seen.of_the_runtime => String::new(),
        None => evened(message.lines().next().unwrap_or_default()),
    };
    // An outage is one problem, whichever function and route of it met it first (AL-1).
    let (of_function, of_route) = match seen.class.as_str() {
        "backend_down" => ("", String::new()),
        _ => (function.as_str(), route.as_deref().map(evened).unwrap_or_default()),
    };
    let fingerprint = format!("{of_function} | {of_route} | {class} | {}", cut(&frame, FRAME_BYTES));
    let details =
        details(seen, at, log, deployment, [&function, &class, route.as_deref().unwrap_or("none"), message]);
    Alert { fingerprint, function, class, details }
}

fn details(
    seen: &Sighting,
    at: Timestamp,
    log: Option<&Log>,
    deployment: &Deployment,
    [function, class, route, message]: [&str; 4],
) -> String {
    let Deployment { stage, region } = deployment;
    let version = log.and_then(Log::version).map(|version| format!(" ({version})")).unwrap_or_default();
    let request_id = seen.request_id.as_deref().map_or_else(|| "none".to_owned(), |id| one_line(cut(id, 64)));
    let link = log.map_or_else(|| "what the process printed".to_owned(), |log| log.link(region, at));
    let message = message.lines().collect::<Vec<_>>().join("\n             ");
    format!(
        "Function:    {function}\nVersion:     {}{version}\nStage:       {stage}\nRegion:      {region}\n\
         Time:        {at}\nRequest id:  {request_id}\nRoute:       {route}\nClass:       {class}\n\
         Message:     {message}\nLog:         {link}",
        env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Deployment {
        Deployment { stage: "prod".to_owned(), region: "eu-central-1".to_owned() }
    }

    fn log() -> Log {
        Log { group: "/aws/lambda/prohod-auth".to_owned(), stream: "2026/11/22/[7]0f3a".to_owned() }
    }

    fn made(seen: &Sighting) -> Alert {
        alert(seen, Timestamp::UNIX_EPOCH, Some(&log()), &deployment())
    }

    fn seen(class: &str, message: &str) -> Sighting {
        Sighting { class: class.to_owned(), message: message.to_owned(), ..Sighting::default() }
    }

    #[test]
    fn numbers_and_ids_make_no_other_problem() {
        let one =
            made(&seen("internal_error", "row 17 of 019aa5c4-6f00-7cc3-98c4-dc0c0c07398f is odd\nat 1"));
        let other =
            made(&seen("internal_error", "row 4 of 019bb5c4-6f00-7cc3-98c4-dc0c0c07398f is odd\nat 2"));
        assert_eq!(one.fingerprint, other.fingerprint);
        assert_eq!(one.fingerprint, "auth |  | internal_error | row # of … is odd");
    }

    #[test]
    fn function_route_class_and_frame_do() {
        let base = Sighting { route: Some("GET /a".to_owned()), ..seen("panic", "x") };
        let others = [
            Sighting { function: Some("titles".to_owned()), ..base.clone() },
            Sighting { route: Some("GET /b".to_owned()), ..base.clone() },
            Sighting { class: "timeout".to_owned(), ..base.clone() },
            Sighting { frame: Some("src/a.rs:1".to_owned()), ..base.clone() },
            Sighting { frame: Some("src/a.rs:2".to_owned()), ..base.clone() },
        ];
        let all: std::collections::BTreeSet<_> =
            others.iter().chain([&base]).map(|seen| made(seen).fingerprint).collect();
        assert_eq!(all.len(), 6, "{all:?}");
    }

    #[test]
    fn an_outage_is_one_problem_whatever_function_and_route_meet_it() {
        let met = |function: &str, route: &str, backend: &str, cause: &str| {
            let [function, route, frame] = [function, route, backend].map(|text| Some(text.to_owned()));
            made(&Sighting { function, route, frame, ..seen("backend_down", cause) }).fingerprint
        };
        let first = met("titles", "GET /a", "database", "refused");
        assert_eq!(first, met("walks", "GET /b", "database", "no answer in time"));
        assert_ne!(first, met("titles", "GET /a", "cache", "refused"));
    }

    #[test]
    fn nothing_secret_is_in_it_and_no_key_is_too_long() {
        let secret = "anna@example.org prohod_rt_abcdefghijklmnop K7QM-2XPD postgres://u:hunter2@db";
        let long = format!("{secret} {}", "ж".repeat(5_000));
        let everywhere = Sighting {
            function: Some(long.clone()),
            class: long.clone(),
            route: Some(long.clone()),
            frame: Some(long.clone()),
            request_id: None,
            message: long,
            of_the_runtime: false,
        };
        let alert = made(&everywhere);
        let all = format!("{alert:?}");
        for secret in ["anna", "abcdefghijklmnop", "K7QM", "hunter2"] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
        assert!(alert.fingerprint.len() <= 900 && alert.details.len() < 4_000);
    }

    #[test]
    fn the_details_are_those_of_the_contract() {
        let request_id = Some("3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f".to_owned());
        let route = Some("POST /api/v1/reviews".to_owned());
        let details = made(&Sighting { request_id, route, ..seen("panic", "oh\nplace: a.rs:7") }).details;
        let version = concat!("Version:     ", env!("CARGO_PKG_VERSION"), " (7)");
        for line in [
            "Function:    auth",
            version,
            "Stage:       prod",
            "Region:      eu-central-1",
            "Time:        1970-01-01T00:00:00Z",
            "Request id:  3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f",
            "Route:       POST /api/v1/reviews",
            "Message:     oh",
            "             place: a.rs:7",
        ] {
            assert!(details.lines().any(|found| found == line), "{line} in {details}");
        }
        assert!(
            details.contains("#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fprohod-auth"),
            "{details}"
        );
    }
}
