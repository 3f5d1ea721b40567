//! `include_vars`: variables from files, rendered when they are read.
use super::with_options;
use crate::options::{Kind, Opt, Options, Rule, Spec};
use rolewright_language::ast::Vars;
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext, search_path};
use rolewright_template::{Tree, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct IncludeVars;

const SPEC: Spec = Spec {
    module: "include_vars",
    options: &[
        Opt::new("file", Kind::Str),
        Opt::new("dir", Kind::Str),
        Opt::new("name", Kind::Str),
        Opt::new("depth", Kind::Int),
        Opt::new("files_matching", Kind::Str),
        Opt::new("ignore_files", Kind::Texts),
        Opt::new("extensions", Kind::Texts),
        Opt::new("ignore_unknown_extensions", Kind::Bool),
        Opt::new("hash_behaviour", Kind::Str).choices(&["replace", "merge"]),
    ],
    rules: &[Rule::Exclusive(&["file", "dir"])],
};

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

impl Module for IncludeVars {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.include_vars", free_form: FreeForm::Word("file"), expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let mut args = args.clone();
        if let Some(file) = args.free_form.take() {
            args.map.insert("file".into(), Value::from(file.trim_end_matches('\n')));
        }
        with_options(&SPEC, cx, &args, |options| Ok(include(cx, options)))
    }
}

fn include(cx: &TaskContext<'_>, options: &Options) -> Outcome {
    let files = match (options.text("file").filter(|file| !file.is_empty()), options.text("dir")) {
        (Some(file), _) => one_file(cx, &file),
        (None, Some(dir)) => directory(cx, options, &dir),
        (None, None) => Err("Could not find file or directory: give `file` or `dir`".to_owned()),
    };
    let read = files.and_then(|files| {
        let mut vars: Vars = Vec::new();
        for file in &files {
            let more = cx.load_vars(file).map_err(|diagnostic| diagnostic.to_string())?;
            vars.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
            vars.extend(more);
        }
        Ok((files, vars))
    });
    match read {
        Ok((files, vars)) => included(&files, named(options, vars)),
        // The reference tells what went wrong in `message`, and the operator reads `msg`: both hold it.
        Err(message) => Outcome::failed(message.as_str())
            .with("message", message)
            .with("ansible_included_var_files", Value::list([])),
    }
}

fn included(files: &[PathBuf], vars: Vars) -> Outcome {
    let names = files.iter().map(|path| Value::from(path.display().to_string()));
    Outcome { vars, ..Outcome::ok(false) }.with("ansible_included_var_files", Value::list(names))
}

/// With `name`, all of them become one dict.
fn named(options: &Options, vars: Vars) -> Vars {
    let Some(name) = options.text("name").filter(|name| !name.is_empty()) else { return vars };
    let entries = vars.into_iter().map(|(key, tree)| (Tree::Data(Value::from(key)), (*tree).clone()));
    vec![(Arc::from(name.as_str()), Arc::new(Tree::Map(entries.collect())))]
}

/// Extensions matter in folders only.
fn one_file(cx: &TaskContext<'_>, file: &str) -> Result<Vec<PathBuf>, String> {
    cx.find("vars", file).map(|path| vec![path]).ok_or_else(|| not_found(cx, file))
}

fn not_found(cx: &TaskContext<'_>, file: &str) -> String {
    let tried = search_path::candidates(cx.search_path, "vars", file);
    let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
    format!("Could not find or access '{file}'\nSearched in:\n\t{}", tried.join("\n\t"))
}

fn extensions(options: &Options) -> Vec<String> {
    let given = options.texts("extensions");
    if given.is_empty() { EXTENSIONS.map(str::to_owned).to_vec() } else { given }
}

fn has_extension(options: &Options, path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
    extensions(options).iter().any(|known| known.trim_start_matches('.') == extension)
}

fn directory(cx: &TaskContext<'_>, options: &Options, dir: &str) -> Result<Vec<PathBuf>, String> {
    let path = cx.find("vars", dir).unwrap_or_else(|| PathBuf::from(dir));
    if !cx.files.is_dir(&path) {
        let exists = if cx.files.is_file(&path) { "is not a directory" } else { "directory does not exist" };
        return Err(format!("{} {exists}", path.display()));
    }
    let matching = options.text("files_matching").map(|pattern| regex::Regex::new(&pattern)).transpose();
    let matching = matching.map_err(|error| format!("files_matching: {error}"))?;
    let ignored: Result<Vec<regex::Regex>, _> =
        options.texts("ignore_files").iter().map(|pattern| regex::Regex::new(&format!("{pattern}$"))).collect();
    let ignored = ignored.map_err(|error| format!("ignore_files: {error}"))?;
    let mut found = Vec::new();
    let depth = options.int("depth").filter(|depth| *depth > 0).unwrap_or(i64::MAX);
    walk(cx, &path, depth, &mut found);
    let mut files = Vec::new();
    for file in found {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let wanted = matching.as_ref().is_none_or(|pattern| pattern.is_match(&name));
        if !wanted || ignored.iter().any(|pattern| pattern.is_match(&name)) {
            continue;
        }
        if has_extension(options, &file) {
            files.push(file);
        } else if !options.flag("ignore_unknown_extensions", false) && matching.is_none() {
            let allowed = extensions(options).join(", ");
            return Err(format!("{} does not have a valid extension: {allowed}", file.display()));
        }
    }
    Ok(files)
}

fn walk(cx: &TaskContext<'_>, path: &Path, depth: i64, found: &mut Vec<PathBuf>) {
    if depth == 0 {
        return;
    }
    let (directories, files): (Vec<_>, Vec<_>) =
        cx.files.list(path).into_iter().partition(|entry| cx.files.is_dir(entry));
    found.extend(files);
    directories.iter().for_each(|directory| walk(cx, directory, depth - 1, found));
}
