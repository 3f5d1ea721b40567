//! Who owns an object: owner references, and the annotations where a reference is not allowed.
use rolewright_cluster::Gvk;
use serde_json::Value as Json;

const PRIMARY: &str = "operator-sdk/primary-resource";
const PRIMARY_TYPE: &str = "operator-sdk/primary-resource-type";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    group: String,
    kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) by_annotation: bool,
}

impl Mark {
    /// Versions are not compared: one object, many versions.
    pub(super) fn is_kind(&self, gvk: &Gvk) -> bool {
        self.group == gvk.group && self.kind == gvk.kind
    }
}

pub(super) fn of(object: &Json) -> Vec<Mark> {
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"].as_str().unwrap_or_default();
    let references = metadata["ownerReferences"].as_array().into_iter().flatten();
    references.filter_map(|reference| by_reference(reference, namespace)).chain(by_annotation(metadata)).collect()
}

fn by_reference(reference: &Json, namespace: &str) -> Option<Mark> {
    let gvk = Gvk::from_api_version(reference["apiVersion"].as_str()?, reference["kind"].as_str()?);
    let name = reference["name"].as_str()?.to_owned();
    Some(Mark { group: gvk.group, kind: gvk.kind, namespace: namespace.to_owned(), name, by_annotation: false })
}

/// `namespace/name` and `Kind.group`.
fn by_annotation(metadata: &Json) -> Option<Mark> {
    let (namespace, name) = metadata["annotations"][PRIMARY].as_str()?.split_once('/')?;
    let kind = metadata["annotations"][PRIMARY_TYPE].as_str()?;
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let own = str::to_owned;
    Some(Mark { group: own(group), kind: own(kind), namespace: own(namespace), name: own(name), by_annotation: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn owners_are_found_in_references_and_annotations() {
        let reference =
            |version: &str, kind: &str, name: &str| json!({"apiVersion": version, "kind": kind, "name": name});
        let object = json!({"metadata": {
            "namespace": "child",
            "ownerReferences": [reference("g.example.com/v1", "K", "a"), reference("v1", "Secret", "b"), {"kind": "x"}],
            "annotations": {PRIMARY: "owner/c", PRIMARY_TYPE: "K.g.example.com"},
        }});
        let shown: Vec<String> = of(&object)
            .iter()
            .map(|mark| {
                let Mark { group, kind, namespace, name, by_annotation } = mark;
                format!("{kind}.{group} {namespace}/{name} {by_annotation}")
            })
            .collect();
        assert_eq!(shown, ["K.g.example.com child/a false", "Secret. child/b false", "K.g.example.com owner/c true"]);
        assert!(of(&object)[0].is_kind(&Gvk::from_api_version("g.example.com/v2", "K")));
        assert!(!of(&object)[0].is_kind(&Gvk::from_api_version("other/v1", "K")));
        let core = json!({"metadata": {"annotations": {PRIMARY: "ns/n", PRIMARY_TYPE: "Secret"}}});
        assert!(of(&core)[0].is_kind(&Gvk::from_api_version("v1", "Secret")));
        for odd in [json!({}), json!({"metadata": {"annotations": {PRIMARY: "noslash", PRIMARY_TYPE: "K"}}})] {
            assert!(of(&odd).is_empty());
        }
    }
}
