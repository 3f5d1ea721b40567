//! Cluster addresses and node ports.
use std::collections::HashSet;
use std::net::Ipv4Addr;

use serde_json::{Value as Json, json};

use crate::api::Call;
use crate::json::JsonExt;
use crate::status::{Cause, Failure, Outcome};
use crate::store::{Object, State};

const RANGE: &str = "10.96.0.0/12";
const PORTS: std::ops::RangeInclusive<i64> = 30000..=32767;

/// Addresses and ports that an update does not repeat stay as they are.
pub(super) fn prepare_update(before: &Object, value: &mut Json) {
    if !has_address(value) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
            value.get_mut("spec").map(|s| s.drop_field(&[field]));
        }
        return;
    }
    if has_address(&before.value) {
        for field in ["clusterIP", "clusterIPs"] {
            let old = before.value["spec"].get(field).cloned();
            let empty = value["spec"].get(field).is_none_or(|v| v.is_null() || v == "" || v == &json!([]));
            if let (Some(old), true) = (old, empty) {
                value.put(&["spec", field], old);
            }
        }
    }
    if has_node_ports(value) {
        keep_node_ports(before, value);
    }
}

fn keep_node_ports(before: &Object, value: &mut Json) {
    let old = before.value.items("/spec/ports").to_vec();
    let ports = value.pointer_mut("/spec/ports").and_then(Json::as_array_mut);
    for port in ports.into_iter().flatten().filter(|p| p.int("/nodePort").unwrap_or(0) == 0) {
        let same = |o: &&Json| o["port"] == port["port"] && o["protocol"] == port["protocol"];
        if let Some(kept) = old.iter().find(same).and_then(|o| o.int("/nodePort")) {
            port.put(&["nodePort"], kept);
        }
    }
}

pub(super) fn validate_update(before: &Object, value: &Json) -> Vec<Cause> {
    let (old, new) = (before.value.text("/spec/clusterIP"), value.text("/spec/clusterIP"));
    let both = has_address(&before.value) && has_address(value);
    if both && !old.is_empty() && !new.is_empty() && old != new {
        return vec![Cause::invalid("spec.clusterIPs[0]", &json!([new]), "may not change once set")];
    }
    Vec::new()
}

fn has_address(value: &Json) -> bool {
    value.text("/spec/type") != "ExternalName"
}

fn has_node_ports(value: &Json) -> bool {
    matches!(value.text("/spec/type"), "NodePort" | "LoadBalancer")
}

pub(super) fn allocate(state: &mut State, call: &Call<'_>, value: &mut Json, before: Option<&Object>) -> Outcome<()> {
    let uid = value.text("/metadata/uid").to_owned();
    let (mut ips, mut ports) = (HashSet::new(), HashSet::new());
    let others = state.objects("services").into_iter().flat_map(|s| s.values()).filter(|s| s.uid() != uid);
    for service in others {
        ips.insert(service.value.text("/spec/clusterIP").to_owned());
        ports.extend(service.value.items("/spec/ports").iter().filter_map(|p| p.int("/nodePort")));
    }
    let refuse = |cause| Err(Failure::invalid(&call.resource.names(), value.text("/metadata/name"), vec![cause]));
    let asked = value.text("/spec/clusterIP");
    if has_address(value)
        && !asked.is_empty()
        && asked != "None"
        && before.is_none()
        && let Some(why) = bad_address(asked, &ips)
    {
        let detail = format!("failed to allocate IP {asked}: {why}");
        return refuse(Cause::invalid("spec.clusterIPs", &json!([asked]), &detail));
    }
    for (i, port) in value.items("/spec/ports").iter().enumerate() {
        if let Some((port, why)) = port.int("/nodePort").filter(|p| *p != 0).and_then(|p| bad_port(p, &ports)) {
            return refuse(Cause::invalid(format!("spec.ports[{i}].nodePort"), &port.into(), why));
        }
    }
    if has_address(value) {
        give_address(value, &ips);
    }
    if has_node_ports(value) {
        give_ports(value, &mut ports);
    } else {
        let listed = value.pointer_mut("/spec/ports").and_then(Json::as_array_mut);
        listed.into_iter().flatten().for_each(|p| drop(p.drop_field(&["nodePort"])));
    }
    Ok(())
}

fn bad_address(asked: &str, taken: &HashSet<String>) -> Option<String> {
    let inside = asked.parse::<Ipv4Addr>().is_ok_and(|ip| ip.octets()[0] == 10 && (96..=111).contains(&ip.octets()[1]));
    if !inside {
        return Some(format!("the provided IP ({asked}) is not in the valid range. The range of valid IPs is {RANGE}"));
    }
    taken.contains(asked).then(|| "provided IP is already allocated".into())
}

fn bad_port(port: i64, taken: &HashSet<i64>) -> Option<(i64, &'static str)> {
    if !PORTS.contains(&port) {
        return Some((port, "provided port is not in the valid range. The range of valid ports is 30000-32767"));
    }
    taken.contains(&port).then_some((port, "provided port is already allocated"))
}

fn give_address(value: &mut Json, taken: &HashSet<String>) {
    if value.text("/spec/clusterIP").is_empty() {
        let free = (0..10_000).map(|_| {
            let address: u32 = u32::from(Ipv4Addr::new(10, 96, 0, 0)) + rand::random_range(11..65_000);
            Ipv4Addr::from(address).to_string()
        });
        let Some(address) = free.into_iter().find(|ip| !taken.contains(ip)) else { return };
        value.put(&["spec", "clusterIP"], address);
    }
    let address = value.text("/spec/clusterIP").to_owned();
    value.put(&["spec", "clusterIPs"], json!([address]));
    value.put_default(&["spec", "ipFamilies"], json!(["IPv4"]));
    value.put_default(&["spec", "ipFamilyPolicy"], "SingleStack");
    value.put_default(&["spec", "internalTrafficPolicy"], "Cluster");
}

fn give_ports(value: &mut Json, taken: &mut HashSet<i64>) {
    value.put_default(&["spec", "externalTrafficPolicy"], "Cluster");
    if value.text("/spec/type") == "LoadBalancer" {
        value.put_default(&["spec", "allocateLoadBalancerNodePorts"], true);
    }
    let ports = value.pointer_mut("/spec/ports").and_then(Json::as_array_mut);
    for port in ports.into_iter().flatten().filter(|p| p.int("/nodePort").unwrap_or(0) == 0) {
        let start = rand::random_range(PORTS);
        let free = (start..=*PORTS.end()).chain(*PORTS.start()..start).find(|p| !taken.contains(p));
        if let Some(free) = free {
            taken.insert(free);
            port.put(&["nodePort"], free);
        }
    }
}
