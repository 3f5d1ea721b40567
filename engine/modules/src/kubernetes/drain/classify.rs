//! Which pods of a node go, and which stand in the way.
use crate::kubernetes::common::{at, text_at};
use serde_json::Value as Json;

/// `delete_options`.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// Zero is not given.
    pub(super) grace: Option<i64>,
    pub(super) force: bool,
    pub(super) ignore_daemonsets: bool,
    pub(super) delete_emptydir_data: bool,
    pub(super) disable_eviction: bool,
    /// Seconds; None does not wait.
    pub(super) wait: Option<u64>,
    pub(super) sleep: u64,
}

impl Rules {
    pub(super) fn read(option: Option<&Json>) -> Self {
        let get = |key: &str| option.map(|option| &option[key]).filter(|value| !value.is_null());
        let flag = |key: &str| get(key).is_some_and(|value| value == true || value == "yes" || value == "true");
        let number = |key: &str| get(key).and_then(|v| v.as_i64().or_else(|| v.as_str()?.trim().parse().ok()));
        Self {
            grace: number("terminate_grace_period").filter(|seconds| *seconds != 0),
            force: flag("force"),
            ignore_daemonsets: flag("ignore_daemonsets"),
            delete_emptydir_data: flag("delete_emptydir_data"),
            disable_eviction: flag("disable_eviction"),
            wait: number("wait_timeout").map(|seconds| seconds.max(0).unsigned_abs()),
            sleep: number("wait_sleep").map_or(5, |seconds| seconds.max(1).unsigned_abs()),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) delete: Vec<Json>,
    pub(super) errors: Vec<String>,
    pub(super) warnings: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Mirror,
    Finished,
    DaemonSet,
    LocalData,
    Unmanaged,
    Ordinary,
}

fn group(pod: &Json) -> Group {
    if !at(pod, &["metadata", "annotations"])["kubernetes.io/config.mirror"].is_null() {
        return Group::Mirror;
    }
    if matches!(text_at(pod, &["status", "phase"]), "Succeeded" | "Failed") {
        return Group::Finished;
    }
    let owners = at(pod, &["metadata", "ownerReferences"]).as_array().cloned().unwrap_or_default();
    if owners.iter().any(|owner| owner["kind"] == "DaemonSet") {
        return Group::DaemonSet;
    }
    let volumes = at(pod, &["spec", "volumes"]).as_array();
    if volumes.into_iter().flatten().any(|volume| volume.get("emptyDir").is_some()) {
        return Group::LocalData;
    }
    if owners.is_empty() { Group::Unmanaged } else { Group::Ordinary }
}

pub(super) fn classify(pods: Vec<Json>, rules: &Rules) -> Sorted {
    let mut sorted = Sorted::default();
    let names = |group_of: Group| {
        let of_group = pods.iter().filter(|pod| group(pod) == group_of);
        let names: Vec<String> = of_group
            .map(|pod| format!("{}/{}", text_at(pod, &["metadata", "namespace"]), text_at(pod, &["metadata", "name"])))
            .collect();
        (!names.is_empty()).then(|| names.join(","))
    };
    if let Some(names) = names(Group::Mirror) {
        sorted.warnings.push(format!("cannot delete mirror Pods using API server: {names}."));
    }
    if let Some(names) = names(Group::Unmanaged) {
        if rules.force {
            sorted.warnings.push(format!(
                "Deleting Pods not managed by ReplicationController, ReplicaSet, Job, DaemonSet or StatefulSet: {names}."
            ));
        } else {
            sorted.errors.push(format!(
                "cannot delete Pods not managed by ReplicationController, ReplicaSet, Job, DaemonSet or StatefulSet (use \
                 option force set to yes): {names}."
            ));
        }
    }
    if let Some(names) = names(Group::LocalData) {
        if rules.delete_emptydir_data {
            sorted.warnings.push(format!("Deleting Pods with local storage: {names}."));
        } else {
            sorted.errors.push(format!("cannot delete Pods with local storage: {names}."));
        }
    }
    if let Some(names) = names(Group::DaemonSet) {
        if rules.ignore_daemonsets {
            sorted.warnings.push(format!("Ignoring DaemonSet-managed Pods: {names}."));
        } else {
            sorted.errors.push(format!(
                "cannot delete DaemonSet-managed Pods (use option ignore_daemonsets set to yes): {names}."
            ));
        }
    }
    sorted.delete = pods.into_iter().filter(|pod| !matches!(group(pod), Group::Mirror | Group::DaemonSet)).collect();
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn groups_and_needs() {
        let pod = |more: Json| {
            let mut pod = json!({"metadata": {"name": "p", "namespace": "n"}, "spec": {}});
            rolewright_merge(&mut pod, more);
            pod
        };
        let rows = [
            (pod(json!({"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}})), json!({}), 0, ""),
            (pod(json!({"status": {"phase": "Succeeded"}})), json!({}), 1, ""),
            (pod(json!({})), json!({}), 1, "cannot delete Pods not managed by"),
            (pod(json!({})), json!({"force": true}), 1, ""),
            (
                pod(json!({"spec": {"volumes": [{"emptyDir": {}}]}})),
                json!({}),
                1,
                "cannot delete Pods with local storage: n/p",
            ),
            (pod(json!({"spec": {"volumes": [{"emptyDir": {}}]}})), json!({"delete_emptydir_data": true}), 1, ""),
            (
                pod(json!({"metadata": {"ownerReferences": [{"kind": "DaemonSet"}]}})),
                json!({}),
                0,
                "cannot delete DaemonSet-managed Pods",
            ),
            (
                pod(json!({"metadata": {"ownerReferences": [{"kind": "DaemonSet"}]}})),
                json!({"ignore_daemonsets": true}),
                0,
                "",
            ),
            (pod(json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet"}]}})), json!({}), 1, ""),
        ];
        for (pod, options, delete, error) in rows {
            let sorted = classify(vec![pod.clone()], &Rules::read(Some(&options)));
            assert_eq!(sorted.delete.len(), delete, "{pod}");
            assert!(
                sorted.errors.join(" ").starts_with(error) && sorted.errors.is_empty() == error.is_empty(),
                "{pod}"
            );
        }
    }

    fn rolewright_merge(pod: &mut Json, more: Json) {
        *pod = rolewright_schema::merge::json_merge(pod, &more);
    }
}
