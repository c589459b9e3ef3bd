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
