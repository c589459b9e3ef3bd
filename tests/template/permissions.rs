//! Who may do what: the functions' policies against what their code does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{FUNCTION, resources, template};

/// What each function's calls of the ports come to on DynamoDB. A transaction needs the action of each of its writes;
/// a batch has actions of its own.
const RIGHTS: [(&str, &[(&str, &str)]); 8] = [
    ("AlertsFunction", &[("alerts", "BatchGetItem PutItem Query UpdateItem")]),
    (
        "AuthFunction",
        &[
            ("codes", "BatchGetItem DeleteItem GetItem PutItem UpdateItem"),
            ("entries/index/by_user", "Query"),
            ("sessions", "BatchGetItem BatchWriteItem DeleteItem GetItem PutItem Query UpdateItem"),
            ("titles", "BatchGetItem"),
            ("users", "DeleteItem GetItem PutItem UpdateItem"),
        ],
    ),
    ("ReviewsFunction", &OF_ENTRIES),
    ("SetupFunction", &[("sessions", "BatchGetItem UpdateItem"), ("users", "GetItem UpdateItem")]),
    (
        "TitlesFunction",
        &[
            ("codes", "UpdateItem"),
            ("entries", "BatchGetItem DeleteItem PutItem Query"),
            ("entries/index/by_title_*", "Query"),
            ("search", "BatchWriteItem DeleteItem PutItem Query"),
            ("sessions", "GetItem"),
            ("titles", "BatchGetItem DeleteItem GetItem PutItem UpdateItem"),
            ("titles/index/*", "Query"),
            ("users", "BatchGetItem GetItem UpdateItem"),
        ],
    ),
    (
        "UserFunction",
        &[
            ("codes", "BatchGetItem DeleteItem GetItem PutItem UpdateItem"),
            ("entries", "BatchGetItem DeleteItem UpdateItem"),
            ("entries/index/by_user", "Query"),
            ("sessions", "BatchGetItem BatchWriteItem DeleteItem GetItem Query"),
            ("titles", "BatchGetItem UpdateItem"),
            ("users", "BatchGetItem DeleteItem GetItem PutItem UpdateItem"),
        ],
    ),
    ("WalksFunction", &OF_ENTRIES),
    ("WebFunction", &[]),
];
/// Of walks and reviews, which titles and people count.
const OF_ENTRIES: [(&str, &str); 5] = [
    ("codes", "UpdateItem"),
    ("entries", "BatchGetItem DeleteItem GetItem PutItem UpdateItem"),
    ("sessions", "GetItem"),
    ("titles", "BatchGetItem GetItem UpdateItem"),
    ("users", "BatchGetItem GetItem UpdateItem"),
];

/// What may end in a star: all of a table's indexes, all of a bucket or of a folder in it, and whoever is mailed to.
const OPEN: [&str; 7] = [
    "/index/*",
    "/index/by_title_*",
    "${MediaBucket.Arn}/*",
    "${MediaBucket.Arn}/avatars/*",
    "${MediaBucket.Arn}/covers/*",
    ":identity/*",
    ":configuration-set/*",
];

/// Every statement of a policy, at any depth.
fn statements(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("Effect") && map.contains_key("Resource") {
                found.push(value.clone());
            }
            map.values().for_each(|value| statements(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| statements(value, found)),
        _ => {}
    }
}

fn allowed(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    statements(value, &mut found);
    found.retain(|statement| statement["Effect"] == "Allow");
    found
}

/// Every text, at any depth: an action or a resource alone, in a list or behind a function.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(map) => map.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

fn texts_of(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    texts(value, &mut found);
    found
}

/// What a function may do, by its own policies and those that it shares.
fn permissions(template: &Value, function: &Value) -> Vec<Value> {
    let mut found = allowed(&function["Policies"]);
    for (name, policy) in resources(template, "AWS::IAM::ManagedPolicy") {
        if function["Policies"].to_string().contains(&json!({"!Ref": name}).to_string()) {
            found.extend(allowed(policy));
        }
    }
    found
}

/// The table, with its index, that a resource of a policy is.
fn table(resource: &str) -> Option<String> {
    if let Some(name) = resource.strip_suffix("Table.Arn") {
        return Some(name.to_lowercase());
    }
    resource.split_once(":table/${AWS::StackName}-${TablesPrefix}").map(|(_, table)| table.to_owned())
}

fn rights(template: &Value, function: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut rights = BTreeMap::<_, BTreeSet<_>>::new();
    for statement in permissions(template, function) {
        let actions = texts_of(&statement["Action"]);
        let actions = actions.iter().filter_map(|action| action.strip_prefix("dynamodb:"));
        let actions: Vec<_> = actions.map(ToOwned::to_owned).collect();
        if !actions.is_empty() {
            for resource in texts_of(&statement["Resource"]) {
                let table = table(resource).expect("a table of this stack");
                rights.entry(table).or_default().extend(actions.clone());
            }
        }
    }
    rights
}

#[test]
fn functions_may_do_with_tables_what_their_code_does() {
    let template = template();
    let mut writers = Vec::new();
    for (name, function) in resources(&template, FUNCTION) {
        let rights = rights(&template, function);
        let writes = |action: &String| !action.contains("Get") && action != "Query";
        if rights.get("sessions").is_some_and(|actions| actions.iter().any(writes)) {
            writers.push(name.clone());
        }
        let found = rights.into_iter().map(|(table, actions)| (table, Vec::from_iter(actions).join(" ")));
        let (_, expected) = RIGHTS.iter().find(|(function, _)| function == name).expect("a known function");
        let expected = expected.iter().map(|(table, actions)| ((*table).to_owned(), (*actions).to_owned()));
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{name}");
    }
    // Whoever else is broken into can sign nobody in.
    writers.sort_unstable();
    assert_eq!(writers, ["AuthFunction", "SetupFunction", "UserFunction"]);
}

#[test]
fn no_permission_is_for_everything_where_something_can_be_named() {
    let template = template();
    let all = allowed(&template);
    assert!(all.len() > 30, "only {} statements", all.len());
    for statement in all {
        let actions = texts_of(&statement["Action"]);
        assert!(!actions.is_empty() && actions.iter().all(|action| !action.contains('*')), "{statement}");
        // The quota is the account's: SES takes no resource there.
        let quota = actions == ["ses:GetSendQuota"];
        for resource in texts_of(&statement["Resource"]) {
            let open = OPEN.iter().any(|end| resource.ends_with(end)) || (quota && resource == "*");
            assert!(open || !resource.contains('*'), "{statement}");
        }
    }
}

#[test]
fn mails_have_the_sender_that_the_stack_was_given() {
    let template = template();
    let own =
        json!({"StringLike": {"ses:FromAddress": [{"!Ref": "MailIdentity"}, {"!Sub": "*@${MailIdentity}"}]}});
    let mut senders = Vec::new();
    for (name, function) in resources(&template, FUNCTION) {
        for statement in permissions(&template, function) {
            if texts_of(&statement["Action"]).contains(&"ses:SendEmail") {
                assert_eq!(statement["Condition"], own, "{name}");
                senders.push(name.as_str());
            }
        }
    }
    senders.sort_unstable();
    assert_eq!(senders, ["AlertsFunction", "AuthFunction"]);
}

#[test]
fn no_code_uses_what_lambda_needs_for_a_network() {
    let template = template();
    let policy = &template["Resources"]["FunctionPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    let [denied] = &policy.as_array().expect("statements")[..] else { panic!("{policy}") };
    assert_eq!((&denied["Effect"], &denied["Resource"]), (&json!("Deny"), &json!("*")));
    // What AWSLambdaVPCAccessExecutionRole allows, which every function that may be in a network is given.
    for action in [
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "DescribeNetworkInterfaces",
        "DescribeSubnets",
        "AssignPrivateIpAddresses",
        "UnassignPrivateIpAddresses",
    ] {
        assert!(texts_of(&denied["Action"]).contains(&format!("ec2:{action}").as_str()), "{action}");
    }
    let whose = denied["Condition"]["ArnLike"]["lambda:SourceFunctionArn"]["!Sub"].as_str();
    assert!(whose.is_some_and(|arn| arn.ends_with(":function:${AWS::StackName}-*")), "{whose:?}");
    for (name, function) in resources(&template, FUNCTION) {
        let full = function["FunctionName"]["!Sub"].as_str().expect("a name");
        assert!(full.starts_with("${AWS::StackName}-"), "{full}");
        let policies = function["Policies"].as_array().expect("policies");
        assert!(policies.contains(&json!({"!Ref": "FunctionPolicy"})), "{name}");
    }
}

#[test]
fn secrets_are_seen_by_those_alone_who_use_them() {
    let template = template();
    let who = |variable: &str| {
        let having = resources(&template, FUNCTION)
            .filter(move |(_, function)| function["Environment"]["Variables"].get(variable).is_some());
        having.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(who("JWT_SIGNING_KEY_SECRET"), ["AuthFunction", "SetupFunction"]);
    assert_eq!(who("PEPPER_SECRET"), ["AuthFunction", "SetupFunction", "UserFunction"]);
    assert_eq!(who("MEDIA_BUCKET"), ["TitlesFunction", "UserFunction"]);
    for (name, function) in resources(&template, FUNCTION) {
        let permissions = Value::Array(permissions(&template, function)).to_string();
        for (secret, variable) in
            [("SigningKeySecret", "JWT_SIGNING_KEY_SECRET"), ("PepperSecret", "PEPPER_SECRET")]
        {
            let sees = who(variable).contains(&name.as_str());
            assert_eq!(permissions.contains(&format!("\"{secret}\"")), sees, "{name} and {secret}");
        }
    }
}
