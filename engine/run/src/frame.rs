//! Where in a play a task stands: the chain of blocks, roles and includes around it.
use crate::keywords::{Keyword, mask};
use crate::roles::RoleLayers;
use rolewright_language::ast::{Block, Keywords, Play, RoleUse, Task, Vars};
use rolewright_template::{Condition, Value};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// One level around a task; the innermost one is handed to whoever runs it.
pub(crate) struct Frame {
    pub(crate) parent: Option<Rc<Frame>>,
    pub(crate) level: Level,
    /// Tags of this level and all outer ones, rendered.
    pub(crate) tags: Rc<[Arc<str>]>,
    /// Which keywords this level or an outer one sets: most lookups end here.
    keywords: u32,
    pub(crate) has_includes: bool,
    pub(crate) has_params: bool,
    pub(crate) has_when: bool,
    pub(crate) depth: u32,
}

pub(crate) enum Level {
    Play(Arc<Play>),
    Role(RoleLevel),
    Block(Arc<Block>),
    Include(IncludeLevel),
}

pub(crate) struct RoleLevel {
    pub(crate) usage: Arc<RoleUse>,
    pub(crate) layers: Rc<RoleLayers>,
    /// Listed in `roles:` or a dependency, in contrast to imported and included ones: its `vars:` rank lower.
    pub(crate) listed: bool,
    /// Unique within a run.
    pub(crate) id: u64,
}

/// A dynamic include: its own keywords do not reach its content, those of `apply` do.
pub(crate) struct IncludeLevel {
    pub(crate) task: Arc<Task>,
    /// Loop variables of the including item.
    pub(crate) params: Vec<(Arc<str>, Value)>,
    pub(crate) apply: Option<Arc<Block>>,
    /// Where the included file stands, for relative includes inside of it.
    pub(crate) directory: PathBuf,
}

impl Level {
    pub(crate) fn keywords(&self) -> Option<&Keywords> {
        match self {
            Self::Play(play) => Some(&play.keywords),
            Self::Role(role) => Some(&role.usage.keywords),
            Self::Block(block) => Some(&block.keywords),
            Self::Include(include) => include.apply.as_deref().map(|block| &block.keywords),
        }
    }
}

impl Frame {
    pub(crate) fn new(parent: Option<&Rc<Frame>>, level: Level, own_tags: Vec<Arc<str>>) -> Rc<Self> {
        let outer = parent.map(|frame| &**frame);
        let tags = match outer {
            Some(frame) if own_tags.is_empty() => Rc::clone(&frame.tags),
            Some(frame) => frame.tags.iter().cloned().chain(own_tags).collect(),
            None => own_tags.into(),
        };
        let own = level.keywords();
        let includes = matches!(level, Level::Include(_));
        let params = matches!(&level, Level::Role(role) if !role.usage.params.is_empty());
        Rc::new(Self {
            tags,
            keywords: own.map_or(0, mask) | outer.map_or(0, |frame| frame.keywords),
            has_includes: includes || outer.is_some_and(|frame| frame.has_includes),
            has_params: params || outer.is_some_and(|frame| frame.has_params),
            has_when: own.is_some_and(|k| !k.when.is_empty()) || outer.is_some_and(|frame| frame.has_when),
            depth: outer.map_or(0, |frame| frame.depth + 1),
            parent: parent.cloned(),
            level,
        })
    }

    /// This level and all outer ones, inner first.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Frame> {
        std::iter::successors(Some(self), |frame| frame.parent.as_deref())
    }

    /// The roles around, inner first.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &RoleLevel> {
        self.chain().filter_map(|frame| match &frame.level {
            Level::Role(role) => Some(role),
            _ => None,
        })
    }

    /// Values of a keyword on this level and outer ones, inner first.
    pub(crate) fn keyword(&self, keyword: Keyword) -> impl Iterator<Item = &rolewright_template::Tree> {
        let start = (self.keywords & keyword.bit() != 0).then_some(self);
        std::iter::successors(start, |frame| frame.parent.as_deref())
            .filter_map(move |frame| keyword.of(frame.level.keywords()?))
    }

    /// What `apply:` of includes has to be notified, inner first.
    pub(crate) fn applied_notify(&self) -> impl Iterator<Item = &rolewright_template::Tree> {
        let start = self.has_includes.then_some(self);
        let levels = std::iter::successors(start, |frame| frame.parent.as_deref());
        levels.flat_map(|frame| match &frame.level {
            Level::Include(include) => {
                include.apply.as_deref().map(|block| block.notify.as_slice()).unwrap_or_default()
            }
            _ => &[],
        })
    }

    /// `when` conditions of all levels, outer first.
    pub(crate) fn conditions(&self) -> Vec<&Condition> {
        if !self.has_when {
            return Vec::new();
        }
        let mut levels: Vec<&[Condition]> =
            self.chain().filter_map(|frame| frame.level.keywords()).map(|keywords| keywords.when.as_slice()).collect();
        levels.reverse();
        levels.into_iter().flatten().collect()
    }

    /// Variables at the rank of `vars:` on blocks and tasks, inner first.
    pub(crate) fn block_vars(&self) -> impl Iterator<Item = &Vars> {
        self.chain()
            .flat_map(|frame| match &frame.level {
                Level::Block(block) => [Some(&block.vars), None],
                Level::Include(include) => {
                    [include.apply.as_deref().map(|block| &block.vars), Some(&include.task.vars)]
                }
                Level::Role(role) if !role.listed => [Some(&role.usage.vars), None],
                _ => [None, None],
            })
            .flatten()
    }
}
