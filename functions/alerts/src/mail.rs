//! What a mail to operators says (AL-4).

use std::collections::BTreeSet;

use ports::{Alert, Counted};

use crate::scrub::{cut, one_line};

/// The most of a subject: longer ones are cut by many a program.
const SUBJECT_BYTES: usize = 200;
/// So many alerts of a digest are told with all that is known of them, the others in a line each.
const IN_FULL: usize = 30;

/// A mail, ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) text: String,
}

fn subject(stage: &str, functions: &str, what: &str, count: u64) -> String {
    // The count stays, whatever is cut.
    let start = one_line(&format!("[{stage}][{functions}] {what}"));
    format!("{} (×{count})", cut(&start, SUBJECT_BYTES))
}

/// The mail of one alert. Where nothing counts the next ones, it says so.
pub(crate) fn single(stage: &str, alert: &Alert, count: u32, is_counted: bool) -> Mail {
    let next = if is_counted {
        "Equal ones are counted; a digest will tell how many they were."
    } else {
        "The memory of alerts does not answer: equal ones are not counted, and this mail may come again."
    };
    let text = format!("Count:       {count}\n{}\n\n{next}\n", alert.details);
    Mail { subject: subject(stage, &alert.function, &alert.class, count.into()), text }
}

/// The mail of all that was counted, which is not nothing.
pub(crate) fn digest(stage: &str, told: &[Counted]) -> Mail {
    let count = told.iter().map(|counted| u64::from(counted.count)).sum();
    let subject = match told {
        [only] => subject(stage, &only.alert.function, &only.alert.class, count),
        _ => {
            let functions: BTreeSet<_> = told.iter().map(|counted| counted.alert.function.as_str()).collect();
            let functions = functions.into_iter().collect::<Vec<_>>().join(", ");
            subject(stage, &functions, &format!("digest of {} alerts", told.len()), count)
        }
    };
    let (full, short) = told.split_at(told.len().min(IN_FULL));
    let full = full.iter().map(|counted| format!("{}\n{}\n", heading(counted), counted.alert.details));
    let short = short.iter().map(|counted| format!("{}\n{}\n", heading(counted), counted.alert.fingerprint));
    Mail { subject, text: full.chain(short).collect::<Vec<_>>().join("\n") }
}

fn heading(counted: &Counted) -> String {
    let Counted { alert, count, since, last, mailed } = counted;
    let Alert { function, class, .. } = alert;
    let more = if *mailed { " more since the last mail" } else { ", not mailed before" };
    format!("×{count}{more}: [{function}] {class}\nCounted:     {since} to {last}; the first that was seen:")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn alert(function: &str, class: &str) -> Alert {
        let (function, class) = (function.to_owned(), class.to_owned());
        Alert { fingerprint: format!("{function} {class}"), function, class, details: "Route: x".to_owned() }
    }

    fn counted(function: &str, count: u32) -> Counted {
        let (since, last) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        Counted { alert: alert(function, "panic"), count, since, last, mailed: true }
    }

    #[test]
    fn a_subject_is_stage_function_class_and_count() {
        let mail = single("prod", &alert("auth", "panic"), 1, true);
        assert_eq!(mail.subject, "[prod][auth] panic (×1)");
        assert!(mail.text.starts_with("Count:       1\nRoute: x\n"), "{}", mail.text);
        assert_eq!(digest("prod", &[counted("auth", 999)]).subject, "[prod][auth] panic (×999)");
        let two = digest("prod", &[counted("titles", 2), counted("auth", 1)]);
        assert_eq!(two.subject, "[prod][auth, titles] digest of 2 alerts (×3)");
        assert!(two.text.starts_with("×2 more since the last mail: [titles] panic\n"), "{}", two.text);
    }

    #[test]
    fn a_subject_is_one_line_and_not_long() {
        let mail = single("a\r\nBcc: x", &alert("b\nc", &"d\u{2028}".repeat(900)), 7, true);
        assert!(mail.subject.starts_with("[a Bcc: x][b c] d d"), "{}", mail.subject);
        assert!(mail.subject.ends_with(" (×7)") && mail.subject.len() < 220);
        assert!(!mail.subject.contains(char::is_control));
    }

    #[test]
    fn a_digest_names_every_alert() {
        let told: Vec<_> = (0..100).map(|number| counted(&format!("f{number}"), 1)).collect();
        let text = digest("prod", &told).text;
        assert_eq!(text.matches("×1 more").count(), 100);
        assert_eq!(text.matches("Route: x").count(), IN_FULL);
    }
}
