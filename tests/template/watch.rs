//! What is watched: the lines that alerts are made of, and the alarms for what no line tells.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{FUNCTION, resources, template};

/// A line of each form that `functions/alerts/src/line.rs` takes for an alert, as Lambda and the functions write them.
const ALERTS: [&str; 11] = [
    r#"{"timestamp":"2026-11-22T12:00:00Z","level":"ERROR","event":"internal_error","status":500,"message":"no row"}"#,
    r#"{"timestamp":"2026-11-22T12:00:00Z","level":"ERROR","event":"panic","place":"src/a.rs:7","message":"oh"}"#,
    r#"{"timestamp":"2026-11-22T12:00:00Z","level":"ERROR","event":"backend_down","backend":"database"}"#,
    "thread 'main' panicked at src/main.rs:3:5:\nno",
    "2026-11-22T12:00:00Z ERROR auth: no",
    "2026-11-22T12:00:00.000Z 3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f Task timed out after 15.00 seconds",
    "RequestId: 3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f Error: Runtime exited with error: exit status 101\nRuntime.ExitError",
    "RequestId: 3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f Error: Runtime exited with error: signal: killed\nRuntime.ExitError",
    "REPORT RequestId: 3f0a4c1e\tMax Memory Used: 256 MB\tStatus: error\tError Type: Runtime.OutOfMemory",
    "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout",
    "RUNTIME exited with 1",
];
/// What every request writes, for which nobody is to be called.
const USUAL: [&str; 4] = [
    "START RequestId: 3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f Version: $LATEST",
    "END RequestId: 3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f",
    "REPORT RequestId: 3f0a4c1e-1d0f-4d5e-9e57-0a1b2c3d4e5f\tDuration: 3.00 ms\tMax Memory Used: 27 MB",
    r#"{"timestamp":"2026-11-22T12:00:00Z","level":"INFO","event":"request","status":200,"message":"served"}"#,
];

#[test]
fn every_line_that_is_an_alert_passes_the_subscriptions() {
    let template = template();
    let filters = resources(&template, "AWS::Logs::SubscriptionFilter");
    let patterns = filters.map(|(_, filter)| filter["FilterPattern"].as_str().expect("a pattern"));
    let patterns = Vec::from_iter(patterns.collect::<BTreeSet<_>>());
    let [pattern] = patterns[..] else { panic!("several patterns: {patterns:?}") };
    // Any of the words: without the mark a line would need all of them.
    let words = pattern.split(' ').map(|word| word.strip_prefix('?').expect("a word of several"));
    let words: Vec<_> = words.collect();
    let passes = |line: &str| {
        let parts = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        parts.into_iter().any(|part| words.contains(&part))
    };
    for line in ALERTS {
        assert!(passes(line), "{line}");
    }
    for line in USUAL {
        assert!(!passes(line), "{line}");
    }
    for (name, function) in resources(&template, FUNCTION) {
        // As JSON Lambda's own lines have other words.
        assert!(function["LoggingConfig"].get("LogFormat").is_none(), "{name}");
    }
    assert!(template["Globals"]["Function"].get("LoggingConfig").is_none());
}

fn alarmed(template: &Value, metric: &str, dimensions: &Value) -> bool {
    resources(template, "AWS::CloudWatch::Alarm").any(|(_, alarm)| {
        alarm["MetricName"] == metric
            && alarm["Dimensions"] == *dimensions
            && alarm["AlarmActions"] == json!([{"!Ref": "Alarms"}])
    })
}

#[test]
fn functions_that_fail_or_have_no_room_raise_an_alarm() {
    let template = template();
    for (name, _) in resources(&template, FUNCTION) {
        let dimensions = json!([{"Name": "FunctionName", "Value": {"!Ref": name}}]);
        assert!(alarmed(&template, "Errors", &dimensions), "{name}");
        // One deployment at a time calls the setup function.
        let throttles = alarmed(&template, "Throttles", &dimensions);
        assert!(throttles || name == "SetupFunction", "{name}");
    }
}

#[test]
fn stores_that_can_take_no_more_raise_an_alarm() {
    let template = template();
    let all = &template["Resources"];
    let indexes = all["TitlesTable"]["Properties"]["GlobalSecondaryIndexes"].as_array().expect("indexes");
    let indexes = indexes.iter().map(|index| ("titles", Some(&index["IndexName"])));
    let tables = ["titles", "entries", "codes"].map(|table| (table, None));
    let mut count = 0;
    for (table, index) in tables.into_iter().chain(indexes) {
        let name = format!("${{AWS::StackName}}-${{TablesPrefix}}{table}");
        let mut dimensions = vec![json!({"Name": "TableName", "Value": {"!Sub": name}})];
        dimensions.extend(index.map(|index| json!({"Name": "GlobalSecondaryIndexName", "Value": index})));
        for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
            assert!(alarmed(&template, metric, &json!(dimensions)), "{metric} of {table}, {index:?}");
            count += 1;
        }
    }
    assert_eq!(count, 12);
    let cache = json!([{"Name": "clusterId", "Value": {"!Ref": "Cache"}}]);
    for metric in ["Evictions", "ThrottledCmds"] {
        assert!(alarmed(&template, metric, &cache), "{metric}");
    }
}
