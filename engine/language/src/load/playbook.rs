//! A playbook: plays, and playbooks that it imports.
use super::attributes::Owner;
use super::key_value;
use super::play::empty_play;
use super::session::{Place, Result, Session, normal};
use super::vars::merge;
use crate::Diagnostic;
use crate::ast::{Play, Playbook, Vars};
use crate::yaml::Node;
use rolewright_template::{Condition, Origin, Tree};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const IMPORT: &[&str] = &["import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"];

/// What an `import_playbook` adds to every play it brings.
#[derive(Clone, Default)]
struct Around {
    vars: Vars,
    when: Vec<Condition>,
    tags: Vec<Tree>,
}

impl Session<'_> {
    pub(super) fn playbook(&self, path: &Path) -> Result<Playbook> {
        let path = normal(path);
        let plays = self.plays(&path, &Around::default())?;
        Ok(Playbook { path, plays, warnings: self.take_warnings() })
    }

    /// `hosts: localhost`, `roles: [role]`.
    pub(super) fn role_playbook(&self, role_path: &Path) -> Result<Playbook> {
        let role = Arc::new(self.role_at(role_path)?);
        let origin = Origin { file: role_path.to_string_lossy().into(), line: 1, column: 1 };
        let play =
            Play { roles: vec![role], ..empty_play(origin, self.playbook_dir(), Tree::Data("localhost".into())) };
        let plays = vec![Arc::new(play)];
        Ok(Playbook { path: role_path.to_owned(), plays, warnings: self.take_warnings() })
    }

    fn plays(&self, path: &Path, around: &Around) -> Result<Vec<Arc<Play>>> {
        let file = self.read(path)?;
        let place = Place::of_file(&file);
        let error = |message: String| Err(place.error("bad-playbook", message, &file.node));
        let items = match file.node.as_seq() {
            _ if file.node.is_null() => return error(format!("Empty playbook, nothing to do: {}", file.name)),
            None => {
                let class = file.node.class();
                return error(format!("A playbook must be a list of plays, got a {class} instead: {}", file.name));
            }
            Some([]) => return error(format!("A playbook must contain at least one play: {}", file.name)),
            Some(items) => items,
        };
        let mut plays = Vec::new();
        for item in items {
            if let Err(error) = self.entry(item, around, &place, &mut plays) {
                let broken = self.broken(error)?;
                let hosts = self.optional(item.get("hosts")).unwrap_or_else(|| Tree::Data("localhost".into()));
                let play = empty_play(item.origin.clone(), self.playbook_dir(), hosts);
                let gather_facts = Some(Tree::Data(false.into()));
                plays.push(Arc::new(Play { tasks: vec![broken], gather_facts, ..play }));
            }
        }
        Ok(plays)
    }

    fn entry(&self, item: &Node, around: &Around, place: &Place, plays: &mut Vec<Arc<Play>>) -> Result<()> {
        if item.as_map().is_none() {
            let message = "playbook entries must be either valid plays or 'import_playbook' statements";
            return Err(place.error("bad-playbook", message, item));
        }
        match IMPORT.iter().find_map(|name| item.get(name)) {
            Some(name) => plays.extend(self.import_playbook(item, name, around, place)?),
            None => {
                let mut play = self.play(item, &around.vars, place)?;
                let mut when = around.when.clone();
                when.append(&mut play.keywords.when);
                play.keywords.when = when;
                play.keywords.tags.extend(around.tags.iter().cloned());
                plays.push(Arc::new(play));
            }
        }
        Ok(())
    }

    fn import_playbook(&self, item: &Node, name: &Node, around: &Around, place: &Place) -> Result<Vec<Arc<Play>>> {
        Owner::PlaybookInclude.check(item, place)?;
        let vars = self.vars(item.get("vars"), Some("PlaybookInclude"), place)?;
        let keywords = self.keywords(item, place)?;
        let path = self.imported_path(name, &vars, place)?;
        let inner = Around {
            vars: merge(vars, around.vars.clone()),
            when: around.when.iter().cloned().chain(keywords.when).collect(),
            tags: around.tags.iter().cloned().chain(keywords.tags).collect(),
        };
        let key = format!("playbook {}", path.display());
        self.guarded(
            key,
            || place.recursion(&path.display().to_string(), name),
            || {
                let source = |error: Diagnostic| match error.origin {
                    None => error.at(&name.origin).with_source(&place.text),
                    Some(_) => error,
                };
                self.in_directory(super::directory(&path), || self.plays(&path, &inner)).map_err(source)
            },
        )
    }

    fn imported_path(&self, name: &Node, vars: &Vars, place: &Place) -> Result<PathBuf> {
        let bad = |message: String| place.error("bad-import", message, name);
        let text = match name.as_str() {
            Some(text) => text,
            None if name.is_null() => return Err(bad("playbook import parameter is missing".to_owned())),
            None => {
                let class = name.class();
                let message =
                    format!("playbook import parameter must be a string indicating a file path, got {class} instead");
                return Err(bad(message));
            }
        };
        let pieces = key_value::split(text).map_err(bad)?;
        let Some(file) = pieces.first() else {
            return Err(bad("import_playbook statements must specify the file name to import".to_owned()));
        };
        let rendered = self
            .render_name(&self.text(file.trim(), name), &place.known.with(vars), None)
            .map_err(|error| bad(format!("the playbook's name '{text}' cannot be known: {error}")))?;
        Ok(self.collection_playbook(&rendered).unwrap_or_else(|| {
            let directory = place.directories.first().cloned().unwrap_or_else(|| self.playbook_dir());
            normal(&directory.join(&rendered))
        }))
    }

    /// `namespace.collection.playbook`.
    fn collection_playbook(&self, name: &str) -> Option<PathBuf> {
        let [namespace, collection, playbook] = *name.split('.').collect::<Vec<_>>() else { return None };
        let part = Path::new("ansible_collections").join(namespace).join(collection).join("playbooks");
        let roots = self.settings.collections_path.iter();
        let files =
            roots.flat_map(|root| ["yml", "yaml"].map(|end| root.join(&part).join(format!("{playbook}.{end}"))));
        files.into_iter().find(|path| self.files.is_file(path))
    }
}
