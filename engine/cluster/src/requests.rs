//! Reading and writing objects.
use crate::path::{self, Query};
use crate::retry::Repeat;
use crate::send::Call;
use crate::{Cluster, DeleteOptions, Error, ListOptions, ObjectList, PatchKind, Resource, Result, WriteOptions};
use http::Method;
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// How many objects come at once.
const PAGE: &str = "500";

/// What `Accept` says when only metadata is wanted.
pub(crate) fn accept(metadata_only: bool, list: bool) -> &'static str {
    match (metadata_only, list) {
        (false, _) => crate::send::JSON,
        (true, false) => METADATA,
        (true, true) => METADATA_LIST,
    }
}

/// "create configmaps in namespace x", for messages.
pub(crate) fn asked(verb: &str, resource: &Resource, namespace: Option<&str>) -> String {
    let group = &resource.gvk.group;
    let dot = if group.is_empty() { "" } else { "." };
    match namespace.filter(|_| resource.namespaced) {
        Some(namespace) => format!("{verb} {}{dot}{group} in namespace {namespace}", resource.plural),
        None => format!("{verb} {}{dot}{group}", resource.plural),
    }
}

impl Cluster {
    pub async fn version(&self) -> Result<Json> {
        self.send(&Call::get("discovery", "/version".into())).await?.json()
    }

    pub async fn get(&self, r: &Resource, namespace: Option<&str>, name: &str) -> Result<Option<Json>> {
        self.get_as(r, namespace, name, false).await
    }

    /// As [`Cluster::get`], optionally as PartialObjectMetadata.
    pub async fn get_as(
        &self,
        r: &Resource,
        namespace: Option<&str>,
        name: &str,
        metadata_only: bool,
    ) -> Result<Option<Json>> {
        if name.is_empty() || (r.namespaced && namespace.is_none_or(str::is_empty)) {
            return Ok(None);
        }
        let call = Call {
            accept: accept(metadata_only, false),
            asked: asked("get", r, namespace),
            ..Call::get("get", path::of(r, namespace, Some(name), None))
        };
        match self.send(&call).await {
            Ok(answer) => {
                let object = answer.json()?;
                self.tell_if_owned(r, namespace, &object);
                Ok(Some(object))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whole lists, a page at a time; items carry `apiVersion` and `kind`.
    pub async fn list(&self, r: &Resource, namespace: Option<&str>, o: &ListOptions) -> Result<ObjectList> {
        let mut list = ObjectList::default();
        let mut next: Option<String> = None;
        loop {
            let mut page = match self.page(r, namespace, o, Some(PAGE), next.as_deref()).await {
                // The list grew too old while it was read: once more, in one piece.
                Err(error) if error.is_gone() && next.is_some() => {
                    list.items.clear();
                    self.page(r, namespace, o, None, None).await?
                }
                other => other?,
            };
            list.items.extend(take_items(&mut page, r, o.metadata_only));
            list.resource_version = text(&page, &["metadata", "resourceVersion"]);
            let token = text(&page, &["metadata", "continue"]);
            if token.is_empty() {
                return Ok(list);
            }
            next = Some(token);
        }
    }

    async fn page(
        &self,
        r: &Resource,
        namespace: Option<&str>,
        o: &ListOptions,
        limit: Option<&str>,
        next: Option<&str>,
    ) -> Result<Json> {
        let query = Query::default()
            .set_some("labelSelector", o.label_selector.as_deref())
            .set_some("fieldSelector", o.field_selector.as_deref())
            .set_some("limit", limit)
            .set_some("continue", next);
        let call = Call {
            accept: accept(o.metadata_only, true),
            asked: asked("list", r, namespace),
            ..Call::get("list", query.after(&path::of(r, namespace, None, None)))
        };
        self.send(&call).await?.json()
    }

    /// POST; with a subresource (`eviction`, `binding`) to that of the object the body names.
    pub async fn create(&self, r: &Resource, ns: Option<&str>, o: &Json, w: &WriteOptions) -> Result<Json> {
        let ns = place(r, ns, o)?;
        let mut object = typed(r, o);
        if w.subresource.is_none() {
            self.own_created(r, ns.as_deref(), &mut object);
        }
        let name = if w.subresource.is_some() { Some(name_of(&object)?) } else { None };
        let path = path::of(r, ns.as_deref(), name.as_deref(), w.subresource.as_deref());
        let call = Call {
            repeat: Repeat::Unsafe,
            asked: asked("create", r, ns.as_deref()),
            ..Call::write("create", Method::POST, write_query(w, false).after(&path), Some(&object))?
        };
        self.send(&call).await?.json()
    }

    /// PUT; `metadata.resourceVersion` in the object makes it conditional.
    pub async fn replace(&self, r: &Resource, ns: Option<&str>, o: &Json, w: &WriteOptions) -> Result<Json> {
        let ns = place(r, ns, o)?;
        let mut object = typed(r, o);
        let name = name_of(&object)?;
        let conditional = !text(&object, &["metadata", "resourceVersion"]).is_empty();
        // What carries a uid was read before, with the marks that are on it.
        let was_read = !text(&object, &["metadata", "uid"]).is_empty();
        if w.subresource.is_none() && !was_read {
            self.own_written(r, ns.as_deref(), &name, &mut object).await?;
        }
        let path = path::of(r, ns.as_deref(), Some(&name), w.subresource.as_deref());
        let call = Call {
            // Sent again after a cut, a conditional write could meet its own effect and look like a conflict.
            repeat: if conditional { Repeat::Unsafe } else { Repeat::Safe },
            asked: asked("update", r, ns.as_deref()),
            ..Call::write("update", Method::PUT, write_query(w, false).after(&path), Some(&object))?
        };
        self.send(&call).await?.json()
    }

    pub async fn patch(
        &self,
        r: &Resource,
        ns: Option<&str>,
        name: &str,
        kind: PatchKind,
        patch: &Json,
        w: &WriteOptions,
    ) -> Result<Json> {
        let ns = place(r, ns, patch)?;
        let owned = kind == PatchKind::Apply && w.subresource.is_none() && self.owner.is_some();
        let body = if owned {
            let mut object = typed(r, patch);
            self.own_written(r, ns.as_deref(), name, &mut object).await?;
            std::borrow::Cow::Owned(object)
        } else {
            std::borrow::Cow::Borrowed(patch)
        };
        let path = path::of(r, ns.as_deref(), Some(name), w.subresource.as_deref());
        let conditional = !text(patch, &["metadata", "resourceVersion"]).is_empty();
        let safe = kind != PatchKind::Json && !conditional;
        let call = Call {
            content_type: kind.content_type(),
            repeat: if safe { Repeat::Safe } else { Repeat::Unsafe },
            asked: asked("patch", r, ns.as_deref()),
            ..Call::write("patch", Method::PATCH, write_query(w, kind == PatchKind::Apply).after(&path), Some(&body))?
        };
        self.send(&call).await?.json()
    }

    /// The server's answer: the object, or a Status.
    pub async fn delete(&self, r: &Resource, ns: Option<&str>, name: &str, o: &DeleteOptions) -> Result<Json> {
        let ns = place(r, ns, &Json::Null)?;
        if name.is_empty() {
            return Err(Error::Other(format!("delete {}: a name is needed", r.plural)));
        }
        let query = Query::default().set_if(o.dry_run, "dryRun", "All");
        let uri = query.after(&path::of(r, ns.as_deref(), Some(name), None));
        let body = delete_body(o);
        let call = Call {
            asked: asked("delete", r, ns.as_deref()),
            ..Call::write("delete", Method::DELETE, uri, body.as_ref())?
        };
        self.send(&call).await?.json()
    }

    /// Any other request (logs, raw paths); text out.
    pub async fn raw(&self, method: &str, path_and_query: &str, body: Option<&Json>) -> Result<String> {
        if !path_and_query.starts_with('/') {
            return Err(Error::Other(format!("{path_and_query:?} is no path of an API: it must begin with /")));
        }
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .map_err(|_| Error::Other(format!("{method:?} is no HTTP method")))?;
        let verb = match method.as_str() {
            "GET" | "HEAD" => "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => "other",
        };
        let call = Call {
            accept: "application/json, */*",
            content_type: if verb == "patch" { PatchKind::Merge.content_type() } else { crate::send::JSON },
            repeat: if verb == "get" { Repeat::Safe } else { Repeat::Unsafe },
            patience: Duration::from_secs(600),
            asked: format!("{verb} {path_and_query}"),
            ..Call::write(verb, method, path_and_query.to_owned(), body)?
        };
        let answer = self.send(&call).await?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }
}

/// The namespace a write goes to: the given one, else the object's own.
fn place(r: &Resource, ns: Option<&str>, object: &Json) -> Result<Option<String>> {
    if !r.namespaced {
        return Ok(None);
    }
    let own = object["metadata"]["namespace"].as_str();
    match ns.filter(|n| !n.is_empty()).or(own.filter(|n| !n.is_empty())) {
        Some(namespace) => Ok(Some(namespace.to_owned())),
        // Reviews of the core groups are the only ones that are not stored; a POST without namespace is theirs.
        None if !r.is_stored() => Ok(None),
        None => Err(Error::Other(format!("Namespace is required for {}.{}", r.gvk.api_version(), r.gvk.kind))),
    }
}

/// The object with its `apiVersion` and `kind`.
fn typed(r: &Resource, object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.entry("apiVersion").or_insert_with(|| r.gvk.api_version().into());
        map.entry("kind").or_insert_with(|| r.gvk.kind.clone().into());
    }
    object
}

fn name_of(object: &Json) -> Result<String> {
    match object["metadata"]["name"].as_str() {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(Error::Other("the object has no metadata.name".into())),
    }
}

fn write_query(w: &WriteOptions, apply: bool) -> Query {
    Query::default()
        .set_some("fieldManager", w.field_manager.as_deref().or(apply.then_some("rolewright")))
        .set_if(apply, "force", if w.force { "true" } else { "false" })
        .set_some("fieldValidation", w.field_validation.as_deref())
        .set_if(w.dry_run, "dryRun", "All")
}

/// None when the server's defaults are wanted.
fn delete_body(o: &DeleteOptions) -> Option<Json> {
    let mut body = Map::new();
    if let Some(policy) = &o.propagation {
        body.insert("propagationPolicy".into(), policy.as_str().into());
    }
    if let Some(seconds) = o.grace_period_seconds {
        body.insert("gracePeriodSeconds".into(), seconds.into());
    }
    let mut preconditions = Map::new();
    if let Some(uid) = &o.precondition_uid {
        preconditions.insert("uid".into(), uid.as_str().into());
    }
    if let Some(version) = &o.precondition_resource_version {
        preconditions.insert("resourceVersion".into(), version.as_str().into());
    }
    if !preconditions.is_empty() {
        body.insert("preconditions".into(), preconditions.into());
    }
    if body.is_empty() {
        return None;
    }
    let mut whole = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
    if let Some(map) = whole.as_object_mut() {
        map.append(&mut body);
    }
    Some(whole)
}

pub(crate) fn text(object: &Json, path: &[&str]) -> String {
    path.iter().fold(object, |value, key| &value[*key]).as_str().unwrap_or_default().to_owned()
}

/// Items of a list lack what the list says once for all.
fn take_items(page: &mut Json, r: &Resource, metadata_only: bool) -> Vec<Json> {
    let Some(Json::Array(mut items)) = page.get_mut("items").map(Json::take) else { return Vec::new() };
    if !metadata_only {
        let api_version = r.gvk.api_version();
        for map in items.iter_mut().filter_map(Json::as_object_mut) {
            if !map.contains_key("kind") || !map.contains_key("apiVersion") {
                map.shift_insert(0, "apiVersion".into(), api_version.as_str().into());
                map.shift_insert(1, "kind".into(), r.gvk.kind.as_str().into());
            }
        }
    }
    items
}
