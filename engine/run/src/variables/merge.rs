//! `ANSIBLE_HASH_BEHAVIOUR=merge`: dicts of lower ranks show through those of higher ones.
use rolewright_template::{Tree, Value, Var};
use std::sync::Arc;

/// `high` over `low`; anything but two dicts is replaced whole.
pub(crate) fn merge(low: &Var, high: &Var) -> Var {
    match (tree(low), tree(high)) {
        (Some(low), Some(high)) => Var::Lazy(Arc::new(merge_trees(&low, &high))),
        _ => high.clone(),
    }
}

/// Only dicts take part.
pub(crate) fn is_dict(var: &Var) -> bool {
    match var {
        Var::Data(value) => value.is_dict(),
        Var::Lazy(tree) => matches!(&**tree, Tree::Map(_)) || tree.as_data().is_some_and(Value::is_dict),
    }
}

fn tree(var: &Var) -> Option<Tree> {
    is_dict(var).then(|| match var {
        Var::Data(value) => Tree::Data(value.clone()),
        Var::Lazy(tree) => (**tree).clone(),
    })
}

fn entries(tree: &Tree) -> Option<Vec<(Tree, Tree)>> {
    match tree {
        Tree::Map(entries) => Some(entries.clone()),
        Tree::Data(value) => {
            Some(value.entries()?.into_iter().map(|(key, value)| (Tree::Data(key), Tree::Data(value))).collect())
        }
        _ => None,
    }
}

fn merge_trees(low: &Tree, high: &Tree) -> Tree {
    let (Some(mut merged), Some(over)) = (entries(low), entries(high)) else { return high.clone() };
    for (key, value) in over {
        let same = merged.iter_mut().find(|(other, _)| key.as_data().is_some() && other.as_data() == key.as_data());
        match same {
            Some((_, old)) => *old = merge_trees(old, &value),
            None => merged.push((key, value)),
        }
    }
    Tree::Map(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dicts_merge_at_every_depth() {
        let var = |json: serde_json::Value| Var::Data(Value::from(json));
        let merged = merge(
            &var(serde_json::json!({"a": {"x": 1, "y": 1}, "b": [1]})),
            &var(serde_json::json!({"a": {"y": 2}, "b": [2], "c": 3})),
        );
        let Var::Lazy(tree) = merged else { panic!("not a tree") };
        let Tree::Map(entries) = &*tree else { panic!("not a map") };
        assert_eq!(entries.len(), 3);
        assert!(matches!(&entries[0].1, Tree::Map(inner) if inner.len() == 2));
        assert!(matches!(merge(&var(1.into()), &var(2.into())), Var::Data(Value::Int(2))));
    }
}
