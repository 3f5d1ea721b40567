//! Services: the addresses of the pods behind them.
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Controllers;
use super::client::reference;
use super::replicaset::ready;
use crate::api::select::selects;
use crate::json::JsonExt;
use crate::store::{Object, key_of};

const ENDPOINTS: &str = "endpoints";
const SLICES: &str = "endpointslices.discovery.k8s.io";

impl Controllers {
    pub(super) fn service(&self, service: &Object) {
        if service.value.text("/spec/type") == "LoadBalancer" {
            self.balance(service);
        }
        let selector = service.value.pointer("/spec/selector").filter(|s| s.as_object().is_some_and(|m| !m.is_empty()));
        let Some(selector) = selector.filter(|_| !service.deleting()) else { return };
        if service.value.text("/spec/type") == "ExternalName" {
            return;
        }
        let pods: Vec<_> = self
            .api
            .store
            .list("pods", Some(service.namespace()))
            .into_iter()
            .filter(|p| selects(selector, p.value.pointer("/metadata/labels")))
            .filter(|p| !p.value.text("/status/podIP").is_empty() && !p.deleting())
            .filter(|p| !matches!(p.value.text("/status/phase"), "Succeeded" | "Failed"))
            .collect();
        self.endpoints(service, &pods);
        self.slice(service, &pods);
    }

    /// A balancer that pretends: an address of its own for each service.
    fn balance(&self, service: &Object) {
        let cluster = service.value.text("/spec/clusterIP");
        let address = cluster.replacen("10.", "172.", 1);
        if address.is_empty() || !service.value.items("/status/loadBalancer/ingress").is_empty() {
            return;
        }
        self.set_status(service, "services", |value| {
            value.put(&["status", "loadBalancer"], json!({"ingress": [{"ip": address, "ipMode": "VIP"}]}));
        });
        self.normal(service, "EnsuredLoadBalancer", "service-controller", "Ensured load balancer");
    }

    fn endpoints(&self, service: &Object, pods: &[Arc<Object>]) {
        let unready_too = service.value.flag("/spec/publishNotReadyAddresses");
        let (up, down): (Vec<_>, Vec<_>) = pods.iter().partition(|p| unready_too || ready(p));
        let mut subsets = Vec::new();
        if !pods.is_empty() {
            let mut subset = json!({"ports": ports(service, pods.first())});
            for (field, list) in [("addresses", up), ("notReadyAddresses", down)] {
                if !list.is_empty() {
                    subset[field] = list.iter().map(|p| address(p)).collect();
                }
            }
            subsets.push(subset);
        }
        let mut labels = service.value.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
        labels.put(&["endpoints.kubernetes.io/managed-by"], "endpoint-controller");
        let key = key_of(service.namespace(), service.name());
        match self.api.store.get(ENDPOINTS, &key) {
            Some(found) => {
                self.modify(&found, ENDPOINTS, |value| set_or_drop(value, "subsets", &subsets));
            }
            None => {
                let mut value = json!({"metadata": {"name": service.name(), "labels": labels}});
                set_or_drop(&mut value, "subsets", &subsets);
                self.create(ENDPOINTS, service.namespace(), value);
            }
        }
    }

    fn slice(&self, service: &Object, pods: &[Arc<Object>]) {
        let endpoints: Json = pods.iter().map(|p| endpoint(p, service)).collect();
        let ports = ports(service, pods.first());
        if let Some(slice) = self.controlled(service, SLICES).first() {
            self.modify(slice, SLICES, |value| {
                value["endpoints"] = endpoints.clone();
                value["ports"] = ports.clone();
            });
            return;
        }
        let mut labels = service.value.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
        labels.put(&["kubernetes.io/service-name"], service.name());
        labels.put(&["endpointslice.kubernetes.io/managed-by"], "endpointslice-controller.k8s.io");
        let slice = json!({"metadata": {"generateName": format!("{}-", service.name()), "labels": labels,
            "ownerReferences": [reference(service)]}, "addressType": "IPv4", "endpoints": endpoints, "ports": ports});
        self.create(SLICES, service.namespace(), slice);
    }
}

fn set_or_drop(value: &mut Json, field: &str, items: &[Json]) {
    match items.is_empty() {
        true => drop(value.drop_field(&[field])),
        false => value.put(&[field], items.to_vec()),
    }
}

fn target(pod: &Object) -> Json {
    json!({"kind": "Pod", "namespace": pod.namespace(), "name": pod.name(), "uid": pod.uid()})
}

fn address(pod: &Object) -> Json {
    json!({"ip": pod.value["status"]["podIP"], "nodeName": pod.value["spec"]["nodeName"], "targetRef": target(pod)})
}

fn endpoint(pod: &Object, service: &Object) -> Json {
    let serving = ready(pod);
    let shown = serving || service.value.flag("/spec/publishNotReadyAddresses");
    json!({"addresses": [pod.value["status"]["podIP"]], "nodeName": pod.value["spec"]["nodeName"],
        "targetRef": target(pod), "conditions": {"ready": shown, "serving": serving, "terminating": false}})
}

/// The ports of a service as its pods have them.
fn ports(service: &Object, pod: Option<&Arc<Object>>) -> Json {
    let ports = service.value.items("/spec/ports").iter().map(|port| {
        let number = match &port["targetPort"] {
            Json::String(name) => pod.and_then(|p| named_port(p, name)).unwrap_or_else(|| port["port"].clone()),
            Json::Null => port["port"].clone(),
            number => number.clone(),
        };
        let mut entry =
            json!({"port": number, "protocol": port.get("protocol").cloned().unwrap_or_else(|| "TCP".into())});
        entry["name"] = port.get("name").cloned().unwrap_or_else(|| "".into());
        entry
    });
    ports.collect()
}

fn named_port(pod: &Object, name: &str) -> Option<Json> {
    let containers = pod.value.items("/spec/containers").iter();
    let port = containers.flat_map(|c| c.items("/ports")).find(|p| p.text("/name") == name)?;
    port.get("containerPort").cloned()
}
