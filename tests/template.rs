//! template.yaml against the code: routes, environment, permissions, alarms.

mod permissions;
mod watch;

use std::collections::BTreeSet;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// What has a default that a deployment does not change by itself, or is named by a secret's ARN instead.
const NOT_GIVEN: [&str; 5] = ["JWT_ISSUER", "JWT_SIGNING_KEY", "PEPPER", "PASSWORD_MIN_CHARS", "LOG_LEVEL"];
/// The AWS SDK and the Lambda runtime read these themselves.
const OTHERS: [&str; 2] = ["AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "AWS_USE_DUALSTACK_ENDPOINT"];

/// The template as JSON; what stands behind a tag is under the tag's name.
pub fn template() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let text = std::fs::read_to_string(path).expect("a template");
    let documents = Yaml::load_from_str(&text).expect("YAML");
    plain(&documents[0])
}

fn plain(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(values) => values.iter().map(plain).collect(),
        Yaml::Mapping(map) => map.iter().map(|(name, value)| (text(name), plain(value))).collect(),
        Yaml::Tagged(tag, value) => {
            Value::Object(Map::from_iter([(format!("!{}", tag.suffix), plain(value))]))
        }
        Yaml::Representation(value, _, Some(tag)) => {
            Value::Object(Map::from_iter([(format!("!{}", tag.suffix), json!(value))]))
        }
        other => panic!("{other:?}"),
    }
}

fn text(yaml: &Yaml<'_>) -> String {
    yaml.as_str().map_or_else(|| format!("{yaml:?}"), ToOwned::to_owned)
}

fn resources<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let all = template["Resources"].as_object().expect("resources").iter();
    all.filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name, &resource["Properties"]))
}

const FUNCTION: &str = "AWS::Serverless::Function";

/// The function that the template gives a request to: the most specific route wins, as in API Gateway.
fn routed<'a>(template: &'a Value, path: &str) -> &'a str {
    let rank = |key: &str| match key.strip_prefix("ANY ") {
        Some(exact) if exact == path => 2,
        Some(greedy) if greedy.strip_suffix("{proxy+}").is_some_and(|prefix| path.starts_with(prefix)) => 1,
        _ => 0,
    };
    let routes = resources(template, "AWS::ApiGatewayV2::Route");
    let keyed = routes.map(|(_, route)| (route["RouteKey"].as_str().expect("a key"), route));
    let (_, route) = keyed
        .filter(|(key, _)| *key == "$default" || rank(key) > 0)
        .max_by_key(|(key, _)| rank(key))
        .expect("a route");
    let target = route["Target"]["!Sub"].as_str().expect("a target");
    target.trim_start_matches("integrations/${").trim_end_matches("Integration}")
}

#[test]
fn every_path_is_routed_to_the_function_whose_router_has_it() {
    let template = template();
    let functions = [
        ("Auth", auth_function::openapi()),
        ("User", user_function::openapi()),
        ("Titles", titles_function::openapi()),
        ("Walks", walks_function::openapi()),
        ("Reviews", reviews_function::openapi()),
        ("Web", web_function::openapi()),
    ];
    let mut described = BTreeSet::new();
    for (name, openapi) in &functions {
        for path in openapi.paths.paths.keys() {
            assert_eq!(routed(&template, path), *name, "{path}");
            described.insert(path.clone());
        }
    }
    let served: Value = serde_json::from_str(web_function::OPENAPI).expect("a description");
    let served: BTreeSet<_> = served["paths"].as_object().expect("paths").keys().cloned().collect();
    assert_eq!(described, served);
    for (_, route) in resources(&template, "AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().expect("a key");
        let of = key.trim_start_matches("ANY ").trim_end_matches("/{proxy+}");
        let used = key == "$default"
            || key == "ANY /api/v1/auth"
            || described.iter().any(|path| path.starts_with(of));
        assert!(used, "{key} leads to nothing");
    }
}

#[test]
fn every_folder_of_functions_is_a_function_with_a_log_that_is_kept_and_watched() {
    let template = template();
    let folders =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions")).expect("functions");
    let folders: BTreeSet<_> =
        folders.map(|folder| folder.expect("a folder").file_name().to_string_lossy().into_owned()).collect();
    let all = template["Resources"].as_object().expect("resources");
    let binary = |(name, _): (&String, &Value)| {
        all[name]["Metadata"]["BuildProperties"]["Binary"].as_str().expect("a binary").to_owned()
    };
    assert_eq!(resources(&template, FUNCTION).map(binary).collect::<BTreeSet<_>>(), folders);
    for (name, function) in resources(&template, FUNCTION) {
        let log = function["LoggingConfig"]["LogGroup"]["!Ref"].as_str().expect("a log");
        assert_eq!(all[log]["Properties"]["RetentionInDays"], json!({"!Ref": "LogRetentionDays"}), "{name}");
        let subscribed = resources(&template, "AWS::Logs::SubscriptionFilter")
            .any(|(_, filter)| filter["LogGroupName"]["!Ref"] == log);
        // AL-5: its own failures go to a queue instead, or it would feed itself.
        assert_eq!(subscribed, name != "AlertsFunction", "{name}");
    }
}

fn variables(of: &Value) -> Map<String, Value> {
    of["Environment"]["Variables"].as_object().cloned().unwrap_or_default()
}

/// What a function needs beside what all have, as its program opens it.
fn opened(function: &str) -> Vec<&'static [&'static str]> {
    const DATABASE: &[&str] = &["DATABASE_URL", "DATABASE_IAM"];
    const CACHE: &[&str] = &["REDIS_URL", "CACHE_NAME", "CACHE_USER"];
    const GATE: &[&str] = &["JWT_PUBLIC_KEYS"];
    match function {
        "AuthFunction" => {
            vec![DATABASE, CACHE, GATE, &["JWT_SIGNING_KEY_SECRET", "PEPPER_SECRET", "MAIL_SENDER"]]
        }
        "UserFunction" => vec![DATABASE, CACHE, GATE, &["PEPPER_SECRET", "MEDIA_BUCKET"]],
        "TitlesFunction" => vec![DATABASE, CACHE, GATE, &["MEDIA_BUCKET"]],
        "WalksFunction" | "ReviewsFunction" => vec![DATABASE, CACHE, GATE],
        "WebFunction" => Vec::new(),
        "SetupFunction" => {
            let users: &[&str] = &["DATABASE_USER_SECRET", "DATABASE_ADMIN_SECRET"];
            vec![DATABASE, users, &["JWT_SIGNING_KEY_SECRET", "PEPPER_SECRET"]]
        }
        "AlertsFunction" => {
            vec![&["DYNAMODB_PREFIX", "ALERT_ADDRESSES", "ALERT_DIGEST_SECONDS", "MAIL_SENDER"]]
        }
        other => panic!("what does {other} open?"),
    }
}

#[test]
fn every_variable_that_is_read_is_given_and_no_other() {
    let template = template();
    let common = variables(&template["Globals"]["Function"]);
    let mut given: BTreeSet<String> = common.keys().cloned().collect();
    for (_, function) in resources(&template, FUNCTION) {
        given.extend(variables(function).into_iter().map(|(name, _)| name));
    }
    let read = platform::VARIABLES.iter().map(|(name, _)| *name);
    let read = read.filter(|name| !NOT_GIVEN.contains(name) && !name.starts_with("LIMIT_"));
    let expected: BTreeSet<String> = read.chain(OTHERS).map(ToOwned::to_owned).collect();
    assert_eq!(given, expected);
}

#[test]
fn every_function_is_given_what_it_opens() {
    let template = template();
    let mut values = Map::new();
    for (name, function) in resources(&template, FUNCTION) {
        let given = variables(function);
        let expected: BTreeSet<_> = opened(name).concat().into_iter().collect();
        assert_eq!(given.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{name}");
        for (variable, value) in given {
            let others = values.entry(variable.clone()).or_insert_with(|| value.clone());
            assert_eq!(*others, value, "{name} has another {variable}");
        }
    }
    // Tables that were restored have other names, those of alerts never.
    let common = variables(&template["Globals"]["Function"]);
    assert_eq!(common["DYNAMODB_PREFIX"], json!({"!Sub": "${AWS::StackName}-${TablesPrefix}"}));
    assert_eq!(values["DYNAMODB_PREFIX"], json!({"!Sub": "${AWS::StackName}-"}));
    let names = ["Codes", "Alerts"].map(|table| {
        let table = &template["Resources"][format!("{table}Table")];
        table["Properties"]["TableName"]["!Sub"].as_str().expect("a name")
    });
    assert_eq!(names, ["${AWS::StackName}-${TablesPrefix}codes", "${AWS::StackName}-alerts"]);
}

#[test]
fn the_setup_function_is_called_once_its_answer_gets_out() {
    let template = template();
    let kinds = ["AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation"];
    let ways = kinds.into_iter().flat_map(|kind| resources(&template, kind)).map(|(name, _)| name.as_str());
    // CloudFormation takes answers in a bucket.
    let ways: BTreeSet<_> = ways.chain(["ToS3"]).collect();
    let waits = template["Resources"]["Setup"]["Properties"]["Network"]["!If"][1].as_array();
    let waits = waits.expect("a list").iter().map(|way| way["!Ref"].as_str().expect("a name"));
    assert_eq!(waits.collect::<BTreeSet<_>>(), ways);
}

#[test]
fn what_people_wrote_outlives_the_stack() {
    let template = template();
    let all = template["Resources"].as_object().expect("resources");
    let kinds = ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::RDS::DBInstance"];
    let kept = all.iter().filter(|(name, resource)| {
        // What was mailed to operators is no loss, nor are codes.
        let passing = ["AlertsTable", "CodesTable"].contains(&name.as_str());
        kinds.iter().any(|kind| resource["Type"] == *kind) && !passing
    });
    let mut count = 0;
    for (name, resource) in kept {
        let policy = resource["DeletionPolicy"].as_str().unwrap_or_default();
        assert!(["Retain", "Snapshot"].contains(&policy), "{name}: {policy}");
        assert_eq!(resource["UpdateReplacePolicy"], resource["DeletionPolicy"], "{name}");
        let properties = &resource["Properties"];
        let protected = [&properties["DeletionProtectionEnabled"], &properties["DeletionProtection"]];
        assert!(resource["Type"] == "AWS::S3::Bucket" || protected.contains(&&json!(true)), "{name}");
        count += 1;
    }
    assert_eq!(count, 7);
}
