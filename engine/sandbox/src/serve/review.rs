//! Questions about access and identity: answered, never stored. Everything is allowed.
use http::Method;
use serde_json::{Value as Json, json};

use super::resource::Ask;
use super::subresource::{shown, user};
use crate::json::JsonExt;
use crate::request::reply::Response;
use crate::status::{Failure, Outcome};

pub(super) fn answer(ask: &Ask<'_>) -> Outcome<Response> {
    if ask.request.method != Method::POST || ask.target.name.is_some() {
        return Err(Failure::method_not_allowed());
    }
    ask.options("CreateOptions")?;
    let mut value = ask.body()?.value;
    crate::api::meta::check_type(&ask.resource, &mut value)?;
    value.put_default(&["metadata"], json!({"creationTimestamp": null}));
    let status = status(ask, &value)?;
    value.put(&["status"], status);
    shown(ask, 201, &value)
}

fn status(ask: &Ask<'_>, value: &Json) -> Outcome<Json> {
    let (name, groups) = user(ask.request);
    Ok(match ask.resource.kind.as_str() {
        "SelfSubjectReview" => json!({"userInfo": {"username": name, "groups": groups}}),
        "SelfSubjectRulesReview" => json!({"incomplete": false,
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}),
        "TokenReview" => token(value.text("/spec/token")),
        kind if kind.ends_with("AccessReview") => json!({"allowed": true, "reason": "the sandbox allows everything"}),
        _ => return Err(Failure::method_not_allowed()),
    })
}

/// The account a token of the sandbox was made for.
fn token(token: &str) -> Json {
    use base64::Engine;
    let claims = token.split('.').nth(1).and_then(|c| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(c).ok());
    let claims: Json = claims.and_then(|c| serde_json::from_slice(&c).ok()).unwrap_or_default();
    let account = claims.text("/sub");
    let Some(names) = account.strip_prefix("system:serviceaccount:") else {
        return json!({"authenticated": false, "user": {}, "error": "invalid bearer token"});
    };
    let namespace = names.split(':').next().unwrap_or_default();
    let groups = [
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
        "system:authenticated".into(),
    ];
    json!({"authenticated": true, "audiences": claims["aud"], "user": {"username": account, "groups": groups,
        "uid": claims.pointer("/kubernetes.io/serviceaccount/uid").cloned().unwrap_or_default()}})
}
