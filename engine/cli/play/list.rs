//! `--list-hosts`, `--list-tasks`, `--list-tags`: what would run, without running it.
use super::flags::Arguments;
use rolewright_language::ast::{Node, Play, Playbook, RoleUse, Task};
use rolewright_run::{Inventory, is_selected, tree_source};
use rolewright_template::Tree;
use std::collections::BTreeSet;
use std::path::Path;

type Tags = BTreeSet<String>;

/// The page for one playbook.
pub(super) fn page(path: &Path, playbook: &Playbook, arguments: &Arguments, choice: &Choice<'_>) -> String {
    let mut page = format!("\nplaybook: {}\n", path.display());
    for (index, play) in playbook.plays.iter().enumerate() {
        let patterns = patterns(&play.hosts);
        let name = play.name.as_ref().map_or_else(|| patterns.join(","), tree_source);
        let own = tags(&play.keywords.tags);
        page.push_str(&format!("\n  play #{} ({}): {name}\tTAGS: [{}]\n", index + 1, patterns.join(","), joined(&own)));
        if arguments.list_hosts {
            page.push_str(&hosts(&patterns, choice));
        }
        if arguments.list_tasks || arguments.list_tags {
            let mut found = Vec::new();
            collect(play, &own, &mut found);
            found.retain(|listed| choice.is_selected(&listed.tags));
            page.push_str(&tasks(&found, arguments));
        }
    }
    page
}

/// What the command line chooses among hosts and tasks.
pub(super) struct Choice<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) limit: Option<&'a [String]>,
    pub(super) tags: &'a [String],
    pub(super) skip_tags: &'a [String],
}

impl Choice<'_> {
    fn is_selected(&self, tags: &Tags) -> bool {
        let tags: Vec<std::sync::Arc<str>> = tags.iter().map(|tag| tag.as_str().into()).collect();
        is_selected(&tags, self.tags, self.skip_tags)
    }
}

struct Listed {
    name: String,
    tags: Tags,
}

fn hosts(patterns: &[String], choice: &Choice<'_>) -> String {
    let mut names = choice.inventory.matching(patterns);
    if let Some(limit) = choice.limit {
        let kept = choice.inventory.matching(limit);
        names.retain(|name| kept.contains(name));
    }
    let quoted: Vec<String> = patterns.iter().map(|pattern| format!("'{pattern}'")).collect();
    let lines: String = names.iter().map(|name| format!("      {name}\n")).collect();
    format!("    pattern: [{}]\n    hosts ({}):\n{lines}", quoted.join(", "), names.len())
}

fn tasks(found: &[Listed], arguments: &Arguments) -> String {
    let mut page = String::new();
    if arguments.list_tasks {
        page.push_str("    tasks:\n");
        for listed in found {
            page.push_str(&format!("      {}\tTAGS: [{}]\n", listed.name, joined(&listed.tags)));
        }
    }
    if arguments.list_tags {
        let all: Tags = found.iter().flat_map(|listed| listed.tags.iter().cloned()).collect();
        page.push_str(&format!("      TASK TAGS: [{}]\n", joined(&all)));
    }
    page
}

fn collect(play: &Play, own: &Tags, found: &mut Vec<Listed>) {
    nodes(&play.pre_tasks, own, found);
    play.roles.iter().for_each(|usage| role(usage, own, found));
    nodes(&play.tasks, own, found);
    nodes(&play.post_tasks, own, found);
}

fn role(usage: &RoleUse, outer: &Tags, found: &mut Vec<Listed>) {
    let own = with(outer, &usage.keywords.tags);
    usage.role.dependencies.iter().for_each(|dependency| role(dependency, &own, found));
    nodes(&usage.tasks, &own, found);
}

fn nodes(list: &[Node], outer: &Tags, found: &mut Vec<Listed>) {
    for node in list {
        match node {
            Node::Task(task) => found.push(Listed { name: name(task), tags: with(outer, &task.keywords.tags) }),
            Node::Block(block) | Node::Import(block) => {
                nodes(&block.body, &with(outer, &block.keywords.tags), found);
            }
            Node::Role(usage) => role(usage, outer, found),
            Node::Broken(_) => {}
        }
    }
}

fn name(task: &Task) -> String {
    match (&task.name, &task.role) {
        (None, _) => task.action.written.to_string(),
        (Some(name), None) => tree_source(name),
        (Some(name), Some(role)) => format!("{} : {}", role.name, tree_source(name)),
    }
}

fn with(outer: &Tags, more: &[Tree]) -> Tags {
    outer.iter().cloned().chain(tags(more)).collect()
}

fn tags(trees: &[Tree]) -> Tags {
    let texts = trees.iter().map(tree_source);
    let tags = texts.flat_map(|text| text.split(',').map(|tag| tag.trim().to_owned()).collect::<Vec<_>>());
    tags.filter(|tag| !tag.is_empty()).collect()
}

fn patterns(hosts: &Tree) -> Vec<String> {
    match hosts {
        Tree::List(items) => items.iter().map(tree_source).collect(),
        Tree::Data(value) => match value.items() {
            Some(items) => items.iter().map(ToString::to_string).collect(),
            None => vec![value.to_string()],
        },
        other => vec![tree_source(other)],
    }
}

fn joined(tags: &Tags) -> String {
    tags.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
