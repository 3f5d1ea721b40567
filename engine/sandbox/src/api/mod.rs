//! What the API does, for clients and for the simulated controllers alike.
pub(crate) mod autoscaler;
pub(crate) mod delete;
pub(crate) mod event;
pub(crate) mod list;
pub(crate) mod managed;
pub(crate) mod meta;
pub(crate) mod names;
pub(crate) mod patch;
pub(crate) mod scale;
pub(crate) mod select;
pub(crate) mod strategy;
pub(crate) mod write;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::registry::{Registry, Resource};
use crate::request::query::WriteOptions;
use crate::status::{Failure, Outcome};
use crate::store::{Object, Place, Store, key_of};

/// The state of one sandbox.
pub(crate) struct Api {
    pub(crate) store: Store,
    pub(crate) registry: Registry,
    pub(crate) pod_ready_after: Duration,
}

/// A write on its way.
pub(crate) struct Call<'a> {
    pub(crate) resource: &'a Arc<Resource>,
    pub(crate) namespace: &'a str,
    pub(crate) subresource: Option<&'a str>,
    pub(crate) options: &'a WriteOptions,
    /// Told to the client in headers.
    pub(crate) warnings: Vec<String>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(resource: &'a Arc<Resource>, namespace: &'a str, options: &'a WriteOptions) -> Self {
        Self { resource, namespace, subresource: None, options, warnings: Vec::new() }
    }

    pub(crate) fn sub(mut self, subresource: Option<&'a str>) -> Self {
        self.subresource = subresource;
        self
    }

    pub(crate) fn place(&self, name: &str) -> Place {
        let namespace = if self.resource.namespaced { self.namespace } else { "" };
        Place { shard: self.resource.shard.clone(), key: key_of(namespace, name) }
    }
}

impl Api {
    pub(crate) fn new(history: usize, pod_ready_after: Duration) -> Self {
        Self { store: Store::new(history), registry: Registry::new(), pod_ready_after }
    }

    /// The object, or the 404 the API answers.
    pub(crate) fn get(&self, resource: &Resource, namespace: &str, name: &str) -> Outcome<Arc<Object>> {
        let key = key_of(if resource.namespaced { namespace } else { "" }, name);
        self.store.get(&resource.shard, &key).ok_or_else(|| Failure::not_found(&resource.names(), name))
    }
}

/// The time as objects carry it.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(crate) fn now_micro() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The object under the API version a client asked for.
pub(crate) fn in_version(resource: &Resource, object: &Json) -> Json {
    let mut value = if resource.group == "events.k8s.io" { event::modern(object) } else { object.clone() };
    if resource.is("autoscaling", "HorizontalPodAutoscaler") && resource.version == "v1" {
        autoscaler::first(&mut value);
    }
    if let Some(map) = value.as_object_mut() {
        map.insert("apiVersion".into(), resource.api_version().into());
        map.insert("kind".into(), resource.kind.as_str().into());
    }
    value
}
