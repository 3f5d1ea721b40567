//! Name servers, and the address that this machine speaks from.
use super::Facts;
use crate::machine::text_of;
use rolewright_run::TaskContext;
use rolewright_template::Value;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

pub(super) fn dns(cx: &TaskContext<'_>) -> Facts {
    let text = text_of(cx, "/etc/resolv.conf");
    let lines = || text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let words = |key: &str| -> Vec<Value> {
        let found = lines().filter(|words| words.first() == Some(&key));
        found.flat_map(|words| words.iter().skip(1).map(|word| Value::from(*word)).collect::<Vec<_>>()).collect()
    };
    let options = words("options").into_iter().map(|option| {
        let text = option.to_string();
        match text.split_once(':') {
            Some((name, value)) => (name.to_owned(), Value::verbatim(value)),
            None => (text, Value::Bool(true)),
        }
    });
    let mut fields = Vec::new();
    for (name, key) in [("nameservers", "nameserver"), ("search", "search")] {
        let words = words(key);
        if !words.is_empty() {
            fields.push((name, Value::list(words)));
        }
    }
    let options: Vec<_> = options.collect();
    if !options.is_empty() {
        fields.push(("options", Value::dict(options)));
    }
    vec![("dns", Value::dict(fields))]
}

pub(super) fn network(cx: &TaskContext<'_>) -> Facts {
    let interfaces = text_of(cx, "/proc/net/dev");
    let names = interfaces.lines().skip(2).filter_map(|line| line.split_once(':'));
    let names: Vec<Value> = names.map(|(name, _)| Value::from(name.trim())).collect();
    let address = own_address();
    let mut default = Vec::new();
    if let Some((interface, gateway)) = default_route(&text_of(cx, "/proc/net/route")) {
        default.push(("gateway", Value::from(gateway.to_string())));
        default.push(("interface", Value::from(interface)));
    }
    if let Some(address) = address {
        default.push(("address", Value::from(address.to_string())));
    }
    vec![
        ("interfaces", Value::list(names)),
        ("default_ipv4", Value::dict(default)),
        ("all_ipv4_addresses", Value::list(address.map(|address| Value::from(address.to_string())))),
    ]
}

/// The address that packets would leave from. No packet is sent: connecting a datagram socket only picks a route.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_unspecified())
}

fn default_route(text: &str) -> Option<(String, Ipv4Addr)> {
    let lines = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.filter(|fields| fields.len() > 2 && fields[1] == "00000000").find_map(|fields| {
        let gateway = u32::from_str_radix(fields[2], 16).ok()?;
        // The kernel prints the bytes in the machine's order.
        Some((fields[0].to_owned(), Ipv4Addr::from(gateway.to_ne_bytes())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route() {
        let text = "Iface\tDestination\tGateway\nlo\t0000007F\t00000000\neth0\t00000000\t0101A8C0\n";
        assert_eq!(default_route(text), Some(("eth0".into(), Ipv4Addr::new(192, 168, 1, 1))));
    }
}
