//! Loading from files in memory.
mod errors;
mod projects;

use super::*;
use crate::ast::Task;
use std::collections::BTreeMap;

/// Files in memory.
#[derive(Default)]
pub(super) struct Memory(BTreeMap<PathBuf, Arc<str>>);

impl Memory {
    /// `FILE\n` lines that begin with `=== ` and the text under each.
    pub(super) fn new(project: &str) -> Self {
        let parts = project.split("=== ").skip(1).filter_map(|part| part.split_once('\n'));
        Self(parts.map(|(path, text)| (PathBuf::from(path.trim()), text.into())).collect())
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
    fn is_dir(&self, path: &Path) -> bool {
        self.0.keys().any(|file| file != path && file.starts_with(path))
    }
    fn list(&self, path: &Path) -> Vec<PathBuf> {
        let inside = self.0.keys().filter(|file| file.starts_with(path) && *file != path);
        let mut entries: Vec<PathBuf> =
            inside.filter_map(|file| Some(path.join(file.strip_prefix(path).ok()?.iter().next()?))).collect();
        entries.dedup();
        entries
    }
    fn stamp(&self, path: &Path) -> Option<u64> {
        self.0.get(path).map(|text| text.len() as u64)
    }
}

pub(super) struct Shelf;

const MODULES: &[ModuleInfo] = &[
    ModuleInfo { name: "ansible.builtin.debug", free_form: FreeForm::No, expressions: &["var"] },
    ModuleInfo { name: "ansible.builtin.assert", free_form: FreeForm::No, expressions: &["that"] },
    ModuleInfo { name: "ansible.builtin.set_fact", free_form: FreeForm::No, expressions: &[] },
    ModuleInfo { name: "ansible.builtin.ping", free_form: FreeForm::No, expressions: &[] },
    ModuleInfo { name: "ansible.builtin.shell", free_form: FreeForm::Raw(&["chdir", "creates"]), expressions: &[] },
    ModuleInfo { name: "ansible.builtin.command", free_form: FreeForm::Raw(&["chdir"]), expressions: &[] },
    ModuleInfo { name: "ansible.builtin.include_vars", free_form: FreeForm::Word("file"), expressions: &[] },
    ModuleInfo { name: "kubernetes.core.k8s", free_form: FreeForm::No, expressions: &[] },
];

impl Catalog for Shelf {
    fn resolve(&self, written: &str, collections: &[Arc<str>]) -> Option<ModuleInfo> {
        let listed = collections.iter().map(|collection| format!("{collection}.{written}"));
        let names = listed.chain([format!("ansible.builtin.{written}"), written.to_owned()]);
        names.into_iter().find_map(|name| MODULES.iter().find(|module| module.name == name).cloned())
    }
    fn names(&self) -> Vec<&'static str> {
        MODULES.iter().map(|module| module.name).collect()
    }
}

pub(super) fn load(project: &str) -> Result<Playbook, Diagnostic> {
    load_with(project, &Settings::default())
}

pub(super) fn load_with(project: &str, settings: &Settings) -> Result<Playbook, Diagnostic> {
    let files = Memory::new(project);
    Loader { files: &files, catalog: &Shelf, settings }.playbook(Path::new("/p/site.yml"))
}

/// One play around some tasks.
pub(super) fn with_tasks(tasks: &str) -> String {
    let tasks: String = tasks.lines().map(|line| format!("    {line}\n")).collect();
    format!("=== /p/site.yml\n- hosts: localhost\n  tasks:\n{tasks}")
}

pub(super) fn first_task(tasks: &str) -> Arc<Task> {
    let playbook = load(&with_tasks(tasks)).unwrap_or_else(|error| panic!("{}", error.render(false)));
    match &playbook.plays[0].tasks[0] {
        Node::Task(task) => Arc::clone(task),
        other => panic!("{other:?}"),
    }
}
