//! Walking all that a playbook holds: for lint, doctor and the rules an operator needs.
use crate::Diagnostic;
use crate::ast::{Block, Node, Play, Playbook, RoleUse, Task};
use std::sync::Arc;

/// What a walk comes by, outer things first.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    Play(&'a Play),
    Role(&'a RoleUse),
    Block(&'a Block),
    /// The block that stands for an imported file.
    Import(&'a Block),
    Task(&'a Task),
    Broken(&'a Diagnostic),
}

/// Everything in a playbook, in the order of the files; a role that is used twice is walked twice.
pub fn playbook<'a>(playbook: &'a Playbook, visit: &mut dyn FnMut(Item<'a>)) {
    for play in &playbook.plays {
        visit(Item::Play(play));
        nodes(&play.pre_tasks, visit);
        play.roles.iter().for_each(|used| role(used, visit));
        nodes(&play.tasks, visit);
        nodes(&play.post_tasks, visit);
        nodes(&play.handlers, visit);
    }
}

/// A role, after the roles it depends on.
pub fn role<'a>(used: &'a Arc<RoleUse>, visit: &mut dyn FnMut(Item<'a>)) {
    used.role.dependencies.iter().for_each(|dependency| role(dependency, visit));
    visit(Item::Role(used));
    nodes(&used.tasks, visit);
    nodes(&used.handlers, visit);
}

/// A list of tasks and all that is in it.
pub fn nodes<'a>(list: &'a [Node], visit: &mut dyn FnMut(Item<'a>)) {
    for node in list {
        match node {
            Node::Task(task) => visit(Item::Task(task)),
            Node::Role(used) => role(used, visit),
            Node::Broken(error) => visit(Item::Broken(error)),
            Node::Block(inner) => {
                visit(Item::Block(inner));
                block(inner, visit);
            }
            Node::Import(inner) => {
                visit(Item::Import(inner));
                block(inner, visit);
            }
        }
    }
}

fn block<'a>(block: &'a Block, visit: &mut dyn FnMut(Item<'a>)) {
    for list in [&block.body, &block.rescue, &block.always] {
        nodes(list, visit);
    }
}
