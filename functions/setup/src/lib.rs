//! The `setup` function: what a deployment does beside its template. Migrations, the pepper, the signing keys and their
//! rotation, as a custom resource of CloudFormation; the first moderator and a drill, when it is invoked by hand.
//!
//! It knows no store and no AWS but the form of its events. Every step may be repeated. The signing keys come last: what
//! failed before them has changed nothing that is served by.

use std::fmt;

use anyhow::Context as _;
use models::Email;
use ports::Deployment;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The resource's id, which never changes: CloudFormation would delete the one before.
const RESOURCE: &str = "prohod-setup";

/// What CloudFormation asks of a custom resource ("Custom resource request types", AWS CloudFormation User Guide).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    request_type: RequestType,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    #[serde(default)]
    physical_resource_id: Option<String>,
    #[serde(default)]
    resource_properties: Properties,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
enum RequestType {
    Create,
    Update,
    Delete,
}

/// What the template says; CloudFormation hands every value on as a text.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    #[serde(default)]
    key_generation: Option<String>,
}

/// What CloudFormation is answered.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    status: &'static str,
    reason: String,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    data: Value,
}

/// Answers an event: a custom resource's, `{"moderator": "<address>"}` or `{"drill": true}`.
///
/// # Errors
/// Where the event is none of them, the step fails, or CloudFormation does not take the answer.
///
/// # Panics
/// At a drill: that is how operators see whether alerts reach them, on the very way a real panic takes.
pub async fn handle(deployment: &dyn Deployment, event: Value) -> anyhow::Result<Value> {
    assert!(event.get("drill") != Some(&Value::Bool(true)), "a drill: somebody asked whether alerts arrive");
    if let Some(address) = event.get("moderator") {
        return moderator(deployment, address).await;
    }
    let request: Request =
        serde_json::from_value(event).context("the event is no request of CloudFormation")?;
    let outcome = serve(deployment, &request).await;
    if let Err(error) = &outcome {
        tracing::error!(event = "setup_failed", "{error:#}");
    }
    let response = serde_json::to_string(&response(&request, outcome))?;
    deployment.reply(&request.response_url, response).await?;
    Ok(Value::Null)
}

/// Does what the request asks for; what functions need to know of it.
async fn serve(deployment: &dyn Deployment, request: &Request) -> anyhow::Result<Value> {
    if request.request_type == RequestType::Delete {
        // Secrets and data outlive the stack: what goes with it is the template's to say.
        return Ok(json!({}));
    }
    let generation = request.resource_properties.key_generation.as_deref().unwrap_or("1");
    let generation = generation.parse().context("KeyGeneration is no whole number")?;
    deployment.migrate().await.context("bringing the store up to date")?;
    deployment.keep_pepper().await.context("keeping the pepper")?;
    let keys = deployment.keep_keys(generation).await.context("keeping the signing keys")?;
    Ok(json!({"PublicKeys": keys}))
}

fn response(request: &Request, outcome: anyhow::Result<Value>) -> Response<'_> {
    let (status, reason, data) = match outcome {
        Ok(data) => ("SUCCESS", String::new(), data),
        Err(error) => ("FAILED", Told(&error).to_string(), json!({})),
    };
    Response {
        status,
        reason,
        physical_resource_id: request.physical_resource_id.as_deref().unwrap_or(RESOURCE),
        stack_id: &request.stack_id,
        request_id: &request.request_id,
        logical_resource_id: &request.logical_resource_id,
        data,
    }
}

/// An error with its causes, as long as CloudFormation shows it.
struct Told<'a>(&'a anyhow::Error);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.0.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
        f.write_str(&told.chars().take(1_000).collect::<String>())
    }
}

async fn moderator(deployment: &dyn Deployment, address: &Value) -> anyhow::Result<Value> {
    let address = address.as_str().context("`moderator` is no address")?;
    let email = Email::try_from(address.to_owned()).ok().context("`moderator` is no address")?;
    let made = deployment.make_moderator(&email).await?;
    anyhow::ensure!(made, "nobody has registered with this address yet");
    Ok(json!({"moderator": true}))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use ports::{Backend, Unavailable};

    use super::*;

    /// A deployment whose steps are noted; the one that is named fails.
    #[derive(Default)]
    struct Noted {
        failing: &'static str,
        steps: Mutex<Vec<&'static str>>,
        replies: Mutex<Vec<(String, Value)>>,
    }

    impl Noted {
        fn failing(step: &'static str) -> Self {
            Self { failing: step, ..Self::default() }
        }

        fn step(&self, name: &'static str) -> ports::Result<()> {
            self.steps.lock().unwrap().push(name);
            if self.failing == name {
                return Err(Unavailable::new(Backend::Database, format!("{name} went wrong")).into());
            }
            Ok(())
        }

        fn reply(&self) -> (String, Value) {
            let replies = self.replies.lock().unwrap();
            assert_eq!(replies.len(), 1, "CloudFormation is answered once");
            replies[0].clone()
        }
    }

    #[async_trait]
    impl Deployment for Noted {
        async fn migrate(&self) -> ports::Result<()> {
            self.step("migrate")
        }

        async fn keep_pepper(&self) -> ports::Result<()> {
            self.step("pepper")
        }

        async fn keep_keys(&self, generation: u32) -> ports::Result<String> {
            self.step("keys").map(|()| format!("keys of {generation}"))
        }

        async fn make_moderator(&self, email: &Email) -> ports::Result<bool> {
            self.step("moderator").map(|()| email.shown() == "anna@example.org")
        }

        async fn reply(&self, address: &str, answer: String) -> ports::Result<()> {
            let answer = serde_json::from_str(&answer).unwrap();
            self.replies.lock().unwrap().push((address.to_owned(), answer));
            self.step("reply")
        }
    }

    fn asked(kind: &str, generation: &str) -> Value {
        json!({
            "RequestType": kind, "ResponseURL": "https://answers.example/1", "StackId": "stack",
            "RequestId": "request", "LogicalResourceId": "Setup",
            "ResourceProperties": {"ServiceToken": "arn", "KeyGeneration": generation},
        })
    }

    #[tokio::test]
    async fn a_deployment_migrates_first_and_hands_over_the_public_keys_last() {
        let deployment = Noted::default();
        handle(&deployment, asked("Update", "3")).await.unwrap();
        assert_eq!(*deployment.steps.lock().unwrap(), ["migrate", "pepper", "keys", "reply"]);
        let (address, answer) = deployment.reply();
        assert_eq!(address, "https://answers.example/1");
        let expected = json!({
            "Status": "SUCCESS", "Reason": "", "PhysicalResourceId": "prohod-setup", "StackId": "stack",
            "RequestId": "request", "LogicalResourceId": "Setup", "Data": {"PublicKeys": "keys of 3"},
        });
        assert_eq!(answer, expected);
    }

    #[tokio::test]
    async fn whatever_fails_the_deployment_is_told_why_and_nothing_after_it_is_done() {
        let all = ["migrate", "pepper", "keys"];
        for (number, step) in all.into_iter().enumerate() {
            let deployment = Noted::failing(step);
            handle(&deployment, asked("Create", "1")).await.unwrap();
            let done = [&all[..=number], &["reply"]].concat();
            assert_eq!(*deployment.steps.lock().unwrap(), done);
            let (_, answer) = deployment.reply();
            assert_eq!((&answer["Status"], &answer["Data"]), (&"FAILED".into(), &json!({})));
            let reason = answer["Reason"].as_str().unwrap();
            assert!(reason.contains(&format!("{step} went wrong")), "{reason}");
        }
        let deployment = Noted::default();
        handle(&deployment, asked("Create", "many")).await.unwrap();
        assert_eq!(
            deployment.reply().1["Reason"],
            "KeyGeneration is no whole number: invalid digit found in string"
        );
        assert_eq!(*deployment.steps.lock().unwrap(), ["reply"], "nothing was touched");
    }

    #[tokio::test]
    async fn a_stack_that_goes_takes_nothing_along_and_an_answer_that_is_not_taken_fails() {
        let deployment = Noted::default();
        handle(&deployment, asked("Delete", "1")).await.unwrap();
        assert_eq!(*deployment.steps.lock().unwrap(), ["reply"]);
        assert_eq!(deployment.reply().1["Status"], "SUCCESS");
        assert!(handle(&Noted::failing("reply"), asked("Delete", "1")).await.is_err());
        assert!(handle(&Noted::default(), json!({"RequestType": "Create"})).await.is_err());
    }

    #[tokio::test]
    async fn somebody_who_has_registered_is_made_a_moderator() {
        let make = async |address: &str| handle(&Noted::default(), json!({"moderator": address})).await;
        assert_eq!(make("anna@example.org").await.unwrap(), json!({"moderator": true}));
        assert!(make("boris@example.org").await.is_err());
        assert!(make("nobody").await.is_err());
    }
}
