//! Pods on creation: what admission adds.
use serde_json::{Value as Json, json};

use crate::api::{Api, Call, names};
use crate::json::JsonExt;
use crate::status::{Failure, Outcome};

pub(super) fn admit(api: &Api, call: &Call<'_>, value: &mut Json) -> Outcome<()> {
    service_account(api, call, value)?;
    tolerations(value);
    for (field, default) in [
        ("priority", json!(0)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
        ("enableServiceLinks", json!(true)),
    ] {
        value.put_default(&["spec", field], default);
    }
    requests_from_limits(value);
    let class = quality(value);
    value.put(&["status"], json!({"phase": "Pending", "qosClass": class}));
    Ok(())
}

fn service_account(api: &Api, call: &Call<'_>, value: &mut Json) -> Outcome<()> {
    value.put_default(&["spec", "serviceAccountName"], "default");
    let account = value.text("/spec/serviceAccountName").to_owned();
    value.put_default(&["spec", "serviceAccount"], account.as_str());
    let namespace = call.namespace;
    if api.store.get("serviceaccounts", &format!("{namespace}/{account}")).is_none() && account != "default" {
        let why =
            format!("error looking up service account {namespace}/{account}: serviceaccount {account:?} not found");
        return Err(Failure::forbidden(&call.resource.names(), value.text("/metadata/name"), &why));
    }
    if value.pointer("/spec/automountServiceAccountToken") != Some(&Json::Bool(false)) {
        mount_token(value);
    }
    Ok(())
}

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn mount_token(value: &mut Json) {
    let present = value.items("/spec/volumes").iter().any(|v| v.text("/name").starts_with("kube-api-access-"));
    if present {
        return;
    }
    let name = format!("kube-api-access-{}", names::suffix(5));
    let mut volumes = value.items("/spec/volumes").to_vec();
    volumes.push(json!({"name": name, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace",
            "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}]}}));
    value.put(&["spec", "volumes"], volumes);
    for list in ["containers", "initContainers"] {
        let containers = value.pointer_mut(&format!("/spec/{list}")).and_then(Json::as_array_mut);
        for container in containers.into_iter().flatten() {
            let mut mounts = container.items("/volumeMounts").to_vec();
            if mounts.iter().all(|m| m.text("/mountPath") != TOKEN_PATH) {
                mounts.push(json!({"name": name, "readOnly": true, "mountPath": TOKEN_PATH}));
                container.put(&["volumeMounts"], mounts);
            }
        }
    }
}

fn tolerations(value: &mut Json) {
    let mut tolerations = value.items("/spec/tolerations").to_vec();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        if tolerations.iter().all(|t| t.text("/key") != key) {
            tolerations
                .push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
    value.put(&["spec", "tolerations"], tolerations);
}

fn requests_from_limits(value: &mut Json) {
    let containers = value.pointer_mut("/spec/containers").and_then(Json::as_array_mut);
    for container in containers.into_iter().flatten() {
        let limits = container.pointer("/resources/limits").and_then(Json::as_object).cloned();
        for (resource, limit) in limits.into_iter().flatten() {
            container.put_default(&["resources", "requests", &resource], limit);
        }
    }
}

/// `Guaranteed`, `Burstable` or `BestEffort`.
fn quality(value: &Json) -> &'static str {
    let containers = value.items("/spec/containers");
    let part = |c: &Json, kind: &str, resource: &str| c.pointer(&format!("/resources/{kind}/{resource}")).cloned();
    let guaranteed = |c: &Json| {
        ["cpu", "memory"]
            .iter()
            .all(|r| part(c, "limits", r).is_some() && part(c, "limits", r) == part(c, "requests", r))
    };
    let any =
        |c: &Json| ["cpu", "memory"].iter().any(|r| part(c, "limits", r).is_some() || part(c, "requests", r).is_some());
    match () {
        () if !containers.is_empty() && containers.iter().all(guaranteed) => "Guaranteed",
        () if containers.iter().any(any) => "Burstable",
        () => "BestEffort",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_follows_from_resources() {
        for (resources, class) in [
            (json!({}), "BestEffort"),
            (json!({"requests": {"cpu": "1"}}), "Burstable"),
            (json!({"limits": {"cpu": "1", "memory": "1Gi"}}), "Guaranteed"),
        ] {
            let mut pod = json!({"spec": {"containers": [{"resources": resources}]}});
            requests_from_limits(&mut pod);
            assert_eq!(quality(&pod), class);
        }
    }
}
