use anyhow::Context as _;
use aws_lambda_events::cloudwatch_logs::LogsEvent;
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::Value;

use crate::line::Line;

/// Lines of one stream of logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The group and the stream that they are in; none where a process tells of itself.
    pub log: Option<Log>,
    /// The lines, in their order.
    pub lines: Vec<Line>,
}

/// Where lines are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The group, `/aws/lambda/<function's full name>`.
    pub group: String,
    /// The stream, `2026/11/22/[$LATEST]0123…`.
    pub stream: String,
}

/// What the function is called with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A subscription to logs has lines.
    Lines(Batch),
    /// It is time to look for due digests.
    Schedule,
}

impl Event {
    /// Reads an event: whatever has no `awslogs` is the schedule's.
    pub(crate) fn read(event: &Value) -> anyhow::Result<Self> {
        if event.get("awslogs").is_none() {
            return Ok(Self::Schedule);
        }
        // From a reference: one that is owned can't be read.
        let event = LogsEvent::deserialize(event).context("reading an event of CloudWatch Logs")?;
        let data = event.aws_logs.data;
        // CloudWatch asks now and then whether somebody is there.
        let entries = if data.message_type == "DATA_MESSAGE" { data.log_events } else { Vec::new() };
        let line = |(timestamp, text)| {
            let at = Timestamp::from_millisecond(timestamp).context("the instant of a line of a log")?;
            anyhow::Ok(Line { at, text })
        };
        let lines = entries.into_iter().map(|entry| line((entry.timestamp, entry.message)));
        let log = Log { group: data.log_group, stream: data.log_stream };
        Ok(Self::Lines(Batch { log: Some(log), lines: lines.collect::<anyhow::Result<_>>()? }))
    }
}

impl Log {
    /// The function's short name: what stands last in its full name, before what CloudFormation adds by chance.
    pub(crate) fn function(&self) -> String {
        let full = self.group.rsplit('/').next().unwrap_or_default();
        let by_chance = |part: &str| {
            part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                || part.len() >= 10 && part.bytes().any(|byte| byte.is_ascii_digit())
        };
        let name = full.split('-').rfind(|part| !part.is_empty() && !by_chance(part)).unwrap_or(full);
        name.strip_suffix("Function").filter(|name| !name.is_empty()).unwrap_or(name).to_ascii_lowercase()
    }

    /// The function's version, which its stream names.
    pub(crate) fn version(&self) -> Option<&str> {
        let (_, rest) = self.stream.split_once('[')?;
        rest.split_once(']').map(|(version, _)| version)
    }

    /// Where CloudWatch's console shows the line.
    pub(crate) fn link(&self, region: &str, at: Timestamp) -> String {
        format!(
            "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{}\
             /log-events/{}$3Fstart$3D{}",
            twice_encoded(&self.group),
            twice_encoded(&self.stream),
            at.as_millisecond()
        )
    }
}

/// The console's own encoding: percent-encoded twice, with `$` for the second `%`.
fn twice_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            all += &format!("$25{byte:02X}");
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// As CloudWatch sends it.
    fn event(kind: &str) -> Value {
        let data = format!(
            r#"{{"messageType":"{kind}","owner":"123456789012","logGroup":"/aws/lambda/prohod-auth",
            "logStream":"2026/11/22/[$LATEST]0f3a","subscriptionFilters":["alerts"],
            "logEvents":[{{"id":"1","timestamp":1795348800000,"message":"ERROR x\n"}}]}}"#
        );
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(data.as_bytes()).unwrap();
        let data = base64::engine::general_purpose::STANDARD.encode(gzip.finish().unwrap());
        serde_json::json!({"awslogs": {"data": data}})
    }

    fn log(group: &str) -> Log {
        Log { group: group.to_owned(), stream: "2026/11/22/[$LATEST]0f3a".to_owned() }
    }

    #[test]
    fn lines_come_packed() {
        let line = Line { at: "2026-11-22T12:00:00Z".parse().unwrap(), text: "ERROR x\n".to_owned() };
        let batch = Batch { log: Some(log("/aws/lambda/prohod-auth")), lines: vec![line] };
        assert_eq!(Event::read(&event("DATA_MESSAGE")).unwrap(), Event::Lines(batch));
        let Event::Lines(control) = Event::read(&event("CONTROL_MESSAGE")).unwrap() else { panic!("lines") };
        assert_eq!(control.lines, []);
        assert!(Event::read(&serde_json::json!({"awslogs": {"data": "no"}})).is_err());
    }

    #[test]
    fn anything_else_is_the_schedule() {
        for event in [serde_json::json!({"source": "aws.events", "detail": {}}), serde_json::json!(null)] {
            assert_eq!(Event::read(&event).unwrap(), Event::Schedule);
        }
    }

    #[test]
    fn a_group_names_its_function() {
        for (group, name) in [
            ("/aws/lambda/prohod-auth", "auth"),
            ("/aws/lambda/my-stack-titles", "titles"),
            ("/aws/lambda/prohod-AuthFunction-1A2B3C4D5E6F", "auth"),
            ("/aws/lambda/prohod-web-Ab3dEf6hIj9l", "web"),
            ("/aws/lambda/walks", "walks"),
        ] {
            assert_eq!(log(group).function(), name, "{group}");
        }
        assert_eq!(log("x").version(), Some("$LATEST"));
    }

    #[test]
    fn the_link_is_as_the_console_writes_it() {
        let at = Timestamp::from_millisecond(1_795_348_800_000).unwrap();
        assert_eq!(
            log("/aws/lambda/prohod-auth").link("eu-central-1", at),
            "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/\
             log-group/$252Faws$252Flambda$252Fprohod-auth/log-events/2026$252F11$252F22$252F$255B$2524LATEST$255D\
             0f3a$3Fstart$3D1795348800000"
        );
    }
}
