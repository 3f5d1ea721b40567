//! Who may do what: roles, admission, certificates, priorities.
use serde_json::Value as Json;

use super::format::{self, NONE, UNSET};
use super::{AGE, Cell, Column, NAME, column, int, made, text, wide};
use crate::json::JsonExt;

pub(super) fn columns(group: &str, kind: &str) -> Option<&'static [Column]> {
    Some(match (group, kind) {
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => &BINDINGS,
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => {
            &WEBHOOKS
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => &VALIDATING_POLICIES,
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy") => &MUTATING_POLICIES,
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding") => {
            &POLICY_BINDINGS
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => &CERTIFICATES,
        ("certificates.k8s.io", "ClusterTrustBundle") => &TRUST_BUNDLES,
        ("scheduling.k8s.io", "PriorityClass") => &PRIORITIES,
        ("node.k8s.io", "RuntimeClass") => &RUNTIMES,
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => &FLOWS,
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") => &LEVELS,
        _ => return None,
    })
}

static BINDINGS: [Column; 6] = [
    NAME,
    made("Role", |b| format!("{}/{}", b.text("/roleRef/kind"), b.text("/roleRef/name")).into()),
    AGE,
    wide(made("Users", |b| subjects(b, "User"))),
    wide(made("Groups", |b| subjects(b, "Group"))),
    wide(made("ServiceAccounts", |b| subjects(b, "ServiceAccount"))),
];

static WEBHOOKS: [Column; 3] = [NAME, column("Webhooks", "integer", Cell::Count("/webhooks")), AGE];

static VALIDATING_POLICIES: [Column; 4] =
    [NAME, column("Validations", "integer", Cell::Count("/spec/validations")), made("ParamKind", param_kind), AGE];

static MUTATING_POLICIES: [Column; 4] =
    [NAME, column("Mutations", "integer", Cell::Count("/spec/mutations")), made("ParamKind", param_kind), AGE];

static POLICY_BINDINGS: [Column; 4] = [NAME, text("PolicyName", "/spec/policyName"), made("ParamRef", param_ref), AGE];

static CERTIFICATES: [Column; 6] = [
    NAME,
    AGE,
    column("SignerName", "string", Cell::TextOr("/spec/signerName", NONE)),
    text("Requestor", "/spec/username"),
    made("RequestedDuration", requested),
    made("Condition", certificate_state),
];

static TRUST_BUNDLES: [Column; 2] = [NAME, column("SignerName", "string", Cell::TextOr("/spec/signerName", NONE))];

static PRIORITIES: [Column; 5] = [
    NAME,
    int("Value", "/value"),
    column("Global-Default", "boolean", Cell::Made(|p| p.flag("/globalDefault").into())),
    AGE,
    column("PreemptionPolicy", "string", Cell::TextOr("/preemptionPolicy", "PreemptLowerPriority")),
];

static RUNTIMES: [Column; 3] = [NAME, text("Handler", "/handler"), AGE];

static FLOWS: [Column; 6] = [
    NAME,
    text("PriorityLevel", "/spec/priorityLevelConfiguration/name"),
    int("MatchingPrecedence", "/spec/matchingPrecedence"),
    column("DistinguisherMethod", "string", Cell::TextOr("/spec/distinguisherMethod/type", NONE)),
    AGE,
    made("MissingPL", missing_level),
];

static LEVELS: [Column; 7] = [
    NAME,
    text("Type", "/spec/type"),
    made("NominalConcurrencyShares", |l| limited(l, "nominalConcurrencyShares")),
    made("Queues", |l| limited(l, "limitResponse/queuing/queues")),
    made("HandSize", |l| limited(l, "limitResponse/queuing/handSize")),
    made("QueueLengthLimit", |l| limited(l, "limitResponse/queuing/queueLengthLimit")),
    AGE,
];

fn subjects(binding: &Json, kind: &str) -> Json {
    let named = binding.items("/subjects").iter().filter(|s| s.text("/kind") == kind);
    let name = |s: &Json| match (kind, s.text("/namespace")) {
        ("ServiceAccount", namespace) if !namespace.is_empty() => format!("{namespace}/{}", s.text("/name")),
        _ => s.text("/name").to_owned(),
    };
    named.map(name).collect::<Vec<_>>().join(", ").into()
}

fn param_kind(policy: &Json) -> Json {
    match policy.pointer("/spec/paramKind") {
        Some(kind) => format!("{}/{}", kind.text("/apiVersion"), kind.text("/kind")).into(),
        None => UNSET.into(),
    }
}

fn param_ref(binding: &Json) -> Json {
    let Some(reference) = binding.pointer("/spec/paramRef") else { return UNSET.into() };
    match (reference.text("/namespace"), reference.text("/name")) {
        ("", "") => format::selector(reference.get("selector")).into(),
        (namespace, "") => format!("{namespace}/{}", format::selector(reference.get("selector"))).into(),
        ("", name) => format!("*/{name}").into(),
        (namespace, name) => format!("{namespace}/{name}").into(),
    }
}

fn requested(request: &Json) -> Json {
    match request.int("/spec/expirationSeconds") {
        Some(seconds) => format::duration(seconds).into(),
        None => NONE.into(),
    }
}

fn certificate_state(request: &Json) -> Json {
    let has = |kind: &str| request.items("/status/conditions").iter().any(|c| c.text("/type") == kind);
    let mut state = if has("Denied") {
        "Denied".to_owned()
    } else if has("Approved") {
        "Approved".into()
    } else {
        "Pending".into()
    };
    if has("Failed") {
        state += ",Failed";
    }
    if !request.text("/status/certificate").is_empty() {
        state += ",Issued";
    }
    state.into()
}

fn missing_level(flow: &Json) -> Json {
    let dangling = flow.items("/status/conditions").iter().find(|c| c.text("/type") == "Dangling");
    dangling.map_or("?", |c| c.text("/status")).into()
}

fn limited(level: &Json, field: &str) -> Json {
    format::plain(level.pointer(&format!("/spec/limited/{field}")), NONE).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bindings_name_their_subjects() {
        let binding = json!({"subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "namespace": "n", "name": "s"}]});
        assert_eq!((subjects(&binding, "User"), subjects(&binding, "ServiceAccount")), ("u".into(), "n/s".into()));
        let request = json!({"status": {"conditions": [{"type": "Approved"}], "certificate": "x"}});
        assert_eq!(certificate_state(&request), "Approved,Issued");
    }
}
