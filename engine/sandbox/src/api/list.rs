//! Lists: selectors, pages, revisions.
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::Api;
use super::select::Selector;
use crate::registry::Resource;
use crate::request::query::Query;
use crate::status::{Cause, Failure, Outcome};
use crate::store::{Object, key_of};

/// One page of a list.
pub(crate) struct Page {
    pub(crate) objects: Vec<Arc<Object>>,
    pub(crate) rv: u64,
    pub(crate) next: Option<String>,
    pub(crate) remaining: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Match {
    Any,
    NotOlderThan(u64),
    Exact(u64),
}

struct Token {
    rv: i64,
    start: String,
}

impl Api {
    pub(crate) fn list(&self, resource: &Resource, namespace: Option<&str>, query: &Query) -> Outcome<Page> {
        let selector = Selector::parse(query, resource)?;
        let limit = query.int("limit")?.filter(|l| *l > 0).map(|l| l as usize);
        query.int("timeoutSeconds")?;
        let token = query.get("continue").map(|t| parse_token(t, namespace)).transpose()?;
        let wanted = version_match(query, token.is_some())?;
        if query.has("sendInitialEvents") {
            let cause = Cause::forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
            return Err(Failure::invalid_options("ListOptions", cause));
        }
        let (objects, rv) = self.read(resource, namespace, &selector, wanted, token.as_ref())?;
        let start = token.map(|t| t.start).unwrap_or_default();
        Ok(page(objects, rv, &start, &selector, limit, namespace))
    }

    fn read(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        selector: &Selector,
        wanted: Match,
        token: Option<&Token>,
    ) -> Outcome<(Vec<Arc<Object>>, u64)> {
        self.store.view(|state| {
            let current = state.rv();
            let at = match (wanted, token) {
                (_, Some(token)) if token.rv > 0 => Some(token.rv as u64),
                (Match::Exact(rv), _) => Some(rv),
                (Match::NotOlderThan(rv), _) if rv > current => return Err(Failure::too_large_version(rv, current)),
                _ => None,
            };
            if let Some(rv) = at {
                if rv > current {
                    return Err(Failure::too_large_version(rv, current));
                }
                let found = state.shard(&resource.shard).snapshot(rv, namespace);
                let objects = found.ok_or_else(|| too_old(token))?;
                return Ok((objects.into_values().collect(), rv));
            }
            // A list of one name is a look-up.
            if let (Some(name), true) = (selector.name(), namespace.is_some() || !resource.namespaced) {
                let key = key_of(namespace.unwrap_or_default(), name);
                return Ok((state.get(&resource.shard, &key).into_iter().collect(), current));
            }
            Ok((state.shard(&resource.shard).list(namespace), current))
        })
    }
}

fn too_old(token: Option<&Token>) -> Box<Failure> {
    let Some(token) = token else {
        return Failure::expired("The resourceVersion for the provided list is too old.");
    };
    let mut failure = Failure::expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list \
         without the continue parameter, or use the continue token in this response to retrieve the remainder of the \
         results. Continuing with the provided token results in an inconsistent list - objects that were created, \
         modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    );
    failure.resume = Some(write_token(-1, &token.start));
    failure
}

fn page(
    objects: Vec<Arc<Object>>,
    rv: u64,
    start: &str,
    selector: &Selector,
    limit: Option<usize>,
    namespace: Option<&str>,
) -> Page {
    let key = |o: &Object| if namespace.is_some() { o.name().to_owned() } else { key_of(o.namespace(), o.name()) };
    let later = objects.into_iter().filter(|o| start.is_empty() || key(o).as_str() >= start);
    let mut found: Vec<_> = later.filter(|o| selector.is_empty() || selector.matches(o)).collect();
    let total = found.len();
    let limit = limit.unwrap_or(total);
    found.truncate(limit);
    let more = total > limit;
    let next = found.last().filter(|_| more).map(|last| write_token(rv as i64, &format!("{}\u{0}", key(last))));
    let remaining = (more && selector.is_empty()).then(|| total - limit);
    Page { objects: found, rv, next, remaining }
}

fn write_token(rv: i64, start: &str) -> String {
    let escaped = format!("/{start}").replace('\u{0}', "\\u0000");
    URL_SAFE_NO_PAD.encode(format!(r#"{{"v":"meta.k8s.io/v1","rv":{rv},"start":"{escaped}"}}"#))
}

fn parse_token(text: &str, _namespace: Option<&str>) -> Outcome<Token> {
    let refuse =
        |why: String| Failure::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
    let bytes = URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| refuse("illegal base64 data at input byte 0".into()))?;
    let value = crate::request::decode::json(&bytes).map_err(refuse)?.value;
    if value["v"] != "meta.k8s.io/v1" {
        return Err(refuse(format!(
            "server does not recognize this encoded version {:?}",
            value["v"].as_str().unwrap_or_default()
        )));
    }
    let start = value["start"].as_str().unwrap_or_default();
    let start = start.strip_prefix('/').unwrap_or(start).to_owned();
    if start.is_empty() {
        return Err(refuse("encoded start key is empty".into()));
    }
    Ok(Token { rv: value["rv"].as_i64().unwrap_or(-1), start })
}

/// A revision in a request.
pub(crate) fn parse_rv(text: &str) -> Result<u64, String> {
    let why =
        || format!("resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax");
    text.parse().map_err(|_| why())
}

fn version_match(query: &Query, continued: bool) -> Outcome<Match> {
    let refuse = |cause| Err(Failure::invalid_options("ListOptions", cause));
    let rv = query.get("resourceVersion");
    if continued && rv.is_some_and(|rv| rv != "0") {
        return Err(Failure::bad_request("specifying resource version is not allowed when using continue"));
    }
    let field = "resourceVersionMatch";
    let how = query.get(field);
    match (how, rv) {
        (Some("Exact" | "NotOlderThan"), None) => {
            refuse(Cause::forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
        }
        (Some("Exact"), Some("0")) => {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            refuse(Cause::forbidden(field, why))
        }
        (Some(other), _) if other != "Exact" && other != "NotOlderThan" => {
            refuse(Cause::unsupported(field, &other.into(), &["Exact", "NotOlderThan", ""]))
        }
        (how, Some(rv)) => {
            let rv = parse_rv(rv).map_err(|why| Failure::bad_request(format!("invalid resource version: {why}")))?;
            Ok(if how == Some("Exact") { Match::Exact(rv) } else { Match::NotOlderThan(rv) })
        }
        (_, None) => Ok(Match::Any),
    }
}

/// The metadata of a list.
pub(crate) fn list_meta(page: &Page, custom: bool) -> Json {
    let mut meta = json!({"resourceVersion": page.rv.to_string()});
    if let Some(next) = &page.next {
        meta["continue"] = next.as_str().into();
    } else if custom {
        meta["continue"] = "".into();
    }
    if let Some(remaining) = page.remaining {
        meta["remainingItemCount"] = remaining.into();
    }
    meta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_the_api() {
        let token = write_token(74, "l1\u{0}");
        assert_eq!(token, "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NzQsInN0YXJ0IjoiL2wxXHUwMDAwIn0");
        let read = parse_token(&token, None).unwrap();
        assert_eq!((read.rv, read.start.as_str()), (74, "l1\u{0}"));
        let broken = URL_SAFE_NO_PAD.encode("invalid");
        assert_eq!(
            parse_token(&broken, None).err().unwrap().message,
            "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value"
        );
    }

    #[test]
    fn version_matches_are_checked() {
        let check = |query: &str| version_match(&Query::parse(Some(query)), false).map(|_| ()).map_err(|f| f.code);
        assert_eq!(check("resourceVersionMatch=Exact"), Err(422));
        assert_eq!(check("resourceVersion=0&resourceVersionMatch=Exact"), Err(422));
        assert_eq!(check("resourceVersion=1&resourceVersionMatch=Foo"), Err(422));
        assert_eq!(check("resourceVersion=abc"), Err(400));
        assert_eq!(check("resourceVersion=5&resourceVersionMatch=NotOlderThan"), Ok(()));
    }
}
