//! Our finalizer on a CR: put there before the first run, taken away after the run that cleans up.
use crate::predicate::has_finalizer;
use rolewright_cluster::{Cluster, Error, Resource, WriteOptions};
use serde_json::{Value as Json, json};

const ATTEMPTS: u32 = 12;

/// Makes sure that it is there; gives back the object as it is now, or `None` when the CR is gone.
pub(crate) async fn add(
    cluster: &Cluster,
    resource: &Resource,
    object: &Json,
    name: &str,
) -> Result<Option<Json>, Error> {
    edit(cluster, resource, object, name, |list| list.push(json!(name)), true).await
}

/// Makes sure that it is not there; `None` when the CR is gone, which is what usually follows.
pub(crate) async fn remove(
    cluster: &Cluster,
    resource: &Resource,
    object: &Json,
    name: &str,
) -> Result<Option<Json>, Error> {
    edit(cluster, resource, object, name, |list| list.retain(|other| other != name), false).await
}

/// Replaces the whole object, as the reference does; again with a fresh one where somebody else wrote meanwhile.
async fn edit(
    cluster: &Cluster,
    resource: &Resource,
    known: &Json,
    name: &str,
    change: impl Fn(&mut Vec<Json>),
    wanted: bool,
) -> Result<Option<Json>, Error> {
    let (namespace, object_name) = crate::store::name_of(known);
    let namespace = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let uid = known["metadata"]["uid"].clone();
    let mut object = known.clone();
    for attempt in 1.. {
        if has_finalizer(&object, name) == wanted {
            return Ok(Some(object));
        }
        let mut list = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
        change(&mut list);
        if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
            metadata.insert("finalizers".into(), Json::Array(list));
        }
        match cluster.replace(resource, namespace, &object, &WriteOptions::default()).await {
            Ok(written) => return Ok(Some(written)),
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
        match cluster.get(resource, namespace, &object_name).await? {
            Some(fresh) if fresh["metadata"]["uid"] == uid => object = fresh,
            _ => return Ok(None),
        }
    }
    Ok(None)
}
