//! `community.general.archive`: files and folders put into an archive.
use super::format::{Content, Entry, Format, gunzip, gzip};
use crate::builtin::carry_out;
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes, Diff, Write, errno_at, walk};
use crate::options::{Kind, Opt, Options, Spec, joined};
use globset::Glob;
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(in crate::builtin) struct Archive;

const OPTIONS: [Opt; 16] = joined(
    &[
        Opt::new("dest", Kind::Path),
        Opt::new("exclude_path", Kind::Texts),
        Opt::new("exclusion_patterns", Kind::Texts),
        Opt::new("force_archive", Kind::Bool),
        Opt::new("format", Kind::Str).choices(&["bz2", "gz", "tar", "xz", "zip"]),
        Opt::new("path", Kind::Texts).required(),
        Opt::new("remove", Kind::Bool),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec { module: "community.general.archive", options: &OPTIONS, rules: &[] };

impl Module for Archive {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "community.general.archive", free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["archive"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| archive(cx, options))
    }
}

fn archive(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let kind = options.text_or("format", "gz");
    let format = match kind.as_str() {
        "gz" => Format::TarGz,
        "tar" => Format::Tar,
        "zip" => Format::Zip,
        other => return Err(format!("format: {other} cannot be written here; gz, tar and zip can").into()),
    };
    let (given, excluded) = (expanded(cx, options, "path"), expanded(cx, options, "exclude_path"));
    let (paths, missing): (Vec<PathBuf>, Vec<PathBuf>) =
        given.iter().filter(|path| !excluded.contains(path)).cloned().partition(|path| crate::fs::exists_itself(path));
    let single = match paths.as_slice() {
        [one] if given.len() == 1 && !one.is_dir() && !options.flag("force_archive", false) => Some(one.clone()),
        _ => None,
    };
    let dest = dest(options, &kind, &given)?;
    let root = root_of(&given);
    let entries = entries(options, &paths, &excluded, &root, &dest)?;
    let list = |paths: &[PathBuf]| Value::list(paths.iter().map(|path| Value::from(path.display().to_string())));
    let sources: Vec<PathBuf> = entries.iter().map(|(path, _)| path.clone()).collect();
    let state = match (paths.is_empty(), &single, missing.is_empty()) {
        (true, ..) => {
            if dest.exists() {
                "archive"
            } else {
                "absent"
            }
        }
        (_, Some(_), _) if format != Format::Zip && format != Format::Tar => "compress",
        (_, _, true) => "archive",
        _ => "incomplete",
    };
    let mut changed = false;
    if !paths.is_empty() {
        let entries: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
        let compressed = single.as_deref().filter(|_| format == Format::TarGz);
        changed |= write(cx, &dest, format, &entries, compressed)?;
        changed |= Attributes::read(options)?.apply(cx, &dest, &mut Diff::default())?;
        if options.flag("remove", false) {
            changed = true;
            remove(cx, &paths)?;
        }
    }
    Ok(Outcome::ok(changed)
        .with("archived", list(&sources.into_iter().filter(|path| !path.is_dir()).collect::<Vec<_>>()))
        .with("arcroot", format!("{}/", root.display().to_string().trim_end_matches('/')))
        .with("dest", dest.display().to_string())
        .with("dest_state", state)
        .with("expanded_exclude_paths", list(&excluded))
        .with("expanded_paths", list(&given))
        .with("missing", list(&missing)))
}

/// Patterns become the paths they match; what is no pattern stays, there or not.
fn expanded(cx: &TaskContext<'_>, options: &Options, name: &str) -> Vec<PathBuf> {
    let env = |name: &str| cx.system.env(name);
    let paths = options.texts(name).into_iter().map(|path| crate::options::expand_path(&path, &env));
    paths
        .flat_map(|path| {
            let is_pattern = path.contains(['*', '?']);
            if is_pattern { crate::files::glob(&path).collect() } else { vec![PathBuf::from(path)] }
        })
        .collect()
}

fn dest(options: &Options, kind: &str, given: &[PathBuf]) -> Result<PathBuf, Failure> {
    let dest = match (options.text("dest"), given) {
        (Some(dest), _) => PathBuf::from(dest),
        (None, [one]) => PathBuf::from(format!("{}.{kind}", one.display())),
        (None, _) => {
            return Err("Error, must specify \"dest\" when archiving multiple files or trees".into());
        }
    };
    match dest.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => Err(format!("Destination directory {} does not exist", folder.display()).into()),
        None => Ok(dest),
    }
}

/// The folder that all paths are in.
fn root_of(paths: &[PathBuf]) -> PathBuf {
    let folder = |path: &PathBuf| path.parent().map(Path::to_owned).unwrap_or_default();
    let mut root = paths.first().map(folder).unwrap_or_default();
    for path in paths {
        while !folder(path).starts_with(&root) {
            root.pop();
        }
    }
    root
}

fn entries(
    options: &Options,
    paths: &[PathBuf],
    excluded: &[PathBuf],
    root: &Path,
    dest: &Path,
) -> Result<Vec<(PathBuf, Entry)>, Failure> {
    let patterns = options.texts("exclusion_patterns");
    let globs: Result<Vec<_>, _> = patterns.iter().map(|pattern| Glob::new(pattern)).collect();
    let globs = globs.map_err(|error| format!("exclusion_patterns: {error}"))?;
    let globs: Vec<_> = globs.iter().map(Glob::compile_matcher).collect();
    let mut all = Vec::new();
    for path in paths {
        let below = if path.is_dir() { walk(path, false) } else { Vec::new() };
        // The folder itself is made by what is in it.
        let own = if path.is_dir() { None } else { Some(path.clone()) };
        for path in own.into_iter().chain(below) {
            let out = excluded.iter().any(|excluded| path.starts_with(excluded)) || path == dest;
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            if out || globs.iter().any(|glob| glob.is_match(&path) || glob.is_match(&name)) {
                continue;
            }
            let entry = entry(&path, name).map_err(|error| errno_at(&error, &path))?;
            all.push((path, entry));
        }
    }
    Ok(all)
}

fn entry(path: &Path, name: String) -> std::io::Result<Entry> {
    let metadata = path.symlink_metadata()?;
    let content = if metadata.is_dir() {
        Content::Folder
    } else if metadata.is_symlink() {
        Content::Link(std::fs::read_link(path)?)
    } else {
        Content::File(std::fs::read(path)?)
    };
    Ok(Entry { name, content, mode: metadata.mode() & 0o7777, modified: u64::try_from(metadata.mtime()).ok() })
}

/// True when the archive did not hold just this already.
fn write(
    cx: &TaskContext<'_>,
    dest: &Path,
    format: Format,
    entries: &[Entry],
    compressed: Option<&Path>,
) -> Result<bool, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("Error when writing {}: {error}", dest.display()));
    let old = std::fs::read(dest).ok();
    let (same, bytes) = match compressed {
        Some(path) => {
            let content = std::fs::read(path).map_err(|error| errno_at(&error, path))?;
            let same = old.and_then(|old| gunzip(&old).ok()).is_some_and(|old| old == content);
            (same, gzip(&content).map_err(failed)?)
        }
        None => {
            let held = old.and_then(|old| format.read(&old).ok()).map(|held| names(&held));
            (held == Some(names(entries)), format.write(entries).map_err(failed)?)
        }
    };
    if !same && !cx.check_mode {
        Write { path: dest, content: &bytes, validate: None, terse: true, unsafe_writes: false }.run(cx)?;
    }
    Ok(!same)
}

fn names(entries: &[Entry]) -> Vec<(String, Content)> {
    let pair = |entry: &Entry| (entry.name.trim_end_matches('/').to_owned(), entry.content.clone());
    let mut all: Vec<(String, Content)> = entries.iter().map(pair).collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

fn remove(cx: &TaskContext<'_>, paths: &[PathBuf]) -> Result<(), Failure> {
    if cx.check_mode {
        return Ok(());
    }
    for path in paths {
        let is_folder = path.is_dir() && !crate::fs::is_link(path);
        let removed = if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        removed.map_err(|error| format!("Error deleting some source files: {}", errno_at(&error, path)))?;
    }
    Ok(())
}
