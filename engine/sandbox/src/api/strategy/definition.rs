//! CustomResourceDefinitions on their way in.
use rolewright_schema::structural::Structural;
use serde_json::{Value as Json, json};

use crate::api::Call;
use crate::json::JsonExt;
use crate::known;
use crate::status::{Cause, Failure, Outcome};
use crate::store::Object;

pub(super) fn prepare_create(call: &mut Call<'_>, value: &mut Json) -> Outcome<()> {
    defaults(value);
    tell_rules(call, value);
    let stored = stored_version(value);
    value.put(
        &["status"],
        json!({"conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": [stored]}),
    );
    check(call, value)
}

pub(super) fn prepare_update(call: &mut Call<'_>, _before: &Object, value: &mut Json) -> Outcome<()> {
    defaults(value);
    tell_rules(call, value);
    let stored = stored_version(value);
    let mut versions = value.items("/status/storedVersions").to_vec();
    if !versions.contains(&Json::from(stored.as_str())) {
        versions.push(stored.into());
        value.put(&["status", "storedVersions"], versions);
    }
    check(call, value)
}

fn defaults(value: &mut Json) {
    let kind = value.text("/spec/names/kind").to_owned();
    value.put_default(&["spec", "names", "singular"], kind.to_lowercase());
    value.put_default(&["spec", "names", "listKind"], format!("{kind}List"));
    value.put_default(&["spec", "conversion"], json!({"strategy": "None"}));
}

/// Rules in CEL are kept and published, but nobody checks them here; whoever defines them should know.
fn tell_rules(call: &mut Call<'_>, value: &Json) {
    for version in value.items("/spec/versions") {
        let schema = version.pointer("/schema/openAPIV3Schema").unwrap_or(&Json::Null);
        if Structural::parse(schema).rules() {
            let name = version.text("/name");
            call.warnings.push(format!(
                "spec.versions[{name}].schema: x-kubernetes-validations are not evaluated by the sandbox"
            ));
        }
    }
}

fn stored_version(value: &Json) -> String {
    let stored = value.items("/spec/versions").iter().find(|v| v["storage"] == true);
    stored.map(|v| v.text("/name").to_owned()).unwrap_or_default()
}

fn check(call: &Call<'_>, value: &Json) -> Outcome<()> {
    let mut causes = names(value);
    causes.extend(versions(value));
    causes.extend(conversion(value));
    if causes.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid(&call.resource.names(), value.text("/metadata/name"), causes))
}

fn names(value: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let (name, group) = (value.text("/metadata/name"), value.text("/spec/group"));
    let plural = value.text("/spec/names/plural");
    for (field, found) in [
        ("spec.group", group),
        ("spec.names.plural", plural),
        ("spec.names.kind", value.text("/spec/names/kind")),
        ("spec.scope", value.text("/spec/scope")),
    ] {
        if found.is_empty() {
            causes.push(Cause::required(field, ""));
        }
    }
    if name != format!("{plural}.{group}") {
        causes.insert(0, Cause::invalid("metadata.name", &name.into(), "must be spec.names.plural+\".\"+spec.group"));
    }
    let approved = "api-approved.kubernetes.io";
    let protected = group.ends_with(".k8s.io") || group.ends_with(".kubernetes.io");
    if protected && value.pointer("/metadata/annotations/api-approved.kubernetes.io").is_none() {
        let why = format!(
            "protected groups must have approval annotation {approved:?}, see https://github.com/kubernetes/enhancements/pull/1111"
        );
        causes.push(Cause::required(format!("metadata.annotations[{approved}]"), &why));
    }
    let scope = value.text("/spec/scope");
    if !matches!(scope, "" | "Namespaced" | "Cluster") {
        causes.push(Cause::unsupported("spec.scope", &scope.into(), &["Cluster", "Namespaced"]));
    }
    causes
}

fn versions(value: &Json) -> Vec<Cause> {
    let versions = value.items("/spec/versions");
    let mut causes = Vec::new();
    // One version is reported as if the definition had no list of them.
    let single = versions.len() == 1;
    for (i, version) in versions.iter().enumerate() {
        let schema = version.pointer("/schema/openAPIV3Schema");
        let path = if single {
            "spec.validation.openAPIV3Schema".into()
        } else {
            format!("spec.versions[{i}].schema.openAPIV3Schema")
        };
        match schema {
            None | Some(Json::Null) => {
                causes.push(Cause::required(format!("spec.versions[{i}].schema.openAPIV3Schema"), ""));
            }
            Some(schema) => causes.extend(known::check_structural(schema, &path)),
        }
        let base = if single { "spec".to_owned() } else { format!("spec.versions[{i}]") };
        causes.extend(columns(version, &base));
    }
    if versions.iter().filter(|v| v["storage"] == true).count() != 1 {
        let shown: Json = versions.iter().map(go_version).collect();
        causes.push(Cause::invalid("spec.versions", &shown, "must have exactly one version marked as storage version"));
    }
    causes
}

/// A version as Go prints its internal type.
fn go_version(version: &Json) -> Json {
    json!({"Name": version["name"], "Served": version.flag("/served"), "Storage": version.flag("/storage"),
        "Deprecated": version.flag("/deprecated"), "DeprecationWarning": null, "Schema": null, "Subresources": null,
        "AdditionalPrinterColumns": null, "SelectableFields": null})
}

fn columns(version: &Json, base: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (i, column) in version.items("/additionalPrinterColumns").iter().enumerate() {
        let path = format!("{base}.additionalPrinterColumns[{i}]");
        let kind = column.text("/type");
        if !matches!(kind, "boolean" | "date" | "integer" | "number" | "string") {
            let why = "must be one of boolean,date,integer,number,string";
            causes.push(Cause::invalid(format!("{path}.type"), &kind.into(), why));
        }
        let json_path = column.text("/jsonPath");
        if !json_path.starts_with('.') {
            let why = "must be a simple json path starting with .";
            causes.push(Cause::invalid(format!("{path}.JSONPath"), &json_path.into(), why));
        }
    }
    causes
}

fn conversion(value: &Json) -> Vec<Cause> {
    match value.text("/spec/conversion/strategy") {
        "" | "None" => Vec::new(),
        "Webhook" => {
            let why = "conversion webhooks are not simulated: use the strategy None";
            vec![Cause::forbidden("spec.conversion.strategy", why)]
        }
        other => vec![Cause::unsupported("spec.conversion.strategy", &other.into(), &["None", "Webhook"])],
    }
}

pub(super) fn validate_update(before: &Object, value: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (pointer, field) in [
        ("/spec/group", "spec.group"),
        ("/spec/scope", "spec.scope"),
        ("/spec/names/plural", "spec.names.plural"),
        ("/spec/names/kind", "spec.names.kind"),
    ] {
        if before.value.pointer(pointer) != value.pointer(pointer) {
            let new = value.pointer(pointer).cloned().unwrap_or_default();
            causes.push(Cause::invalid(field, &new, "field is immutable"));
        }
    }
    let names: Vec<_> = value.items("/spec/versions").iter().map(|v| v.text("/name")).collect();
    for (i, stored) in value.items("/status/storedVersions").iter().enumerate() {
        let name = stored.as_str().unwrap_or_default();
        if !names.contains(&name) {
            let why = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions \
                 until a storage migration ensures no data remains persisted in {name} and removes {name} from \
                 status.storedVersions"
            );
            causes.push(Cause::invalid(format!("status.storedVersions[{i}]"), stored, &why));
        }
    }
    causes
}
