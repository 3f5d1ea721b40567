//! Memory, processors, mounts, load.
use super::Facts;
use crate::machine::text_of;
use rolewright_run::TaskContext;
use rolewright_template::Value;
use std::path::Path;

pub(super) fn hardware(cx: &TaskContext<'_>) -> Facts {
    let mut facts = memory(&text_of(cx, "/proc/meminfo"));
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    facts.extend(processors(&text_of(cx, "/proc/cpuinfo"), allowed));
    let uptime = text_of(cx, "/proc/uptime");
    let uptime = uptime.split('.').next().and_then(|seconds| seconds.parse::<i64>().ok());
    facts.push(("uptime_seconds", Value::from(uptime.unwrap_or_default())));
    facts
}

fn memory(text: &str) -> Facts {
    let megabytes = |name: &str| -> i64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<i64>().ok());
        kilobytes.unwrap_or_default() / 1024
    };
    let (total, free) = (megabytes("MemTotal"), megabytes("MemFree"));
    let (swap, swap_free) = (megabytes("SwapTotal"), megabytes("SwapFree"));
    let unused = free + megabytes("Cached") + megabytes("Buffers");
    let dict = |fields: &[(&'static str, i64)]| Value::dict(fields.iter().map(|(name, n)| (*name, Value::from(*n))));
    let nested = [
        ("real", dict(&[("total", total), ("used", total - free), ("free", free)])),
        ("nocache", dict(&[("free", unused), ("used", total - unused)])),
        (
            "swap",
            dict(&[
                ("total", swap),
                ("free", swap_free),
                ("used", swap - swap_free),
                ("cached", megabytes("SwapCached")),
            ]),
        ),
    ];
    vec![
        ("memtotal_mb", Value::from(total)),
        ("memfree_mb", Value::from(free)),
        ("swaptotal_mb", Value::from(swap)),
        ("swapfree_mb", Value::from(swap_free)),
        ("memory_mb", Value::dict(nested)),
    ]
}

fn processors(text: &str, allowed: usize) -> Facts {
    let mut listed = Vec::new();
    let (mut sockets, mut cores) = (Vec::new(), 1_i64);
    let mut siblings = 1_i64;
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let (name, value) = (name.trim(), value.trim());
        match name {
            "processor" | "vendor_id" | "model name" | "Processor" => listed.push(Value::verbatim(value)),
            "physical id" if !sockets.contains(&value) => sockets.push(value),
            "cpu cores" => cores = value.parse().unwrap_or(1),
            "siblings" => siblings = value.parse().unwrap_or(1),
            _ => {}
        }
    }
    let threads = text.lines().filter(|line| line.starts_with("processor")).count().max(1);
    let count = if sockets.is_empty() { threads as i64 } else { sockets.len() as i64 };
    let per_core = (siblings / cores.max(1)).max(1);
    vec![
        ("processor", Value::list(listed)),
        ("processor_count", Value::from(count)),
        ("processor_cores", Value::from(cores)),
        ("processor_threads_per_core", Value::from(per_core)),
        ("processor_vcpus", Value::from(per_core * count * cores)),
        ("processor_nproc", Value::from(allowed as i64)),
    ]
}

pub(super) fn load(cx: &TaskContext<'_>) -> Facts {
    let text = text_of(cx, "/proc/loadavg");
    let numbers = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    let named = ["1m", "5m", "15m"].into_iter().zip(numbers.map(Value::from));
    vec![("loadavg", Value::dict(named.collect::<Vec<_>>()))]
}

/// Real file systems; how full they are takes a system call that this program does not make.
pub(super) fn mounts(cx: &TaskContext<'_>) -> Facts {
    let text = text_of(cx, "/proc/self/mounts");
    let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let real = lines.filter(|fields| fields.len() > 3 && (fields[0].starts_with('/') || fields[0].contains(":/")));
    let mounts = real.map(|fields| {
        Value::dict([
            ("mount", Value::from(fields[1])),
            ("device", Value::from(fields[0])),
            ("fstype", Value::from(fields[2])),
            ("options", Value::from(fields[3])),
        ])
    });
    vec![("mounts", Value::list(mounts.collect::<Vec<_>>()))]
}

pub(super) fn virtualization(cx: &TaskContext<'_>) -> Facts {
    let kubernetes = cx.system.env("KUBERNETES_SERVICE_HOST").is_some();
    let inside = [("/run/.containerenv", "podman"), ("/.dockerenv", "docker")];
    let found = inside.iter().find(|(path, _)| Path::new(path).exists()).map(|(_, name)| *name);
    let kind = found.or(kubernetes.then_some("container"));
    let role = if kind.is_some() { "guest" } else { "NA" };
    let tech = Value::list(kind.map(Value::from));
    vec![
        ("virtualization_type", Value::from(kind.unwrap_or("NA"))),
        ("virtualization_role", Value::from(role)),
        ("virtualization_tech_guest", tech),
        ("virtualization_tech_host", Value::list([])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(facts: &Facts, name: &str) -> String {
        facts.iter().find(|(known, _)| *known == name).unwrap().1.repr()
    }

    #[test]
    fn memory_and_processors() {
        let facts = memory("MemTotal:  8192000 kB\nMemFree: 1024000 kB\nCached: 2048000 kB\nBuffers: 0 kB\n");
        assert_eq!(shown(&facts, "memtotal_mb"), "8000");
        assert_eq!(
            shown(&facts, "memory_mb"),
            "{'real': {'total': 8000, 'used': 7000, 'free': 1000}, 'nocache': {'free': 3000, 'used': 5000}, \
             'swap': {'total': 0, 'free': 0, 'used': 0, 'cached': 0}}"
        );
        let one = |n: u8| {
            format!(
                "processor\t: {n}\nvendor_id\t: GenuineIntel\nmodel name\t: X\nphysical id\t: 0\nsiblings\t: 4\ncpu cores\t: 2\n\n"
            )
        };
        let facts = processors(&[one(0), one(1), one(2), one(3)].concat(), 4);
        for (name, expected) in [
            ("processor_count", "1"),
            ("processor_cores", "2"),
            ("processor_threads_per_core", "2"),
            ("processor_vcpus", "4"),
            ("processor_nproc", "4"),
        ] {
            assert_eq!(shown(&facts, name), expected, "{name}");
        }
    }
}
