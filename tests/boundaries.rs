//! Who may import whom, read from `cargo metadata`: direct, normal dependencies.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

const FUNCTIONS: [&str; 8] = ["auth", "user", "titles", "walks", "reviews", "web", "setup", "alerts"];
const ADAPTERS: [&str; 4] = ["adapter-postgres", "adapter-dynamodb", "adapter-redis", "adapter-aws"];

/// Who alone may depend on what.
const WARDENS: [(&str, &[&str]); 10] = [
    ("tokio-postgres", &["adapter-postgres"]),
    ("deadpool-postgres", &["adapter-postgres"]),
    ("aws-sdk-dynamodb", &["adapter-dynamodb"]),
    ("redis", &["adapter-redis"]),
    ("aws-sdk-s3", &["adapter-aws"]),
    ("aws-sdk-ses", &["adapter-aws"]),
    ("aws-sdk-secretsmanager", &["adapter-aws"]),
    ("aws_lambda_events", &["alerts-function"]),
    // `bare` is what functions are measured beside.
    ("lambda_http", &["bare", "platform"]),
    ("lambda_runtime", &["platform"]),
];

/// Each member's direct normal dependencies.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let normal = |package: &cargo_metadata::Package| {
        let normal =
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        normal.map(|dependency| dependency.name.clone()).collect()
    };
    metadata.packages.iter().map(|package| (package.name.to_string(), normal(package))).collect()
}

/// The members of the house that `name` depends on.
fn house(all: &BTreeMap<String, BTreeSet<String>>, name: &str) -> BTreeSet<String> {
    all[name].iter().filter(|dependency| all.contains_key(*dependency)).cloned().collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn arrows_of_the_house_point_one_way() {
    let all = dependencies();
    assert_eq!(house(&all, "models"), set(&[]));
    assert_eq!(house(&all, "ports"), set(&["models"]));
    assert_eq!(house(&all, "api"), set(&["models", "ports"]));
    assert_eq!(house(&all, "auth"), set(&["api", "models", "ports"]));
    for adapter in ADAPTERS {
        assert!(house(&all, adapter).is_subset(&set(&["models", "ports"])), "{adapter}");
        assert!(!all[adapter].contains("axum"), "{adapter} knows axum");
    }
    for function in FUNCTIONS {
        let (library, program) = (format!("{function}-function"), format!("{function}-program"));
        let found = house(&all, &library);
        let allowed = set(&["models", "ports", "api", "auth"]);
        assert!(found.is_subset(&allowed), "{library} depends on {found:?}");
        let found = house(&all, &program);
        let allowed = set(&["ports", "platform", &library]);
        assert!(found.is_subset(&allowed), "{program} depends on {found:?}");
    }
    for member in all.keys() {
        assert!(!all[member].contains("contract"), "{member}: the contract is for tests");
    }
}

#[test]
fn drivers_and_sdks_have_one_home_each() {
    let all = dependencies();
    for (warded, homes) in WARDENS {
        let users: BTreeSet<_> =
            all.iter().filter(|(_, has)| has.contains(warded)).map(|(name, _)| name.clone()).collect();
        assert_eq!(users, set(homes), "{warded}");
    }
}
