//! `ansible.utils.ipaddr` and its two narrower forms, for the queries in use.
use super::Table;
use crate::python::{bind, opt_text};
use crate::render::Args;
use crate::{Error, Result, Value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) const TABLE: Table = &[
    ("ipaddr", |_, value, args| filter(value, args, None)),
    ("ipv4", |_, value, args| filter(value, args, Some(4))),
    ("ipv6", |_, value, args| filter(value, args, Some(6))),
    ("ipwrap", |_, value, _| Ok(wrap(value))),
];

/// An address, and the length of its network's prefix when one is given.
#[derive(Clone, Copy)]
struct Address {
    ip: IpAddr,
    prefix: Option<u32>,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let (ip, prefix) = text.split_once('/').map_or((text, None), |(ip, prefix)| (ip, Some(prefix)));
        let ip: IpAddr = ip.parse().ok()?;
        let width = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => None,
            Some(text) => Some(text.parse().ok().or_else(|| mask_length(text)).filter(|prefix| *prefix <= width)?),
        };
        Some(Self { ip, prefix })
    }
    fn version(self) -> i64 {
        if self.ip.is_ipv4() { 4 } else { 6 }
    }
    fn width(self) -> u32 {
        if self.ip.is_ipv4() { 32 } else { 128 }
    }
    fn length(self) -> u32 {
        self.prefix.unwrap_or(self.width())
    }
    fn number(self) -> u128 {
        match self.ip {
            IpAddr::V4(ip) => u128::from(u32::from(ip)),
            IpAddr::V6(ip) => u128::from(ip),
        }
    }
    fn at(self, number: u128) -> String {
        match self.ip {
            IpAddr::V4(_) => Ipv4Addr::from(number as u32).to_string(),
            IpAddr::V6(_) => Ipv6Addr::from(number).to_string(),
        }
    }
    /// The bits of hosts, set.
    fn host_bits(self) -> u128 {
        let bits = self.width() - self.length();
        if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
    }
    fn network(self) -> u128 {
        self.number() & !self.host_bits()
    }
    fn all_bits(self) -> u128 {
        if self.ip.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX }
    }
    fn is_network(self) -> bool {
        self.number() == self.network() && self.length() < self.width()
    }
}

fn mask_length(text: &str) -> Option<u32> {
    let mask = u32::from(text.parse::<Ipv4Addr>().ok()?);
    (mask.leading_ones() + mask.trailing_zeros() == 32).then(|| mask.leading_ones())
}

fn filter(value: &Value, args: &Args, version: Option<i64>) -> Result<Value> {
    let [query] = bind("ipaddr", args, ["query"])?;
    let query = opt_text(query)?.unwrap_or_default();
    match value {
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        Value::List(_) | Value::Tuple(_) => {
            let found = value
                .items()
                .unwrap_or_default()
                .iter()
                .map(|item| one(item, &query, version))
                .collect::<Result<Vec<_>>>()?;
            Ok(Value::list(found.into_iter().filter(Value::is_truthy)))
        }
        one_value => one(one_value, &query, version),
    }
}

/// False for what is no address, or not one that the query is about.
fn one(value: &Value, query: &str, version: Option<i64>) -> Result<Value> {
    let text = value.to_string();
    let parsed = Address::parse(&text).filter(|address| version.is_none_or(|version| version == address.version()));
    let Some(address) = parsed.filter(|_| !matches!(value, Value::Bool(_) | Value::None)) else {
        return Ok(false.into());
    };
    let cidr = |number: u128| format!("{}/{}", address.at(number), address.length());
    let only = |holds: bool| if holds { Value::from(&*text) } else { Value::Bool(false) };
    Ok(match query {
        "" => only(true),
        "address" | "ip" => address.ip.to_string().into(),
        "version" => address.version().into(),
        "ipv4" => only(address.ip.is_ipv4()),
        "ipv6" => only(address.ip.is_ipv6()),
        "prefix" => Value::from(address.length()),
        "network" | "network_id" => address.at(address.network()).into(),
        "net" => {
            if address.is_network() {
                cidr(address.network()).into()
            } else {
                false.into()
            }
        }
        "subnet" | "cidr_lookup" => cidr(address.network()).into(),
        "host" | "hostnet" | "router" | "gateway" | "gw" | "host/prefix" => cidr(address.number()).into(),
        "netmask" => address.at(address.all_bits() & !address.host_bits()).into(),
        "hostmask" | "wildcard" => address.at(address.host_bits()).into(),
        "broadcast" if address.ip.is_ipv4() && address.length() < 31 => {
            address.at(address.network() | address.host_bits()).into()
        }
        "broadcast" => Value::None,
        "size" => Value::big(num_bigint::BigInt::from(address.host_bits()) + 1),
        "int" => Value::big(num_bigint::BigInt::from(address.number())),
        "loopback" | "lo" => only(address.ip.is_loopback()),
        "multicast" => only(address.ip.is_multicast()),
        "private" => only(is_private(address.ip)),
        "public" => only(!is_private(address.ip) && !address.ip.is_loopback() && !address.ip.is_multicast()),
        other => match other.parse::<i64>() {
            Ok(offset) => nth(address, offset).map_or(Value::Bool(false), |number| cidr(number).into()),
            Err(_) => {
                return Err(Error::failed(format!(
                    "ipaddr: the query '{other}' is not supported; supported are address, broadcast, host, hostmask, \
                     int, ipv4, ipv6, loopback, multicast, net, netmask, network, prefix, private, public, size, \
                     subnet, version, and numbers"
                )));
            }
        },
    })
}

fn nth(address: Address, offset: i64) -> Option<u128> {
    let size = address.host_bits();
    let step = u128::from(offset.unsigned_abs());
    if offset >= 0 {
        (step <= size).then(|| address.network() + step)
    } else {
        (step - 1 <= size).then(|| address.network() + size - (step - 1))
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xfe00 == 0xfc00,
    }
}

/// Version 6 in brackets, everything else as it is.
fn wrap(value: &Value) -> Value {
    let text = value.to_string();
    match Address::parse(&text) {
        Some(Address { ip: IpAddr::V6(ip), prefix: None }) => format!("[{ip}]").into(),
        Some(Address { ip: IpAddr::V6(ip), prefix: Some(prefix) }) => format!("[{ip}]/{prefix}").into(),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_answered() {
        for (value, query, expected) in [
            ("192.168.1.5/24", "", "192.168.1.5/24"),
            ("192.168.1.5/24", "network", "192.168.1.0"),
            ("192.168.1.5/24", "subnet", "192.168.1.0/24"),
            ("192.168.1.5/24", "netmask", "255.255.255.0"),
            ("192.168.1.5/24", "broadcast", "192.168.1.255"),
            ("192.168.1.5/24", "address", "192.168.1.5"),
            ("192.168.1.0/24", "1", "192.168.1.1/24"),
            ("192.168.1.0/24", "-1", "192.168.1.255/24"),
            ("192.168.1.0/24", "size", "256"),
            ("10.0.0.1", "private", "10.0.0.1"),
            ("8.8.8.8", "private", "False"),
            ("fe80::1/64", "prefix", "64"),
            ("::1", "version", "6"),
            ("nope", "", "False"),
        ] {
            assert_eq!(one(&Value::from(value), query, None).unwrap().to_string(), expected, "{value} {query}");
        }
        assert_eq!(one(&Value::from("::1"), "", Some(4)).unwrap(), Value::Bool(false));
        assert!(one(&Value::from("::1"), "nope", None).is_err());
    }
}
