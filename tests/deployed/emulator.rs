//! The emulator's own API: logs, invocations and stacks, as one calls AWS's.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

/// A deployed stack.
pub struct Stack<'a> {
    /// Where the API is, without `/api/v1`.
    pub url: &'a str,
    pub name: &'static str,
}

impl<'a> Stack<'a> {
    /// Those at these addresses, in the order in which `cargo dev test` deploys them.
    pub fn all(urls: &'a str) -> impl Iterator<Item = Self> {
        let names = ["prohod-dynamodb", "prohod-postgres"];
        urls.split(' ').zip(names).map(|(url, name)| Self { url, name })
    }

    fn emulator(&self) -> &'a str {
        self.url.split_once("/_aws/").expect("the emulator's address").0
    }

    /// A call of an AWS service; the emulator finds it by the credential's scope, and checks no signature.
    fn call(&self, service: &str, request: http::request::Builder, body: String) -> (u16, String) {
        let scope = format!("AWS4-HMAC-SHA256 Credential=test/20261123/eu-central-1/{service}/aws4_request");
        let signed = format!("{scope}, SignedHeaders=host, Signature=0");
        let request = request.header("authorization", signed).body(body).expect("a request");
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.timeout_global(Some(Duration::from_secs(60))).build().into();
        let mut answer = agent.run(request).expect("the emulator answers");
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("a text"))
    }

    /// Writes lines into a function's log, as Lambda does.
    pub fn log(&self, function: &str, lines: &[String]) {
        let group = format!("/aws/lambda/{}-{function}", self.name);
        let call = |action: &str, body: Value| {
            let request = http::Request::post(self.emulator())
                .header("content-type", "application/x-amz-json-1.1")
                .header("x-amz-target", format!("Logs_20140328.{action}"));
            let (status, told) = self.call("logs", request, body.to_string());
            assert_eq!(status, 200, "{action}: {told}");
        };
        let stream = format!("test-{}", std::process::id());
        call("CreateLogStream", json!({"logGroupName": group, "logStreamName": stream}));
        let now = now();
        for lines in lines.chunks(200) {
            let events: Vec<_> =
                lines.iter().map(|line| json!({"timestamp": now, "message": line})).collect();
            call(
                "PutLogEvents",
                json!({"logGroupName": group, "logStreamName": stream, "logEvents": events}),
            );
        }
    }

    /// Invokes a function and waits for its answer, which it gives if the function failed or not.
    pub fn invoke(&self, function: &str, event: &Value) -> Value {
        let path = format!("/2015-03-31/functions/{}-{function}/invocations", self.name);
        let request = http::Request::post(format!("{}{path}", self.emulator()));
        let (status, answer) = self.call("lambda", request, event.to_string());
        assert_eq!(status, 200, "{function}: {answer}");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Deploys the same template with one parameter changed.
    pub fn update(&self, parameters: impl Iterator<Item = String>, changed: (&str, &str)) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("Action", "UpdateStack"),
            ("StackName", self.name),
            ("UsePreviousTemplate", "true"),
        ]);
        form.extend_pairs([("Capabilities.member.1", "CAPABILITY_NAMED_IAM")]);
        for (number, parameter) in (1..).zip(parameters) {
            let of = |what: &str| format!("Parameters.member.{number}.{what}");
            let (what, value) = if parameter == changed.0 {
                ("ParameterValue", changed.1)
            } else {
                ("UsePreviousValue", "true")
            };
            form.append_pair(&of("ParameterKey"), &parameter).append_pair(&of(what), value);
        }
        self.formation(form.finish());
        let told = || self.formation(format!("Action=DescribeStacks&StackName={}", self.name));
        let mut state = told();
        while state.contains("UPDATE_IN_PROGRESS") {
            std::thread::sleep(Duration::from_millis(200));
            state = told();
        }
        assert!(state.contains("<StackStatus>UPDATE_COMPLETE</StackStatus>"), "{state}");
    }

    fn formation(&self, form: String) -> String {
        let request =
            http::Request::post(self.emulator()).header("content-type", "application/x-www-form-urlencoded");
        let (status, told) = self.call("cloudformation", request, form);
        assert_eq!(status, 200, "{told}");
        told
    }
}

/// In milliseconds; a log takes no lines of long ago.
#[expect(clippy::disallowed_methods, reason = "the emulator's clock can't be moved by hand")]
fn now() -> i64 {
    Timestamp::now().as_millisecond()
}
