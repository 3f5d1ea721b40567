//! Services, their addresses, and the ways in.
use serde_json::Value as Json;

use super::format::{self, NONE, UNSET};
use super::{AGE, Cell, Column, NAME, column, made, text, wide};
use crate::json::JsonExt;

pub(super) fn columns(group: &str, kind: &str) -> Option<&'static [Column]> {
    Some(match (group, kind) {
        ("", "Service") => &SERVICES,
        ("", "Endpoints") => &ENDPOINTS,
        ("discovery.k8s.io", "EndpointSlice") => &SLICES,
        ("networking.k8s.io", "Ingress") => &INGRESSES,
        ("networking.k8s.io", "IngressClass") => &INGRESS_CLASSES,
        ("networking.k8s.io", "NetworkPolicy") => &POLICIES,
        ("networking.k8s.io", "IPAddress") => &ADDRESSES,
        ("networking.k8s.io", "ServiceCIDR") => &RANGES,
        _ => return None,
    })
}

static SERVICES: [Column; 7] = [
    NAME,
    text("Type", "/spec/type"),
    column("Cluster-IP", "string", Cell::TextOr("/spec/clusterIP", NONE)),
    made("External-IP", external_ip),
    made("Port(s)", service_ports),
    AGE,
    wide(column("Selector", "string", Cell::Labels("/spec/selector"))),
];

static ENDPOINTS: [Column; 3] = [NAME, made("Endpoints", endpoints), AGE];

static SLICES: [Column; 5] =
    [NAME, text("AddressType", "/addressType"), made("Ports", slice_ports), made("Endpoints", slice_endpoints), AGE];

static INGRESSES: [Column; 6] = [
    NAME,
    made("Class", ingress_class),
    made("Hosts", hosts),
    made("Address", |i| balancer(i).into()),
    made("Ports", |i| if i.items("/spec/tls").is_empty() { "80".into() } else { "80, 443".into() }),
    AGE,
];

static INGRESS_CLASSES: [Column; 4] =
    [NAME, text("Controller", "/spec/controller"), made("Parameters", parameters), AGE];

static POLICIES: [Column; 3] = [NAME, column("Pod-Selector", "string", Cell::Selector("/spec/podSelector")), AGE];

static ADDRESSES: [Column; 2] = [NAME, made("ParentRef", parent)];

static RANGES: [Column; 3] = [
    NAME,
    made("CIDRs", |r| r.items("/spec/cidrs").iter().filter_map(Json::as_str).collect::<Vec<_>>().join(",").into()),
    AGE,
];

/// The addresses a load balancer gave, clipped to a width that keeps tables readable.
fn balancer(object: &Json) -> String {
    let address = |i: &Json| format::or(i.text("/ip"), i.text("/hostname")).to_owned();
    let mut all: Vec<String> = object.items("/status/loadBalancer/ingress").iter().map(address).collect();
    all.sort();
    all.dedup();
    let text = all.join(",");
    if text.len() > 16 { text.chars().take(13).collect::<String>() + "..." } else { text }
}

fn external_ip(service: &Json) -> Json {
    let own: Vec<&str> = service.items("/spec/externalIPs").iter().filter_map(Json::as_str).collect();
    match service.text("/spec/type") {
        "ExternalName" => service.text("/spec/externalName").into(),
        "LoadBalancer" => {
            let given = balancer(service);
            let all: Vec<&str> = Some(given.as_str()).filter(|g| !g.is_empty()).into_iter().chain(own).collect();
            if all.is_empty() { "<pending>".into() } else { all.join(",").into() }
        }
        "ClusterIP" | "NodePort" if own.is_empty() => NONE.into(),
        "ClusterIP" | "NodePort" => own.join(",").into(),
        _ => format::UNKNOWN.into(),
    }
}

fn service_ports(service: &Json) -> Json {
    let port = |p: &Json| {
        let (number, protocol) = (p.int("/port").unwrap_or(0), format::or(p.text("/protocol"), "TCP"));
        match p.int("/nodePort").filter(|n| *n > 0) {
            Some(node) => format!("{number}:{node}/{protocol}"),
            None => format!("{number}/{protocol}"),
        }
    };
    let ports: Vec<_> = service.items("/spec/ports").iter().map(port).collect();
    if ports.is_empty() { NONE.into() } else { ports.join(",").into() }
}

fn endpoints(object: &Json) -> Json {
    let mut all = Vec::new();
    for subset in object.items("/subsets") {
        let addresses = subset.items("/addresses");
        if subset.items("/ports").is_empty() {
            all.extend(addresses.iter().map(|a| a.text("/ip").to_owned()));
        }
        for port in subset.items("/ports") {
            let number = port.int("/port").unwrap_or(0);
            all.extend(addresses.iter().map(|a| format!("{}:{number}", a.text("/ip"))));
        }
    }
    if object.items("/subsets").is_empty() { NONE.into() } else { format::first_of(&all, 3).into() }
}

fn slice_ports(slice: &Json) -> Json {
    let port = |p: &Json| match p.int("/port") {
        Some(number) => number.to_string(),
        None => format::or(p.text("/name"), "*").to_owned(),
    };
    let ports: Vec<_> = slice.items("/ports").iter().map(port).collect();
    if ports.is_empty() { UNSET.into() } else { format::first_of(&ports, 3).into() }
}

fn slice_endpoints(slice: &Json) -> Json {
    let addresses = slice.items("/endpoints").iter().flat_map(|e| e.items("/addresses"));
    let all: Vec<String> = addresses.filter_map(Json::as_str).map(str::to_owned).collect();
    if all.is_empty() { UNSET.into() } else { format::first_of(&all, 3).into() }
}

fn ingress_class(ingress: &Json) -> Json {
    let annotation = ingress.text("/metadata/annotations/kubernetes.io~1ingress.class");
    format::or(ingress.text("/spec/ingressClassName"), format::or(annotation, NONE)).into()
}

fn hosts(ingress: &Json) -> Json {
    let hosts = ingress.items("/spec/rules").iter().map(|r| r.text("/host").to_owned());
    let hosts: Vec<String> = hosts.filter(|h| !h.is_empty()).collect();
    if hosts.is_empty() { "*".into() } else { format::first_of(&hosts, 3).into() }
}

fn parameters(class: &Json) -> Json {
    let Some(parameters) = class.pointer("/spec/parameters") else { return NONE.into() };
    let kind = crate::status::qualify(parameters.text("/kind"), parameters.text("/apiGroup"));
    format!("{kind}/{}", parameters.text("/name")).into()
}

fn parent(address: &Json) -> Json {
    let part = |field: &str| address.text(&format!("/spec/parentRef/{field}")).to_owned();
    let resource = crate::status::qualify(&part("resource"), &part("group"));
    let parts = [resource, part("namespace"), part("name")];
    parts.iter().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>().join("/").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn services_tell_where_they_are() {
        for (spec, status, ip, ports) in [
            (json!({"type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP"}]}), json!({}), "<none>", "80/TCP"),
            (
                json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30001, "protocol": "TCP"}]}),
                json!({}),
                "<none>",
                "80:30001/TCP",
            ),
            (json!({"type": "LoadBalancer"}), json!({}), "<pending>", "<none>"),
            (
                json!({"type": "LoadBalancer"}),
                json!({"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}),
                "1.2.3.4",
                "<none>",
            ),
            (json!({"type": "ExternalName", "externalName": "a.b"}), json!({}), "a.b", "<none>"),
        ] {
            let service = json!({"spec": spec, "status": status});
            assert_eq!((external_ip(&service), service_ports(&service)), (ip.into(), ports.into()));
        }
    }

    #[test]
    fn endpoints_are_counted_beyond_three() {
        let address = |n: i32| json!({"ip": format!("10.0.0.{n}")});
        let object = json!({"subsets": [{"addresses": [address(1), address(2), address(3), address(4)], "ports": [{"port": 80}]}]});
        assert_eq!(endpoints(&object), "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...");
        assert_eq!(endpoints(&json!({})), "<none>");
        assert_eq!(hosts(&json!({"spec": {"rules": [{}]}})), "*");
    }
}
