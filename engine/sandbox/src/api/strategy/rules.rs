//! What kinds demand of their objects beyond their schemas.
use serde_json::{Value as Json, json};

use crate::api::select::selects;
use crate::json::JsonExt;
use crate::status::Cause;

pub(super) fn check(group: &str, kind: &str, value: &Json) -> Vec<Cause> {
    match (group, kind) {
        ("", "Pod") => pod(value.pointer("/spec"), "spec"),
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => workload(value),
        ("batch", "Job") => job(value, "/spec", "spec"),
        ("batch", "CronJob") => job(value, "/spec/jobTemplate/spec", "spec.jobTemplate.spec"),
        ("", "Service") => service(value),
        ("", "ConfigMap") => keys(value, &["data", "binaryData"]),
        ("", "Secret") => secret(value),
        ("coordination.k8s.io", "Lease") => lease(value),
        _ => Vec::new(),
    }
}

fn workload(value: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let labels = value.pointer("/spec/template/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    match value.pointer("/spec/selector").filter(|s| !s.is_null()) {
        None => {
            causes.push(Cause::required("spec.selector", ""));
            causes.push(mismatch(&labels));
        }
        Some(selector) => {
            if selector.as_object().is_some_and(serde_json::Map::is_empty) {
                let why = "empty selector is invalid for deployment";
                causes.push(Cause::invalid("spec.selector", selector, why));
            }
            if !selects(selector, Some(&labels)) {
                causes.push(mismatch(&labels));
            }
        }
    }
    let restart = value.text("/spec/template/spec/restartPolicy");
    if !restart.is_empty() && restart != "Always" {
        causes.push(Cause::unsupported("spec.template.spec.restartPolicy", &restart.into(), &["Always"]));
    }
    causes.extend(pod(value.pointer("/spec/template/spec"), "spec.template.spec"));
    causes
}

fn mismatch(labels: &Json) -> Cause {
    Cause::invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
}

fn job(value: &Json, at: &str, path: &str) -> Vec<Cause> {
    let mut causes = pod(value.pointer(&format!("{at}/template/spec")), &format!("{path}.template.spec"));
    if matches!(value.text(&format!("{at}/template/spec/restartPolicy")), "" | "Always") {
        let why = "valid values: \"OnFailure\", \"Never\"";
        causes.push(Cause::required(format!("{path}.template.spec.restartPolicy"), why));
    }
    causes
}

fn pod(spec: Option<&Json>, path: &str) -> Vec<Cause> {
    let Some(spec) = spec else { return Vec::new() };
    let mut causes = Vec::new();
    let volumes: Vec<&str> = spec.items("/volumes").iter().map(|v| v.text("/name")).collect();
    for (i, name) in volumes.iter().enumerate() {
        if volumes[..i].contains(name) {
            causes.push(duplicate(format!("{path}.volumes[{i}].name"), name));
        }
    }
    if spec.items("/containers").is_empty() && spec.get("containers").is_none() {
        causes.push(Cause::required(format!("{path}.containers"), ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for list in ["initContainers", "containers"] {
        for (i, container) in spec.items(&format!("/{list}")).iter().enumerate() {
            let path = format!("{path}.{list}[{i}]");
            let name = container.text("/name");
            if names.contains(&name) {
                causes.push(duplicate(format!("{path}.name"), name));
            }
            names.push(name);
            causes.extend(self::container(container, &path, &volumes));
        }
    }
    causes
}

fn container(container: &Json, path: &str, volumes: &[&str]) -> Vec<Cause> {
    let mut causes = Vec::new();
    if container.text("/image").is_empty() {
        causes.push(Cause::required(format!("{path}.image"), ""));
    }
    for (i, port) in container.items("/ports").iter().enumerate() {
        let number = port.int("/containerPort").unwrap_or(0);
        if !(1..=65535).contains(&number) {
            let why = "must be between 1 and 65535, inclusive";
            causes.push(Cause::invalid(format!("{path}.ports[{i}].containerPort"), &number.into(), why));
        }
    }
    for (i, mount) in container.items("/volumeMounts").iter().enumerate() {
        let name = mount.text("/name");
        // What admission mounts comes with its volume; claims of stateful sets become volumes later.
        if !volumes.contains(&name) && !path.starts_with("spec.template.spec.") {
            let message = format!("Not found: {name:?}");
            causes.push(Cause::new("FieldValueNotFound", format!("{path}.volumeMounts[{i}].name"), message));
        }
    }
    causes
}

fn duplicate(field: String, value: &str) -> Cause {
    Cause::new("FieldValueDuplicate", field, format!("Duplicate value: {value:?}"))
}

fn service(value: &Json) -> Vec<Cause> {
    let ports = value.items("/spec/ports");
    let mut causes = Vec::new();
    let external = value.text("/spec/type") == "ExternalName";
    if ports.is_empty() && !external && value.text("/spec/clusterIP") != "None" {
        causes.push(Cause::required("spec.ports", ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for (i, port) in ports.iter().enumerate() {
        let name = port.text("/name");
        if name.is_empty() && ports.len() > 1 {
            causes.push(Cause::required(format!("spec.ports[{i}].name"), ""));
        } else if names.contains(&name) {
            causes.push(duplicate(format!("spec.ports[{i}].name"), name));
        }
        names.push(name);
        let number = port.int("/port").unwrap_or(0);
        if !(1..=65535).contains(&number) {
            let why = "must be between 1 and 65535, inclusive";
            causes.push(Cause::invalid(format!("spec.ports[{i}].port"), &number.into(), why));
        }
    }
    causes
}

const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
                   'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn keys(value: &Json, fields: &[&str]) -> Vec<Cause> {
    let good = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let mut causes = Vec::new();
    for field in fields {
        let map = value.get(*field).and_then(Json::as_object);
        let bad = map.into_iter().flatten().filter(|(key, _)| !good(key));
        causes.extend(bad.map(|(key, _)| Cause::invalid(format!("{field}[{key}]"), &key.as_str().into(), KEY)));
    }
    causes
}

/// What secrets of a type must hold.
fn secret(value: &Json) -> Vec<Cause> {
    let mut causes = keys(value, &["data"]);
    let wanted: &[&str] = match value.text("/type") {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    let missing = wanted.iter().filter(|key| value["data"].get(**key).is_none());
    causes.extend(missing.map(|key| Cause::required(format!("data[{key}]"), "")));
    causes
}

fn lease(value: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Some(seconds) = value.int("/spec/leaseDurationSeconds").filter(|s| *s <= 0) {
        causes.push(Cause::invalid("spec.leaseDurationSeconds", &seconds.into(), "must be greater than 0"));
    }
    if let Some(count) = value.int("/spec/leaseTransitions").filter(|c| *c < 0) {
        causes.push(Cause::invalid("spec.leaseTransitions", &count.into(), "must be greater than or equal to 0"));
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(group: &str, kind: &str, value: Json) -> Vec<String> {
        check(group, kind, &value).iter().map(|c| format!("{}: {}", c.field, c.message)).collect()
    }

    #[test]
    fn objects_are_refused_in_the_words_of_the_api() {
        let container = |extra: Json| {
            let mut container = json!({"name": "c", "image": "i"});
            container.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!({"spec": {"containers": [container]}})
        };
        for (group, kind, value, wanted) in [
            ("", "Pod", container(json!({"image": ""})), "spec.containers[0].image: Required value"),
            (
                "",
                "Pod",
                container(json!({"ports": [{"containerPort": 0}]})),
                "spec.containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535, inclusive",
            ),
            (
                "",
                "Pod",
                container(json!({"volumeMounts": [{"name": "nov"}]})),
                "spec.containers[0].volumeMounts[0].name: Not found: \"nov\"",
            ),
            (
                "",
                "Pod",
                json!({"spec": {"containers": [{"name": "c", "image": "i"}, {"name": "c", "image": "i"}]}}),
                "spec.containers[1].name: Duplicate value: \"c\"",
            ),
            (
                "batch",
                "Job",
                json!({"spec": {"template": {"spec": {"containers": [], "restartPolicy": "Always"}}}}),
                "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
            ),
            ("", "Secret", json!({"type": "kubernetes.io/ssh-auth"}), "data[ssh-privatekey]: Required value"),
            (
                "",
                "Service",
                json!({"spec": {"ports": [{"port": 1}, {"port": 2, "name": "b"}]}}),
                "spec.ports[0].name: Required value",
            ),
            (
                "coordination.k8s.io",
                "Lease",
                json!({"spec": {"leaseDurationSeconds": 0}}),
                "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
            ),
        ] {
            assert_eq!(messages(group, kind, value), [wanted], "{kind}");
        }
        assert!(
            messages("", "ConfigMap", json!({"data": {"a b": ""}}))[0]
                .starts_with("data[a b]: Invalid value: \"a b\": a valid")
        );
    }
}
