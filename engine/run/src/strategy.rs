//! The linear strategy: every task on all hosts before the next one; blocks with their rescue and always parts.
use crate::execution::{Execution, Stop};
use crate::frame::{Frame, Level};
use crate::hosts::{HostId, Status};
use rolewright_language::ast::{Block, Node};
use std::rc::Rc;
use std::sync::Arc;

/// Blocks, roles and includes inside each other; deeper than this is taken for an endless recursion.
const DEEPEST: u32 = 1500;

impl Execution<'_> {
    /// Runs a task list. `active` loses the hosts that fail or leave.
    pub(crate) fn run_nodes(
        &mut self,
        nodes: &[Node],
        frame: &Rc<Frame>,
        active: &mut Vec<HostId>,
    ) -> Result<(), Stop> {
        if frame.depth > DEEPEST {
            let message = "roles, blocks or includes are nested too deeply; does one include itself without an end?";
            return Err(crate::play::run_failed(message.into()));
        }
        for node in nodes {
            self.drop_gone(active);
            if active.is_empty() {
                break;
            }
            self.run_node(node, frame, active)?;
        }
        self.drop_gone(active);
        Ok(())
    }

    fn run_node(&mut self, node: &Node, frame: &Rc<Frame>, active: &mut Vec<HostId>) -> Result<(), Stop> {
        match node {
            Node::Task(task) => self.run_task(task, frame, active),
            Node::Block(block) | Node::Import(block) => {
                let tags = self.rendered_tags(&block.keywords.tags, frame);
                let inner = Frame::new(Some(frame), Level::Block(Arc::clone(block)), tags);
                self.run_block(block, &inner, active)
            }
            Node::Role(usage) => self.run_role(usage, frame, active, false),
            Node::Broken(diagnostic) => {
                self.fail_all(active, &diagnostic.to_string());
                Ok(())
            }
        }
    }

    /// Hosts that left the play while they were in an inner list.
    fn drop_gone(&self, active: &mut Vec<HostId>) {
        if self.play.broken {
            active.clear();
        }
        active.retain(|host| !self.is_gone(*host));
    }

    fn is_gone(&self, host: HostId) -> bool {
        matches!(self.play.status(host), Status::Ended | Status::Unreachable)
            || self.play.left.iter().any(|(_, left)| *left == host)
    }

    fn run_block(&mut self, block: &Block, frame: &Rc<Frame>, active: &mut Vec<HostId>) -> Result<(), Stop> {
        if block.rescue.is_empty() && block.always.is_empty() {
            return self.run_nodes(&block.body, frame, active);
        }
        let entered = active.clone();
        let rescues = u32::from(!block.rescue.is_empty());
        self.rescuers += rescues;
        self.shelters += 1;
        let ran = self.run_nodes(&block.body, frame, active);
        self.rescuers -= rescues;
        self.shelters -= 1;
        ran?;
        if !block.rescue.is_empty() && !self.play.broken {
            let mut rescued: Vec<HostId> =
                entered.iter().copied().filter(|host| !active.contains(host) && !self.is_gone(*host)).collect();
            for host in &rescued {
                self.play.set_status(*host, Status::Running);
            }
            let sheltered = u32::from(!block.always.is_empty());
            self.shelters += sheltered;
            let ran = self.run_nodes(&block.rescue, frame, &mut rescued);
            self.shelters -= sheltered;
            ran?;
            *active = entered.iter().copied().filter(|host| active.contains(host) || rescued.contains(host)).collect();
        }
        if !block.always.is_empty() && !self.play.broken {
            self.run_always(block, frame, &entered, active)?;
        }
        Ok(())
    }

    /// `always` runs on every host that is still there; those that failed before it stay failed.
    fn run_always(
        &mut self,
        block: &Block,
        frame: &Rc<Frame>,
        entered: &[HostId],
        active: &mut Vec<HostId>,
    ) -> Result<(), Stop> {
        let failed: Vec<HostId> =
            entered.iter().copied().filter(|host| !active.contains(host) && !self.is_gone(*host)).collect();
        let mut all: Vec<HostId> = entered.iter().copied().filter(|host| !self.is_gone(*host)).collect();
        self.run_nodes(&block.always, frame, &mut all)?;
        for host in failed {
            if self.play.status(host) == Status::Running {
                self.play.set_status(host, Status::Failed);
            }
        }
        active.retain(|host| all.contains(host));
        Ok(())
    }
}
