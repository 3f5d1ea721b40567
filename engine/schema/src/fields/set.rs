//! Sets of fields.
use std::collections::BTreeMap;

use super::path::PathElement;
use super::schema::Schema;

/// A set of paths, as a tree. That a field below is in the set does not mean that the field itself is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    pub(super) nodes: BTreeMap<PathElement, Node>,
}

/// Never neither a member nor a parent of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) member: bool,
    pub(super) below: FieldSet,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

impl FieldSet {
    /// The set of these paths of field names.
    pub fn of_names(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let path: Vec<_> = path.iter().map(|name| PathElement::Field((*name).to_owned())).collect();
            set.insert(&path);
        }
        set
    }

    /// The whole object is no field.
    pub fn insert(&mut self, path: &[PathElement]) {
        let Some((last, parents)) = path.split_last() else { return };
        let mut at = self;
        for element in parents {
            at = &mut at.nodes.entry(element.clone()).or_default().below;
        }
        at.nodes.entry(last.clone()).or_default().member = true;
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn contains(&self, path: &[PathElement]) -> bool {
        let Some((last, parents)) = path.split_last() else { return false };
        let mut at = self;
        for element in parents {
            match at.nodes.get(element) {
                Some(node) => at = &node.below,
                None => return false,
            }
        }
        at.nodes.get(last).is_some_and(|node| node.member)
    }

    pub(super) fn node(&self, element: &PathElement) -> Option<&Node> {
        self.nodes.get(element)
    }

    pub fn union(&self, other: &Self) -> Self {
        let mut out = self.clone();
        for (element, theirs) in &other.nodes {
            let ours = out.nodes.entry(element.clone()).or_default();
            ours.member |= theirs.member;
            ours.below = ours.below.union(&theirs.below);
        }
        out
    }

    pub fn intersection(&self, other: &Self) -> Self {
        self.combined(|element, ours| {
            let theirs = other.nodes.get(element)?;
            Some(Node { member: ours.member && theirs.member, below: ours.below.intersection(&theirs.below) })
        })
    }

    /// What is here and not there. A parent there does not take away its children here.
    pub fn difference(&self, other: &Self) -> Self {
        self.combined(|element, ours| {
            let Some(theirs) = other.nodes.get(element) else { return Some(ours.clone()) };
            Some(Node { member: ours.member && !theirs.member, below: ours.below.difference(&theirs.below) })
        })
    }

    /// As `difference`, but a parent there takes away its children here.
    pub fn recursive_difference(&self, other: &Self) -> Self {
        self.combined(|element, ours| match other.nodes.get(element) {
            None => Some(ours.clone()),
            Some(theirs) if theirs.member => None,
            Some(theirs) => Some(Node { member: ours.member, below: ours.below.recursive_difference(&theirs.below) }),
        })
    }

    /// Only what lies at or under the fields of `other`.
    pub fn under(&self, other: &Self) -> Self {
        self.combined(|element, ours| match other.nodes.get(element) {
            None => None,
            Some(theirs) if theirs.member => Some(ours.clone()),
            Some(theirs) => Some(Node { member: false, below: ours.below.under(&theirs.below) }),
        })
    }

    fn combined(&self, combine: impl Fn(&PathElement, &Node) -> Option<Node>) -> Self {
        let nodes = self.nodes.iter().filter_map(|(element, node)| {
            let node = combine(element, node).filter(|n| !n.is_empty())?;
            Some((element.clone(), node))
        });
        Self { nodes: nodes.collect() }
    }

    /// With the named fields above every member: `a.b.c` makes `a` a member where the schema names `a`.
    pub(super) fn with_named_parents(&self, schema: &Schema<'_>) -> Self {
        let nodes = self.nodes.iter().map(|(element, node)| {
            let named = match element {
                PathElement::Field(name) => schema.names(name),
                _ => false,
            };
            let below = node.below.with_named_parents(&schema.child(element));
            (element.clone(), Node { member: node.member || (named && !node.below.is_empty()), below })
        });
        Self { nodes: nodes.collect() }
    }

    /// All members, those of a level before those below it.
    pub fn paths(&self) -> Vec<Vec<PathElement>> {
        let mut out = Vec::new();
        self.collect(&mut Vec::new(), &mut out);
        out
    }

    fn collect(&self, prefix: &mut Vec<PathElement>, out: &mut Vec<Vec<PathElement>>) {
        for (element, _) in self.nodes.iter().filter(|(_, node)| node.member) {
            out.push(prefix.iter().chain([element]).cloned().collect());
        }
        for (element, node) in &self.nodes {
            prefix.push(element.clone());
            node.below.collect(prefix, out);
            prefix.pop();
        }
    }
}
