//! Inventories in YAML: groups of `hosts`, `vars` and `children`.
use super::build::Builder;
use super::{Around, address};
use rolewright_language::yaml;
use rolewright_language::yaml::{Kind, Node};
use std::path::Path;
use std::sync::Arc;

pub(super) fn read(builder: &mut Builder, path: &Path, text: &Arc<str>, around: &Around<'_>) -> Result<(), String> {
    let name: Arc<str> = path.to_string_lossy().into();
    let (node, _) = yaml::document(text, &name).map_err(|error| error.to_string())?;
    let Some(groups) = node.as_map() else {
        return Err(match node.is_null() {
            true => "Parsed empty YAML file".to_owned(),
            false => format!("YAML inventory has invalid structure, it should be a dictionary, got: {}", node.class()),
        });
    };
    if let Some(plugin) = node.get("plugin") {
        let plugin = plugin.to_value();
        return Err(format!("the inventory plugin {plugin} is not supported: write hosts and groups down"));
    }
    let mut reader = Reader { builder, path, around };
    groups.iter().try_for_each(|(name, group)| reader.group(&name.to_value().to_string(), group))
}

struct Reader<'a> {
    builder: &'a mut Builder,
    path: &'a Path,
    around: &'a Around<'a>,
}

impl Reader<'_> {
    fn group(&mut self, name: &str, node: &Node) -> Result<(), String> {
        if node.is_null() {
            self.builder.add_group(name);
            return Ok(());
        }
        let Some(entries) = node.as_map() else {
            self.warn(format!("Skipping '{name}' as this is not a valid group definition"));
            return Ok(());
        };
        self.builder.add_group(name);
        for (key, section) in entries {
            let key = key.to_value().to_string();
            let known = matches!(&*key, "vars" | "children" | "hosts");
            match &section.kind {
                Kind::Null => {}
                // A single name may stand for a mapping.
                Kind::Str(only) if known => self.section(name, &key, &[(only.clone(), None)])?,
                Kind::Map(entries) if known => {
                    let entries: Vec<_> =
                        entries.iter().map(|(name, node)| (name.to_value().to_string(), Some(node))).collect();
                    self.section(name, &key, &entries)?;
                }
                _ if known => {
                    return Err(format!(
                        "Invalid \"{key}\" entry for \"{name}\" group, requires a dictionary, found \"{}\" instead.",
                        section.class()
                    ));
                }
                Kind::Map(_) => self.warn(format!(
                    "Skipping unexpected key ({key}) in group ({name}), only \"vars\", \"children\" and \"hosts\" are valid"
                )),
                _ => self.warn(format!(
                    "Skipping key ({key}) in group ({name}) as it is not a mapping, it is a {}",
                    section.class()
                )),
            }
        }
        Ok(())
    }

    fn warn(&mut self, message: String) {
        self.builder.warnings.push(message);
    }

    fn section(&mut self, group: &str, key: &str, entries: &[(String, Option<&Node>)]) -> Result<(), String> {
        for (name, node) in entries {
            match (key, node) {
                ("vars", Some(node)) => self.builder.set_group(group, name, self.around.value(node))?,
                ("children", node) => {
                    match node {
                        Some(node) => self.group(name, node)?,
                        None => _ = self.builder.add_group(name),
                    }
                    self.builder.add_child(group, name)?;
                }
                ("hosts", node) => self.hosts(group, name, *node)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn hosts(&mut self, group: &str, pattern: &str, vars: Option<&Node>) -> Result<(), String> {
        let (names, port) = address::expand(pattern)?;
        let vars = vars.and_then(Node::as_map).unwrap_or_default();
        for name in names {
            self.builder.add_host(&name, group, port, self.path);
            for (key, node) in vars {
                self.builder.set_host(&name, &key.to_value().to_string(), self.around.value(node));
            }
        }
        Ok(())
    }
}
