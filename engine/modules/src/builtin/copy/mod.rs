//! `copy`: files and folders of the project or of this machine, or content, put into place.
pub(super) mod content;
mod put;
mod tree;

pub(super) use put::{Put, Style};

use super::carry_out;
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes, errno};
use crate::options::{Kind, Opt, Options, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext, search_path};
use rolewright_template::Value;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(super) struct Copy;

const OPTIONS: [Opt; 21] = joined(
    &[
        Opt::new("backup", Kind::Bool),
        Opt::new("checksum", Kind::Str),
        Opt::new("content", Kind::Raw),
        Opt::new("decrypt", Kind::Bool),
        Opt::new("dest", Kind::Path),
        Opt::new("directory_mode", Kind::Raw),
        Opt::new("follow", Kind::Bool),
        Opt::new("force", Kind::Bool).aliases(&["thirsty"]),
        Opt::new("local_follow", Kind::Bool),
        Opt::new("remote_src", Kind::Bool),
        Opt::new("src", Kind::Path),
        Opt::new("validate", Kind::Str),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec { module: "ansible.legacy.copy", options: &OPTIONS, rules: &[] };

impl Module for Copy {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.copy", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| copy(cx, options))
    }
}

fn copy(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let source = options.text("src").filter(|source| !source.is_empty());
    let content = options.get("content");
    let dest = options.text("dest").filter(|dest| !dest.is_empty());
    match (&source, content, dest) {
        (None, None, _) => Err("src (or content) is required".into()),
        (_, _, None) => Err("dest is required".into()),
        (Some(_), Some(_), _) => Err("src and content are mutually exclusive".into()),
        (None, Some(content), Some(dest)) => from_content(cx, options, content, &dest),
        (Some(source), None, Some(dest)) => from_source(cx, options, source, &dest),
    }
}

fn from_content(cx: &TaskContext<'_>, options: &Options, content: &Value, dest: &str) -> Result<Outcome, Failure> {
    if dest.ends_with('/') || Path::new(dest).is_dir() {
        return Err("can not use content with a dir as dest".into());
    }
    let bytes = content::bytes(content)?;
    let style = Style::read(options)?;
    Put { cx, source: dest, from: None, dest: dest.into(), content: &bytes, style: &style }.run()
}

fn from_source(cx: &TaskContext<'_>, options: &Options, source: &str, dest: &str) -> Result<Outcome, Failure> {
    let remote = options.flag("remote_src", false);
    let found = if remote { remote_source(source)? } else { local_source(cx, source)? };
    let mut style = Style::read(options)?;
    style.remote = remote;
    if found.is_dir() {
        let directory_mode = options.get("directory_mode").cloned();
        let follow = options.flag("local_follow", true);
        return tree::Tree { cx, source, from: &found, dest, style: &style, directory_mode, follow }.run();
    }
    let into = dest.ends_with('/') || Path::new(dest).is_dir();
    if remote && into && !Path::new(dest).is_dir() {
        return Err(no_directory(Path::new(dest.trim_end_matches('/'))));
    }
    let name = found.file_name().unwrap_or_default();
    let path = if into { Path::new(dest).join(name) } else { PathBuf::from(dest) };
    if into && !cx.check_mode {
        make_folder(cx, Path::new(dest), options.get("directory_mode").cloned(), &style.attributes)?;
    }
    let bytes = read_source(cx, &style, &found)?;
    let style = style.preserving(&found)?;
    Put { cx, source, from: Some(&found), dest: path, content: &bytes, style: &style }.run()
}

/// A destination that ends in a slash is made as a folder.
fn make_folder(
    cx: &TaskContext<'_>,
    folder: &Path,
    mode: Option<Value>,
    attributes: &Attributes,
) -> Result<(), Failure> {
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).collect();
    for folder in missing.into_iter().rev() {
        let made = std::fs::create_dir(folder);
        made.map_err(|error| format!("could not create {}: {}", folder.display(), errno(&error)))?;
        attributes.with_mode(mode.clone()).apply(cx, folder, &mut crate::fs::Diff::default())?;
    }
    Ok(())
}

fn remote_source(source: &str) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(source);
    if path.exists() { Ok(path) } else { Err(format!("Source {source} not found").into()) }
}

/// A file or folder of the project.
fn local_source(cx: &TaskContext<'_>, source: &str) -> Result<PathBuf, Failure> {
    cx.find("files", source).ok_or_else(|| not_found(cx, "files", source))
}

/// Where a file of the project was looked for.
pub(super) fn not_found(cx: &TaskContext<'_>, kind: &str, name: &str) -> Failure {
    let tried = search_path::candidates(cx.search_path, kind, name);
    let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
    Failure::new(format!(
        "Could not find or access '{name}'\nSearched in:\n\t{} on the Ansible Controller.\nIf you are using a module \
         and expect the file to exist on the remote, see the remote_src option",
        tried.join("\n\t")
    ))
}

fn no_directory(folder: &Path) -> Failure {
    Failure::new(format!("Destination directory {} does not exist", folder.display()))
}

fn read_source(cx: &TaskContext<'_>, style: &Style, path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes =
        std::fs::read(path).map_err(|error| format!("Source {} not readable: {}", path.display(), errno(&error)))?;
    style.opened(cx, bytes, path)
}

impl Style {
    fn read(options: &Options) -> Result<Self, Failure> {
        let attributes = Attributes::read(options)?;
        Ok(Self {
            preserve: attributes.mode.as_ref().and_then(Value::as_str) == Some("preserve"),
            attributes,
            backup: options.flag("backup", false),
            force: options.flag("force", true),
            follow: options.flag("follow", false),
            validate: options.text("validate"),
            checksum: options.text("checksum"),
            unsafe_writes: options.flag("unsafe_writes", false),
            terse: false,
            remote: false,
            decrypt: options.flag("decrypt", true),
        })
    }

    /// `mode: preserve`: the mode of the source.
    fn preserving(&self, from: &Path) -> Result<Self, Failure> {
        if !self.preserve {
            return Ok(self.clone());
        }
        let metadata = std::fs::metadata(from).map_err(|error| errno(&error))?;
        let mode = Value::from(i64::from(metadata.mode() & 0o7777));
        Ok(Self { attributes: self.attributes.with_mode(Some(mode)), ..self.clone() })
    }
}

#[cfg(test)]
mod tests;
