//! The hosts of a run, their groups and variables.
use rolewright_language::ast::Vars;
use rolewright_template::Tree;
use std::sync::Arc;

/// Hosts and groups in the order they were written. Empty: there is only the implicit localhost.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub hosts: Vec<InventoryHost>,
    /// Without `all` and `ungrouped`, which every inventory has.
    pub groups: Vec<Group>,
    /// Variables of the group `all`.
    pub vars: Vars,
}

#[derive(Clone, Debug, Default)]
pub struct InventoryHost {
    pub name: Arc<str>,
    pub vars: Vars,
}

#[derive(Clone, Debug, Default)]
pub struct Group {
    pub name: Arc<str>,
    pub hosts: Vec<Arc<str>>,
    pub children: Vec<Arc<str>>,
    pub vars: Vars,
    /// `ansible_group_priority`: of groups equally deep, the higher one wins.
    pub priority: i64,
}

/// Groups and their hosts, in order.
pub type Groups = Vec<(Arc<str>, Vec<Arc<str>>)>;

pub(crate) const LOCALHOST: &str = "localhost";

impl Inventory {
    /// One host, this machine: what an operator gives its runs. In contrast to the implicit localhost, `all` matches
    /// it.
    pub fn localhost() -> Self {
        let vars = vec![("ansible_connection".into(), Tree::data("local"))];
        Self { hosts: vec![InventoryHost { name: LOCALHOST.into(), vars }], ..Self::default() }
    }

    pub(crate) fn host(&self, name: &str) -> Option<&InventoryHost> {
        self.hosts.iter().find(|host| &*host.name == name)
    }

    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| &*group.name == name)
    }

    /// Hosts of a group and of the groups below it, in inventory order.
    pub(crate) fn members(&self, name: &str) -> Vec<Arc<str>> {
        match name {
            "all" => self.hosts.iter().map(|host| Arc::clone(&host.name)).collect(),
            "ungrouped" => {
                let grouped = |host: &Arc<str>| self.groups.iter().any(|group| group.hosts.contains(host));
                self.hosts.iter().map(|host| Arc::clone(&host.name)).filter(|host| !grouped(host)).collect()
            }
            _ => {
                let mut found = Vec::new();
                self.collect(name, &mut found, &mut Vec::new());
                self.hosts.iter().map(|host| Arc::clone(&host.name)).filter(|host| found.contains(host)).collect()
            }
        }
    }

    /// `seen` keeps groups that contain each other from turning in circles.
    fn collect<'a>(&'a self, name: &'a str, found: &mut Vec<Arc<str>>, seen: &mut Vec<&'a str>) {
        if seen.contains(&name) {
            return;
        }
        seen.push(name);
        if let Some(group) = self.group(name) {
            found.extend(group.hosts.iter().cloned());
            for child in &group.children {
                self.collect(child, found, seen);
            }
        }
    }

    /// All groups with their hosts, as the variable `groups` shows them.
    pub(crate) fn groups_with_hosts(&self) -> Groups {
        let fixed = ["all", "ungrouped"].into_iter().map(|name| (Arc::from(name), self.members(name)));
        let own = self.groups.iter().map(|group| (Arc::clone(&group.name), self.members(&group.name)));
        fixed.chain(own).collect()
    }

    /// The groups a host is in (without `all`), those that win last.
    pub(crate) fn groups_of(&self, host: &str) -> Vec<&Group> {
        let mut groups: Vec<(usize, &Group)> = self
            .groups
            .iter()
            .filter(|group| self.members(&group.name).iter().any(|member| &**member == host))
            .map(|group| (self.depth(&group.name, 0), group))
            .collect();
        groups
            .sort_by(|(depth_a, a), (depth_b, b)| (depth_a, a.priority, &a.name).cmp(&(depth_b, b.priority, &b.name)));
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// How far below `all` a group is.
    fn depth(&self, name: &str, guard: usize) -> usize {
        if guard > self.groups.len() {
            return guard;
        }
        let parents = self.groups.iter().filter(|group| group.children.iter().any(|child| &**child == name));
        1 + parents.map(|parent| self.depth(&parent.name, guard + 1)).max().unwrap_or(0)
    }

    /// Variables that the inventory gives a host, those that win last.
    pub(crate) fn vars_of(&self, name: &str) -> Vec<(Arc<str>, Arc<Tree>)> {
        let groups = self.groups_of(name).into_iter().flat_map(|group| group.vars.iter());
        let own = self.host(name).map(|host| host.vars.iter()).unwrap_or_default();
        self.vars.iter().chain(groups).chain(own).cloned().collect()
    }

    /// The hosts that a pattern (`all`, `web:!db`, `web:&db`, `web*`, `~regex`) names, in inventory order.
    pub fn matching(&self, patterns: &[String]) -> Vec<Arc<str>> {
        let parts: Vec<&str> = patterns.iter().flat_map(|pattern| split(pattern)).collect();
        let mut chosen: Vec<Arc<str>> = Vec::new();
        let plain = |part: &&&str| !part.starts_with(['!', '&']);
        let starts_with_all = !parts.is_empty() && !parts.iter().any(|part| plain(&part));
        if starts_with_all {
            chosen = self.members("all");
        }
        for part in parts.iter().filter(plain) {
            for host in self.matching_one(part) {
                if !chosen.contains(&host) {
                    chosen.push(host);
                }
            }
        }
        for part in parts.iter().filter_map(|part| part.strip_prefix('&')) {
            let kept = self.matching_one(part);
            chosen.retain(|host| kept.contains(host));
        }
        for part in parts.iter().filter_map(|part| part.strip_prefix('!')) {
            let dropped = self.matching_one(part);
            chosen.retain(|host| !dropped.contains(host));
        }
        chosen
    }

    fn matching_one(&self, part: &str) -> Vec<Arc<str>> {
        let (name, slice) = subscript(part);
        let mut found = self.named(name);
        if let Some((from, to)) = slice {
            found = cut(&found, from, to);
        }
        found
    }

    fn named(&self, name: &str) -> Vec<Arc<str>> {
        let is_local = matches!(name, LOCALHOST | "127.0.0.1" | "::1");
        let matches = |candidate: &str| glob(name, candidate);
        let mut found = Vec::new();
        for group in self.groups_with_hosts() {
            if matches(&group.0) {
                found.extend(group.1);
            }
        }
        found.extend(self.hosts.iter().map(|host| Arc::clone(&host.name)).filter(|host| matches(host)));
        let mut unique: Vec<Arc<str>> = Vec::new();
        for host in found {
            if !unique.contains(&host) {
                unique.push(host);
            }
        }
        if unique.is_empty() && is_local {
            unique.push(name.into());
        }
        unique
    }
}

/// Patterns are divided by commas, else by colons outside of brackets (IPv6 addresses have colons as well).
fn split(pattern: &str) -> Vec<&str> {
    let commas = pattern.contains(',') || pattern.contains("::");
    let mut depth = 0_i32;
    let parts = pattern.split(move |letter: char| {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        if commas { letter == ',' } else { letter == ':' && depth <= 0 }
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

type Slice = (i64, Option<i64>);

/// `web[0]`, `web[1:3]`, `web[2:]`: name and range (ends included).
fn subscript(part: &str) -> (&str, Option<Slice>) {
    let Some((name, range)) = part.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) else {
        return (part, None);
    };
    let slice = match range.split_once([':', '-']).filter(|(from, _)| !from.is_empty()) {
        Some((from, "")) => from.parse().ok().map(|from| (from, Some(-1))),
        Some((from, to)) => from.parse().ok().zip(to.parse().ok()).map(|(from, to)| (from, Some(to))),
        None => range.parse().ok().map(|from| (from, None)),
    };
    match slice {
        Some(slice) => (name, Some(slice)),
        None => (part, None),
    }
}

fn cut(hosts: &[Arc<str>], from: i64, to: Option<i64>) -> Vec<Arc<str>> {
    let length = hosts.len() as i64;
    let place = |index: i64| if index < 0 { length + index } else { index };
    let (from, to) = (place(from), to.map_or_else(|| place(from), place));
    hosts
        .iter()
        .zip(0i64..)
        .filter(|(_, index)| (from..=to).contains(index))
        .map(|(host, _)| Arc::clone(host))
        .collect()
}

pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    if pattern.contains(['*', '?', '[']) {
        return globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(text));
    }
    pattern == text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory() -> Inventory {
        let host = |name: &str| InventoryHost { name: name.into(), ..InventoryHost::default() };
        let group = |name: &str, hosts: &[&str], children: &[&str]| Group {
            name: name.into(),
            hosts: hosts.iter().map(|name| (*name).into()).collect(),
            children: children.iter().map(|name| (*name).into()).collect(),
            ..Group::default()
        };
        Inventory {
            hosts: ["a1", "a2", "b1", "c"].map(host).into(),
            groups: vec![
                group("a", &["a1", "a2"], &[]),
                group("b", &["b1", "a2"], &[]),
                group("top", &[], &["a", "b"]),
            ],
            vars: Vec::new(),
        }
    }

    #[test]
    fn patterns() {
        let rows: &[(&[&str], &[&str])] = &[
            (&["all"], &["a1", "a2", "b1", "c"]),
            (&["*"], &["a1", "a2", "b1", "c"]),
            (&["a"], &["a1", "a2"]),
            (&["top"], &["a1", "a2", "b1"]),
            (&["a:b"], &["a1", "a2", "b1"]),
            (&["a,b"], &["a1", "a2", "b1"]),
            (&["a:&b"], &["a2"]),
            (&["a:!b"], &["a1"]),
            (&["all", "!a"], &["b1", "c"]),
            (&["!a"], &["b1", "c"]),
            (&["a?"], &["a1", "a2"]),
            (&["ungrouped"], &["c"]),
            (&["a[0]"], &["a1"]),
            (&["all[1:2]"], &["a2", "b1"]),
            (&["all[-1]"], &["c"]),
            (&["all[2:]"], &["b1", "c"]),
            (&["localhost"], &["localhost"]),
            (&["127.0.0.1"], &["127.0.0.1"]),
            (&["nobody"], &[]),
        ];
        for (patterns, expected) in rows {
            let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
            let found = inventory().matching(&patterns);
            assert_eq!(found.iter().map(|host| &**host).collect::<Vec<_>>(), *expected, "{patterns:?}");
        }
    }

    #[test]
    fn deeper_groups_and_then_hosts_win() {
        let mut inventory = inventory();
        let var = |value: &str| vec![(Arc::from("x"), Tree::data(value))];
        inventory.vars = var("all");
        inventory.groups[0].vars = var("a");
        inventory.groups[1].vars = var("b");
        inventory.groups[2].vars = var("top");
        inventory.hosts[0].vars = var("host");
        let last = |host: &str| inventory.vars_of(host).pop().and_then(|(_, tree)| tree.as_data().cloned());
        assert_eq!(last("a1"), Some("host".into()));
        assert_eq!(last("a2"), Some("b".into()));
        assert_eq!(last("c"), Some("all".into()));
    }
}
