//! Inventories that a program tells, as JSON.
use super::build::Builder;
use rolewright_template::{Origin, Tree};
use serde_json::{Map, Value as Json};
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether a file is a program: executable, or with a `#!` line.
pub(super) fn is_program(path: &Path) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    let shebang = || std::fs::read(path).is_ok_and(|content| content.starts_with(b"#!"));
    metadata.is_file() && (executable || shebang())
}

pub(super) fn read(builder: &mut Builder, path: &Path) -> Result<(), String> {
    let groups = run(path, &["--list"])?;
    let mut hosts = Vec::new();
    let mut hostvars = None;
    for (name, group) in &groups {
        if name == "_meta" {
            hostvars = group.get("hostvars");
        } else {
            read_group(builder, path, name, group, &mut hosts)?;
        }
    }
    for host in hosts {
        let vars = match hostvars {
            Some(all) => all.get(&host).and_then(Json::as_object).cloned().unwrap_or_default(),
            None => run(path, &["--host", &host])?,
        };
        for (key, value) in &vars {
            builder.set_host(&host, key, tree(path, value));
        }
    }
    Ok(())
}

fn tree(path: &Path, value: &Json) -> Tree {
    Tree::from_project_json(value, &Origin { file: path.to_string_lossy().into(), line: 1, column: 1 })
}

fn read_group(
    builder: &mut Builder,
    path: &Path,
    name: &str,
    told: &Json,
    hosts: &mut Vec<String>,
) -> Result<(), String> {
    builder.add_group(name);
    let bad = |what: &str| format!("You defined a group '{name}' with bad data for {what}:\n {told}");
    let (own, vars, children) = match told.as_object() {
        None => (Some(told), None, None),
        Some(map) if ["hosts", "vars", "children"].iter().any(|key| map.contains_key(*key)) => {
            (map.get("hosts"), map.get("vars"), map.get("children"))
        }
        // A mapping without any of these is a host of the group's name, with variables.
        Some(_) => {
            add(builder, path, name, name, hosts);
            for (key, value) in told.as_object().into_iter().flatten() {
                builder.set_group(name, key, tree(path, value))?;
            }
            return Ok(());
        }
    };
    if let Some(own) = own {
        for host in own.as_array().ok_or_else(|| bad("the host list"))? {
            add(builder, path, host.as_str().ok_or_else(|| bad("the host list"))?, name, hosts);
        }
    }
    if let Some(vars) = vars {
        for (key, value) in vars.as_object().ok_or_else(|| bad("variables"))? {
            builder.set_group(name, key, tree(path, value))?;
        }
    }
    for child in children.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
        builder.add_child(name, child)?;
    }
    Ok(())
}

fn add(builder: &mut Builder, path: &Path, host: &str, group: &str, hosts: &mut Vec<String>) {
    builder.add_host(host, group, None, path);
    if !hosts.iter().any(|known| known == host) {
        hosts.push(host.to_owned());
    }
}

/// What the program prints for these arguments; nothing at all is an empty mapping for a single host.
fn run(path: &Path, arguments: &[&str]) -> Result<Map<String, Json>, String> {
    let shown = path.display();
    let output = Command::new(path).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("problem running {shown} {} ({error})", arguments.join(" ")))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("Inventory script ({shown}) had an execution error: {complaint}"));
    }
    if output.stdout.trim_ascii().is_empty() && arguments.first() == Some(&"--host") {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&output.stdout) {
        Ok(Json::Object(map)) => Ok(map),
        Ok(_) => {
            Err(format!("failed to parse executable inventory script results from {shown}: needs to be a json dict"))
        }
        Err(error) => {
            Err(format!("failed to parse executable inventory script results from {shown}: {error}\n{complaint}"))
        }
    }
}
