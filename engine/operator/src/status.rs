//! Writing a CR's status: compute, write, and compute anew where somebody else was faster.
use rolewright_cluster::{Cluster, Error, Resource, WriteOptions};
use serde_json::Value as Json;
use std::time::Duration;

/// How often a conflict is tried again.
const ATTEMPTS: u32 = 12;

/// What became of a write.
#[derive(Debug)]
pub(crate) enum Written {
    /// The object as the server has it now.
    Current(Json),
    /// The CR is gone, or another one has its name.
    Gone,
    /// The kind has no status subresource.
    Unsupported,
}

pub(crate) fn is_supported(resource: &Resource) -> bool {
    resource.subresources.iter().any(|name| name == "status")
}

/// Applies `change` to the status. `known` is what was last seen of the CR: it saves a read where nobody else wrote
/// meanwhile, and the resource version tells when somebody did.
pub(crate) async fn write(
    cluster: &Cluster,
    resource: &Resource,
    known: &Json,
    change: impl Fn(&Json) -> Json,
) -> Result<Written, Error> {
    if !is_supported(resource) {
        return Ok(Written::Unsupported);
    }
    let (namespace, name) = crate::store::name_of(known);
    let namespace = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let uid = known["metadata"]["uid"].clone();
    let options = WriteOptions { subresource: Some("status".into()), ..WriteOptions::default() };
    let mut object = known.clone();
    for attempt in 1.. {
        let next = change(&object["status"]);
        if next == object["status"] {
            return Ok(Written::Current(object));
        }
        if let Some(map) = object.as_object_mut() {
            map.insert("status".into(), next);
        }
        match cluster.replace(resource, namespace, &object, &options).await {
            Ok(written) => return Ok(Written::Current(written)),
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                tokio::time::sleep(pause(attempt)).await;
            }
            // Gone, or discovery promised a subresource that is not there: the next read tells.
            Err(error) if error.is_not_found() => {
                return match cluster.get(resource, namespace, &name).await? {
                    Some(_) => Ok(Written::Unsupported),
                    None => Ok(Written::Gone),
                };
            }
            Err(error) => return Err(error),
        }
        match cluster.get(resource, namespace, &name).await? {
            Some(fresh) if fresh["metadata"]["uid"] == uid => object = fresh,
            _ => return Ok(Written::Gone),
        }
    }
    Ok(Written::Gone)
}

/// None after the first conflict, then a little more each time.
fn pause(attempt: u32) -> Duration {
    Duration::from_millis(u64::from(attempt.saturating_sub(1)) * 20)
}
