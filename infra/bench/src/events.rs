//! The sample events, and what is made of them.

use std::path::Path;

use anyhow::Context as _;
use axum::body::Bytes;
use serde_json::{Value, json};

/// What a function is called with.
pub struct Events {
    /// Its own of `infra/events`.
    pub sample: Bytes,
    /// One that is answered without asking any service: what the function itself costs.
    pub quiet: Bytes,
}

/// The events of a function; none where it has no sample.
pub fn of(folder: &Path, function: &str, token: &str) -> anyhow::Result<Option<Events>> {
    let path = folder.join(format!("{function}.json"));
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path)?;
    let quiet = serde_json::from_str(&text).context("a sample event is no JSON")?;
    let sample = Bytes::from(text.replace("TOKEN", token));
    Ok(Some(Events { sample, quiet: serde_json::to_vec(&quieted(function, quiet))?.into() }))
}

/// A request that is refused at the gate, or that the function answers by itself.
fn quieted(function: &str, mut event: Value) -> Value {
    if function == "alerts" {
        return nobody_there();
    }
    if let Some(headers) = event["headers"].as_object_mut() {
        headers.remove("authorization");
    }
    let path = match function {
        "auth" => "/api/v1/auth/.well-known/jwks.json",
        "web" => "/api/v1/nothing",
        _ => return event,
    };
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["path"] = json!(path);
    event["requestContext"]["http"]["method"] = json!("GET");
    if let Some(event) = event.as_object_mut() {
        event.remove("body");
    }
    event
}

/// What CloudWatch sends now and then to see whether somebody is there.
fn nobody_there() -> Value {
    const DATA: &str = "H4sIAAAAAAACAyWKyQrCMBBA/yVnIbbuvYnEXtSC6U1E0naogWzMpBYR/91Qj2/5MAtEqof6HYAV7FBd6mt1epyFlPtSsBnz\
                        owNMJcsXy9V6s93Nszxp4/sS/RBS4WokbpRtOsUD+qfv/l1GBGXTQIlpaKhFHaL27qhNBCRW3O7TKF7g4oTfH0NG3K+QAAAA";
    json!({"awslogs": {"data": DATA}})
}
