//! The mails an emulator has taken, in one shape for both emulators.

use anyhow::{Context, Result};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::fetch;

/// A mail as the inbox shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mail {
    /// Whom it was sent to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: String,
    /// When, in RFC 3339 and UTC.
    pub sent_at: String,
}

impl Mail {
    /// Whether it was sent to this address.
    pub fn is_to(&self, address: &str) -> bool {
        self.to.iter().any(|to| to == address)
    }

    /// The same for a template.
    pub fn values(&self) -> minijinja::Value {
        let Self { to, subject, text, html, sent_at } = self;
        minijinja::context! { to => to.join(", "), subject, text, html, sent_at }
    }
}

/// All mails, newest first, from whichever emulator answers there.
pub async fn sent(aws: &str) -> Result<Vec<Mail>> {
    let lists: [(&str, Reader); 2] =
        [("/_ministack/ses/messages", from_ministack), ("/_aws/ses", from_localstack)];
    for (path, read) in lists {
        // Each emulator takes the other's path for a bucket and answers 404, or with something else than this.
        let (_, body) = fetch::status(&format!("{aws}{path}"))
            .await
            .with_context(|| format!("S3 and SES do not answer at {aws}: is it still running?"))?;
        if let Some(mails) = serde_json::from_slice(&body).ok().as_ref().and_then(read) {
            return Ok(mails);
        }
    }
    anyhow::bail!("What runs at {aws} keeps no list of sent mails.")
}

/// `{"messages": {"<account>": [{"To", "Subject", "BodyText", "BodyHtml", "Timestamp": <seconds>}]}}`
fn from_ministack(answer: &Value) -> Option<Vec<Mail>> {
    let accounts = answer.get("messages")?.as_object()?;
    let mails = accounts.values().filter_map(Value::as_array).flatten();
    Some(newest_first(mails.map(|mail| {
        let seconds = mail["Timestamp"].as_f64().unwrap_or_default();
        let at = Timestamp::UNIX_EPOCH.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()?;
        let to = ["To", "CC", "BCC"].iter().flat_map(|kind| texts(&mail[*kind])).collect();
        let mail = [&mail["Subject"], &mail["BodyText"], &mail["BodyHtml"]].map(text);
        Some((at, to, mail))
    })))
}

/// `{"messages": [{"Destination": {"ToAddresses"}, "Subject", "Body": {"text_part", "html_part"}, "Timestamp":
/// "<UTC without a zone>"}]}`
fn from_localstack(answer: &Value) -> Option<Vec<Mail>> {
    let mails = answer.get("messages")?.as_array()?;
    Some(newest_first(mails.iter().map(|mail| {
        let at: DateTime = mail["Timestamp"].as_str()?.trim_end_matches('Z').parse().ok()?;
        let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let lists = ["ToAddresses", "CcAddresses", "BccAddresses"];
        let to = lists.iter().flat_map(|kind| texts(&mail["Destination"][*kind])).collect();
        let mail = [&mail["Subject"], &mail["Body"]["text_part"], &mail["Body"]["html_part"]].map(text);
        Some((at, to, mail))
    })))
}

type Reader = fn(&Value) -> Option<Vec<Mail>>;
type Read = (Timestamp, Vec<String>, [String; 3]);

fn newest_first(mails: impl Iterator<Item = Option<Read>>) -> Vec<Mail> {
    let mut all: Vec<Read> = mails.flatten().collect();
    // Emulators list the oldest first; a stable sort keeps the order of those sent within one second.
    all.reverse();
    all.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    let shown = all.into_iter().map(|(at, to, [subject, text, html])| Mail {
        to,
        subject,
        text,
        html,
        sent_at: format!("{at:.3}"),
    });
    shown.collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mail(to: &str, subject: &str, sent_at: &str) -> Mail {
        let (text, html) = ("Код: ABCD".to_owned(), "<b>ABCD</b>".to_owned());
        Mail { to: vec![to.into()], subject: subject.into(), text, html, sent_at: sent_at.into() }
    }

    #[test]
    fn ministack_s_mails_come_newest_first() {
        let sent = |to: &str, at: f64| {
            json!({"MessageId": "1", "Source": "s@x.example", "To": [to], "CC": [], "BCC": [], "Subject": to,
                   "BodyText": "Код: ABCD", "BodyHtml": "<b>ABCD</b>", "Timestamp": at, "Type": "SendEmail"})
        };
        let answer = json!({"messages": {"000000000000": [sent("a@x.example", 1_795_417_705.773_1),
                                                          sent("b@x.example", 1_795_417_706.0)]}});
        let wanted = [
            mail("b@x.example", "b@x.example", "2026-11-23T07:08:26.000Z"),
            mail("a@x.example", "a@x.example", "2026-11-23T07:08:25.773Z"),
        ];
        assert_eq!(from_ministack(&answer).as_deref(), Some(&wanted[..]));
    }

    #[test]
    fn a_mail_is_to_those_whom_it_names_alone() {
        let mail = mail("a@x.example", "", "");
        assert!(mail.is_to("a@x.example"));
        assert!(!mail.is_to("x.example"));
    }

    #[test]
    fn localstack_s_mails_keep_their_order_within_a_second() {
        let sent = |to: &str| {
            json!({"Id": "1", "Region": "eu-central-1", "Destination": {"ToAddresses": [to]}, "Subject": to,
                   "Body": {"text_part": "Код: ABCD", "html_part": "<b>ABCD</b>"},
                   "Timestamp": "2026-11-23T07:09:50"})
        };
        let answer = json!({"messages": [sent("a@x.example"), sent("b@x.example")]});
        let wanted = ["b@x.example", "a@x.example"].map(|to| mail(to, to, "2026-11-23T07:09:50.000Z"));
        assert_eq!(from_localstack(&answer).as_deref(), Some(&wanted[..]));
    }

    #[test]
    fn a_mail_without_html_has_an_empty_one() {
        let answer = json!({"messages": {"1": [{"To": ["a@x.example"], "Subject": "s", "BodyText": "t",
                                                "BodyHtml": null, "Timestamp": 0}]}});
        let mails = from_ministack(&answer).unwrap_or_default();
        assert_eq!(mails[0].html, "");
        assert_eq!(mails[0].sent_at, "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn each_emulator_s_answer_is_not_taken_for_the_other_s() {
        assert_eq!(from_ministack(&json!({"messages": []})), None);
        assert_eq!(from_localstack(&json!({"messages": {}})), None);
        assert_eq!(from_ministack(&json!({})), None);
        assert_eq!(from_ministack(&json!({"messages": {}})), Some(vec![]));
    }
}
