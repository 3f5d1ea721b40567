//! What `deploy/` promises: the one file is its parts, and every container can be scheduled as written.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on ends")]

use std::fs;
use std::path::Path;

const PARTS: [&str; 5] =
    ["namespace.yaml", "crds/mcrouternotes.yaml", "crds/mcrouters.yaml", "rbac.yaml", "operator.yaml"];

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_one_file_is_its_parts() {
    let parts: Vec<String> = PARTS.iter().map(|part| read(part)).collect();
    assert_eq!(
        read("mcrouter-operator.yaml"),
        parts.join("---\n"),
        "write deploy/mcrouter-operator.yaml anew from its parts"
    );
}

#[test]
fn every_custom_resource_definition_is_a_part() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/crds");
    for entry in fs::read_dir(folder).expect("deploy/crds is there").flatten() {
        let name = format!("crds/{}", entry.file_name().to_string_lossy());
        assert!(PARTS.contains(&name.as_str()), "{name} is not among the parts");
    }
}
