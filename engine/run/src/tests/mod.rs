//! Whole playbooks, held against what ansible-core 2.18 does with them.
//!
//! Every folder of `cases/` has a `play.yml` and in `expected.txt` what ansible-playbook told a callback that writes
//! one line for each event (`record` makes it anew). The modules here are just enough to run them.
mod modules;
mod outcome;
mod speed;
mod trace;

use crate::{DiskFiles, Engine, Inventory, Request, RunOutcome, RunTarget, SystemWorld};
use rolewright_language::{Loader, Settings};
use rolewright_template::{Lookup, Lookups};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trace::Trace;

pub(super) struct NoLookups;

impl Lookups for NoLookups {
    fn find(&self, name: &str) -> Option<Arc<dyn Lookup>> {
        modules::lookup(name)
    }
}

pub(super) fn engine() -> Engine {
    Engine {
        modules: Arc::new(modules::all()),
        lookups: Arc::new(NoLookups),
        system: Arc::new(SystemWorld),
        files: Arc::new(DiskFiles),
        settings: Arc::new(Settings::default()),
        cache: Arc::default(),
    }
}

pub(super) fn request(engine: &Engine, path: &Path) -> Result<Request, String> {
    let loader = Loader { files: &*engine.files, catalog: &*engine.modules, settings: &engine.settings };
    let playbook = loader.playbook(path).map_err(|error| error.to_string())?;
    Ok(Request {
        target: RunTarget::Playbook(Arc::new(playbook)),
        inventory: Arc::new(Inventory::default()),
        extra_vars: Vec::new(),
        extra_data: Vec::new(),
        extensions: crate::Extensions::default(),
        environment: Vec::new(),
        tags: Vec::new(),
        skip_tags: Vec::new(),
        check_mode: false,
        diff: false,
        verbosity: 0,
        gather_facts: true,
        cancel: crate::Cancel::default(),
        choices: crate::Choices::default(),
    })
}

/// Runs a playbook given as text.
pub(super) fn run_text(text: &str, adapt: impl FnOnce(&mut Request)) -> (RunOutcome, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("play.yml");
    std::fs::write(&path, text).unwrap();
    run_file(&path, adapt)
}

pub(super) fn run_file(path: &Path, adapt: impl FnOnce(&mut Request)) -> (RunOutcome, String) {
    let engine = engine();
    let mut request = request(&engine, path).unwrap();
    adapt(&mut request);
    let trace = Trace::new(path.parent().unwrap());
    let outcome = engine.run(request, &trace);
    let text = trace.finish(&outcome);
    (outcome, text)
}

/// Flags of ansible-playbook that a case's `args` may have.
fn adapt(request: &mut Request, directory: &Path) {
    let Ok(args) = std::fs::read_to_string(directory.join("args")) else { return };
    let mut words = args.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "--check" => request.check_mode = true,
            "--diff" => request.diff = true,
            "--tags" => request.tags = list(words.next()),
            "--skip-tags" => request.skip_tags = list(words.next()),
            "-e" => {
                let (name, value) = words.next().and_then(|pair| pair.split_once('=')).unwrap();
                let value = rolewright_template::Tree::data(value);
                request.extra_vars.push((name.into(), value));
            }
            "-i" => request.inventory = Arc::new(trace::inventory(words.next().unwrap())),
            name if name.contains('=') => {
                let (name, value) = name.split_once('=').unwrap();
                request.environment.push((name.into(), value.into()));
            }
            other => panic!("unknown argument {other}"),
        }
    }
}

fn list(word: Option<&str>) -> Vec<String> {
    word.unwrap_or_default().split(',').map(str::to_owned).collect()
}

#[test]
fn playbooks_run_as_under_ansible() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases");
    let only = std::env::var("CASE").unwrap_or_default();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| case.to_string_lossy().contains(&only)) {
        let expected = std::fs::read_to_string(case.join("expected.txt")).unwrap();
        let (_, got) = run_file(&case.join("play.yml"), |request| adapt(request, case));
        if got != expected {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("== {name}\n-- expected\n{expected}-- got\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
