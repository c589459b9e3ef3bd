//! What is linked into every function: one stack of TLS, since a second would be paid for at each cold start.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// The crates that speak TLS.
const SPEAK_TLS: [&str; 7] = ["rustls", "native-tls", "openssl", "s2n-tls", "boring", "mbedtls", "schannel"];

/// Everything that a package is built with, of what it needs to run.
fn needed<'a>(metadata: &'a Metadata, root: &'a PackageId) -> BTreeSet<&'a PackageId> {
    let nodes = &metadata.resolve.as_ref().expect("a resolved workspace").nodes;
    let nodes: BTreeMap<_, _> = nodes.iter().map(|node| (&node.id, node)).collect();
    let (mut found, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let normal = |dependency: &&cargo_metadata::NodeDep| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            };
            open.extend(nodes[id].deps.iter().filter(normal).map(|dependency| &dependency.pkg));
        }
    }
    found
}

#[test]
fn every_function_is_built_with_one_stack_of_tls() {
    let linux = ["--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned).to_vec();
    let metadata = MetadataCommand::new().other_options(linux).exec().expect("cargo metadata");
    let functions = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.manifest_path.as_str().ends_with("/program/Cargo.toml"));
    let mut looked_at = 0;
    for function in functions {
        let needed = needed(&metadata, &function.id);
        let speaks = |id: &&&PackageId| SPEAK_TLS.contains(&metadata[*id].name.as_str());
        let stacks: Vec<_> = needed
            .iter()
            .filter(speaks)
            .map(|id| format!("{} {}", metadata[*id].name, metadata[*id].version.major))
            .collect();
        assert_eq!(stacks, ["rustls 0"], "{}", function.name);
        looked_at += 1;
    }
    assert_eq!(looked_at, 8, "functions");
}
