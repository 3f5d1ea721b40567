//! Defaults that follow from other fields.
use serde_json::{Value as Json, json};

use crate::json::JsonExt;

pub(super) fn apply(group: &str, kind: &str, value: &mut Json) {
    match (group, kind) {
        ("", "Pod") => pod(value.pointer_mut("/spec")),
        ("", "PodTemplate") => pod(value.pointer_mut("/template/spec")),
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => pod(value.pointer_mut(TEMPLATE)),
        ("batch", "Job") => {
            pod(value.pointer_mut(TEMPLATE));
            job(value);
        }
        ("batch", "CronJob") => pod(value.pointer_mut("/spec/jobTemplate/spec/template/spec")),
        ("", "ReplicationController") => {
            pod(value.pointer_mut(TEMPLATE));
            if let Some(labels) = value.pointer("/spec/template/metadata/labels").cloned() {
                value.put_default(&["spec", "selector"], labels);
            }
        }
        ("", "Service") => service(value),
        ("networking.k8s.io", "NetworkPolicy") => policy(value),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler(value),
        _ => {}
    }
}

const TEMPLATE: &str = "/spec/template/spec";

fn pod(spec: Option<&mut Json>) {
    let Some(spec) = spec else { return };
    // The two names of one field.
    let account = spec.text("/serviceAccountName").to_owned();
    if !account.is_empty() {
        spec.put(&["serviceAccount"], account);
    }
    let on_host = spec.flag("/hostNetwork");
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Json::as_array_mut);
        for container in containers.into_iter().flatten() {
            let policy = pull_policy(container.text("/image"));
            container.put_default(&["imagePullPolicy"], policy);
            let ports = container.get_mut("ports").and_then(Json::as_array_mut);
            for port in ports.into_iter().flatten().filter(|_| on_host) {
                let number = port["containerPort"].clone();
                port.put_default(&["hostPort"], number);
            }
        }
    }
}

/// Images whose tag can move are pulled always.
fn pull_policy(image: &str) -> &'static str {
    if image.contains('@') {
        return "IfNotPresent";
    }
    let name = image.rsplit('/').next().unwrap_or_default();
    match name.split_once(':') {
        None | Some((_, "latest")) => "Always",
        Some(_) => "IfNotPresent",
    }
}

fn job(value: &mut Json) {
    let missing = |v: &Json, field: &str| v.pointer(field).is_none_or(Json::is_null);
    if missing(value, "/spec/completions") && missing(value, "/spec/parallelism") {
        value.put(&["spec", "completions"], 1);
    }
    value.put_default(&["spec", "parallelism"], 1);
}

fn service(value: &mut Json) {
    let ports = value.pointer_mut("/spec/ports").and_then(Json::as_array_mut);
    for port in ports.into_iter().flatten() {
        let number = port["port"].clone();
        let unset = matches!(&port["targetPort"], Json::Null) || port["targetPort"] == 0 || port["targetPort"] == "";
        if unset && !number.is_null() {
            port.put(&["targetPort"], number);
        }
    }
}

fn policy(value: &mut Json) {
    let mut types = vec!["Ingress"];
    if value.pointer("/spec/egress").is_some_and(|e| !e.is_null()) {
        types.push("Egress");
    }
    value.put_default(&["spec", "policyTypes"], json!(types));
}

fn autoscaler(value: &mut Json) {
    if value["apiVersion"] == "autoscaling/v1" {
        return value.put_default(&["spec", "targetCPUUtilizationPercentage"], 80);
    }
    let metric = json!([{"type": "Resource", "resource": {"name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": 80}}}]);
    value.put_default(&["spec", "metrics"], metric);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_with_moving_tags_are_pulled_always() {
        for (image, policy) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.2", "IfNotPresent"),
            ("host:5000/nginx", "Always"),
            ("host:5000/nginx:1", "IfNotPresent"),
            ("nginx@sha256:abc", "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }

    #[test]
    fn jobs_complete_once_unless_they_say_otherwise() {
        let mut plain = json!({"spec": {}});
        job(&mut plain);
        assert_eq!(plain["spec"], json!({"completions": 1, "parallelism": 1}));
        let mut queue = json!({"spec": {"parallelism": 3}});
        job(&mut queue);
        assert_eq!(queue["spec"], json!({"parallelism": 3}));
    }
}
