//! Who and what runs here: user, kernel, distribution, environment.
use super::Facts;
use crate::machine::{Who, node_name, text_of};
use rolewright_run::TaskContext;
use rolewright_template::Value;
use std::path::Path;

pub(super) fn environment(cx: &TaskContext<'_>) -> Facts {
    let all = crate::builtin::environment(cx);
    vec![("env", Value::dict(all.into_iter().map(|(name, value)| (name, Value::verbatim(value)))))]
}

/// The Python whose rules templates follow; there is none behind it.
pub(super) fn python(_: &TaskContext<'_>) -> Facts {
    let numbers = [("major", 3), ("minor", 12), ("micro", 1)].map(|(name, number)| (name, Value::from(number)));
    let info: Vec<Value> = numbers.iter().map(|(_, number)| number.clone()).collect();
    let rest = [("releaselevel", Value::from("final")), ("serial", Value::from(0))];
    let info = info.into_iter().chain(rest.iter().map(|(_, value)| value.clone()));
    let python = [
        ("version", Value::dict(numbers.clone().into_iter().chain(rest.clone()))),
        ("version_info", info.collect()),
        ("executable", Value::from("/usr/bin/python3")),
        ("has_sslcontext", Value::from(true)),
        ("type", Value::from("cpython")),
    ];
    vec![("python", Value::dict(python)), ("python_version", Value::from("3.12.1"))]
}

pub(super) fn user(cx: &TaskContext<'_>) -> Facts {
    let who = Who::current();
    let users = text_of(cx, "/etc/passwd");
    let uid = who.effective_uid.to_string();
    let line =
        users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|line| line.get(2) == Some(&uid.as_str()));
    let field = |index: usize| line.as_ref().and_then(|line| line.get(index)).copied().unwrap_or_default();
    let number = |number: u32| Value::from(i64::from(number));
    let name = if line.is_some() { field(0).to_owned() } else { uid.clone() };
    let home = if line.is_some() { field(5).to_owned() } else { cx.system.env("HOME").unwrap_or_default() };
    vec![
        ("user_id", Value::from(name)),
        ("user_uid", number(who.effective_uid)),
        ("user_gid", number(who.effective_gid)),
        ("user_gecos", Value::from(field(4))),
        ("user_dir", Value::from(home)),
        ("user_shell", Value::from(field(6))),
        ("real_user_id", number(who.uid)),
        ("effective_user_id", number(who.effective_uid)),
        ("real_group_id", number(who.gid)),
        ("effective_group_id", number(who.effective_gid)),
    ]
}

pub(super) fn platform(cx: &TaskContext<'_>) -> Facts {
    let name = node_name(cx);
    let short = name.split('.').next().unwrap_or_default().to_owned();
    let full = full_name(cx, &name);
    let domain = full.split_once('.').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
    let kernel = |file: &str| text_of(cx, &format!("/proc/sys/kernel/{file}")).trim().to_owned();
    let machine = std::env::consts::ARCH;
    let bits = if cfg!(target_pointer_width = "64") { "64" } else { "32" };
    let machine_id = text_of(cx, "/etc/machine-id");
    let mut facts = vec![
        ("system", Value::from("Linux")),
        ("kernel", Value::from(kernel("osrelease"))),
        ("kernel_version", Value::from(kernel("version"))),
        ("machine", Value::from(machine)),
        ("architecture", Value::from(machine)),
        ("userspace_architecture", Value::from(machine)),
        ("userspace_bits", Value::verbatim(bits)),
        ("nodename", Value::from(name)),
        ("hostname", Value::from(short)),
        ("fqdn", Value::from(full)),
        ("domain", Value::from(domain)),
    ];
    if !machine_id.trim().is_empty() {
        facts.push(("machine_id", Value::from(machine_id.trim())));
    }
    facts
}

/// The name with its domain, as `/etc/hosts` has it: the first name on a line that holds the short one.
fn full_name(cx: &TaskContext<'_>, name: &str) -> String {
    let hosts = text_of(cx, "/etc/hosts");
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let names = lines.map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>());
    let found = names
        .filter(|names| names.contains(&name))
        .find_map(|names| names.iter().find(|name| name.contains('.')).map(|name| (*name).to_owned()));
    found.unwrap_or_else(|| name.to_owned())
}

pub(super) fn distribution(cx: &TaskContext<'_>) -> Facts {
    let release = ["/etc/os-release", "/usr/lib/os-release"].iter().map(|path| (*path, text_of(cx, path)));
    let Some((path, text)) = release.into_iter().find(|(_, text)| !text.is_empty()) else { return Vec::new() };
    let Distribution { name, family, version, codename } = describe(&text);
    let major = version.split('.').next().unwrap_or_default().to_owned();
    vec![
        ("distribution", Value::from(name)),
        ("distribution_version", Value::verbatim(version)),
        ("distribution_major_version", Value::verbatim(major)),
        ("distribution_release", Value::from(codename)),
        ("distribution_file_path", Value::from(path)),
        ("distribution_file_parsed", Value::Bool(true)),
        ("os_family", Value::from(family)),
    ]
}

#[derive(Debug, PartialEq, Eq)]
struct Distribution {
    name: String,
    family: &'static str,
    version: String,
    codename: String,
}

fn describe(text: &str) -> Distribution {
    let field = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.map(|value| value.trim().trim_matches(['"', '\'']).to_owned()).unwrap_or_default()
    };
    let (name, family) = match field("ID").as_str() {
        "debian" => ("Debian", "Debian"),
        "ubuntu" => ("Ubuntu", "Debian"),
        "rhel" => ("RedHat", "RedHat"),
        "centos" => ("CentOS", "RedHat"),
        "fedora" => ("Fedora", "RedHat"),
        "rocky" => ("Rocky", "RedHat"),
        "almalinux" => ("AlmaLinux", "RedHat"),
        "ol" => ("OracleLinux", "RedHat"),
        "amzn" => ("Amazon", "RedHat"),
        "alpine" => ("Alpine", "Alpine"),
        "arch" => ("Archlinux", "Archlinux"),
        "opensuse-leap" => ("openSUSE Leap", "Suse"),
        "sles" => ("SLES", "Suse"),
        _ => ("", ""),
    };
    let named = field("NAME").split_whitespace().next().unwrap_or_default().to_owned();
    let codename = Some(field("VERSION_CODENAME")).filter(|name| !name.is_empty()).or_else(|| {
        let version = field("VERSION");
        Some(version.split_once('(')?.1.split_once(')')?.0.to_owned())
    });
    Distribution {
        name: if name.is_empty() { named } else { name.to_owned() },
        family: if family.is_empty() { "Linux" } else { family },
        version: field("VERSION_ID"),
        codename: codename.unwrap_or_else(|| "NA".to_owned()),
    }
}

pub(super) fn package_manager(_: &TaskContext<'_>) -> Facts {
    const ALL: &[(&str, &str)] = &[
        ("/usr/bin/dnf5", "dnf5"),
        ("/usr/bin/dnf-3", "dnf"),
        ("/usr/bin/dnf", "dnf"),
        ("/usr/bin/microdnf", "dnf"),
        ("/usr/bin/yum", "yum"),
        ("/usr/bin/apt-get", "apt"),
        ("/sbin/apk", "apk"),
        ("/usr/bin/zypper", "zypper"),
        ("/usr/bin/pacman", "pacman"),
    ];
    let found = ALL.iter().find(|(path, _)| Path::new(path).exists());
    vec![("pkg_mgr", Value::from(found.map_or("unknown", |(_, name)| name)))]
}

pub(super) fn service_manager(cx: &TaskContext<'_>) -> Facts {
    let first = text_of(cx, "/proc/1/comm");
    let name = if Path::new("/run/systemd/system").exists() {
        "systemd".to_owned()
    } else {
        let first = first.trim();
        if first.is_empty() || first == "init" { "service".to_owned() } else { first.to_owned() }
    };
    vec![("service_mgr", Value::from(name))]
}

pub(super) fn command_line(cx: &TaskContext<'_>) -> Facts {
    let text = text_of(cx, "/proc/cmdline");
    let words = text.split_whitespace().map(|word| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Value::verbatim(value)),
        None => (word.to_owned(), Value::Bool(true)),
    });
    let words = Value::dict(words.collect::<Vec<_>>());
    vec![("cmdline", words.clone()), ("proc_cmdline", words)]
}

/// What is the same in every container.
pub(super) fn fixed(_: &TaskContext<'_>) -> Facts {
    let disabled = |word: &'static str| Value::dict([("status", Value::from(word))]);
    vec![
        ("local", Value::dict::<&str>([])),
        ("selinux", disabled("disabled")),
        ("selinux_python_present", Value::Bool(false)),
        ("apparmor", disabled("disabled")),
        ("fips", Value::Bool(false)),
        ("lsb", Value::dict::<&str>([])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions() {
        for (text, name, family, version, codename) in [
            (
                "NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nVERSION=\"9.4 (Plow)\"\nVERSION_ID=\"9.4\"\n",
                "RedHat",
                "RedHat",
                "9.4",
                "Plow",
            ),
            (
                "ID=debian\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
                "Debian",
                "Debian",
                "12",
                "bookworm",
            ),
            ("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.1\n", "Alpine", "Alpine", "3.20.1", "NA"),
            ("NAME=\"Wolfi Base\"\nID=wolfi\nVERSION_ID=1\n", "Wolfi", "Linux", "1", "NA"),
        ] {
            let expected =
                Distribution { name: name.into(), family, version: version.into(), codename: codename.into() };
            assert_eq!(describe(text), expected);
        }
    }
}
