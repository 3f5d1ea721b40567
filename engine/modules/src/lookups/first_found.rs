//! `first_found`: the first of several files that exists.
use super::{Named, flag, option};
use rolewright_run::{Surroundings, search_path};
use rolewright_template::{Context, Error, Result, Value};
use std::path::PathBuf;

/// Names to try, and whether finding none is fine.
struct Search {
    names: Vec<String>,
    skip: bool,
}

pub(super) fn first_found(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let search = search(terms, options)?;
    let kinds = ["templates", "vars", "files", "tasks"];
    let find = |name: &String| {
        let found = |path: &PathBuf| around.files.is_file(path) || around.files.is_dir(path);
        kinds.iter().find_map(|kind| search_path::candidates(&around.search_path, kind, name).into_iter().find(found))
    };
    match search.names.iter().find_map(find) {
        Some(path) => Ok(vec![Value::from(path.display().to_string())]),
        None if search.skip => Ok(Vec::new()),
        None => Err(Error::failed("No file was found when using first_found.")),
    }
}

fn search(terms: &[Value], options: &[Named]) -> Result<Search> {
    let mut all = Search { names: Vec::new(), skip: flag(options, "skip", false)? };
    if let Some(files) = option(options, "files") {
        all.names.extend(joined(option(options, "paths"), &words(files)));
    }
    for term in terms {
        add(&mut all, term)?;
    }
    Ok(all)
}

fn add(all: &mut Search, term: &Value) -> Result<()> {
    if term.is_dict() {
        let files = term.get("files").map(|files| words(&files)).unwrap_or_default();
        let paths = term.get("paths");
        all.names.extend(joined(paths.as_ref(), &files));
        all.skip |= term.get("skip").and_then(|skip| skip.to_bool()).unwrap_or(false);
        return Ok(());
    }
    match (term.items(), term.as_str()) {
        (Some(items), _) => items.iter().try_for_each(|item| add(all, item)),
        (None, Some(_)) => {
            all.names.extend(words(term));
            Ok(())
        }
        (None, None) => Err(Error::failed(format!(
            "Invalid term supplied, can handle string, mapping or list of strings but got: <class '{}'> for {term}",
            term.type_name()
        ))),
    }
}

/// A list, or text separated by commas, semicolons or (for paths) colons.
fn words(value: &Value) -> Vec<String> {
    match value.items() {
        Some(items) => items.iter().flat_map(words).collect(),
        None => value.to_string().split([',', ';']).map(|word| word.trim().to_owned()).collect(),
    }
}

fn joined(paths: Option<&Value>, files: &[String]) -> Vec<String> {
    let paths: Vec<String> = paths.map(words).unwrap_or_default();
    let paths: Vec<&str> = paths.iter().flat_map(|path| path.split(':')).filter(|path| !path.is_empty()).collect();
    if paths.is_empty() {
        return files.to_vec();
    }
    paths
        .iter()
        .flat_map(|path| files.iter().map(move |file| format!("{}/{file}", path.trim_end_matches('/'))))
        .collect()
}
