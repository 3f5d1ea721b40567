//! `template`: a rendered file put into place.
use super::carry_out;
use super::copy::{Put, Style, not_found};
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes};
use crate::options::{Kind, Opt, Options, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::{Overrides, Value};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct Template;

const OPTIONS: [Opt; 26] = joined(
    &[
        Opt::new("backup", Kind::Bool),
        Opt::new("block_end_string", Kind::Str),
        Opt::new("block_start_string", Kind::Str),
        Opt::new("comment_end_string", Kind::Str),
        Opt::new("comment_start_string", Kind::Str),
        Opt::new("dest", Kind::Path),
        Opt::new("follow", Kind::Bool),
        Opt::new("force", Kind::Bool),
        Opt::new("lstrip_blocks", Kind::Bool),
        Opt::new("newline_sequence", Kind::Str),
        Opt::new("output_encoding", Kind::Str),
        Opt::new("src", Kind::Path),
        Opt::new("state", Kind::Str),
        Opt::new("trim_blocks", Kind::Bool),
        Opt::new("validate", Kind::Str),
        Opt::new("variable_end_string", Kind::Str),
        Opt::new("variable_start_string", Kind::Str),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec { module: "template", options: &OPTIONS, rules: &[] };

impl Module for Template {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.template", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| template(cx, options))
    }
}

fn template(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    if options.has("state") {
        return Err("'state' cannot be specified on a template".into());
    }
    let (Some(source), Some(dest)) = (options.text("src"), options.text("dest")) else {
        return Err("src and dest are required".into());
    };
    let overrides = overrides(options)?;
    check_encoding(options)?;
    let path = cx.find("templates", &source).ok_or_else(|| not_found(cx, "templates", &source))?;
    let text = render(cx, &path, &dest, overrides)?;
    let mut style = style(options)?;
    if style.preserve {
        let metadata = std::fs::metadata(&path).map_err(|error| crate::fs::errno_at(&error, &path))?;
        style.attributes.mode = Some(Value::from(i64::from(metadata.mode() & 0o7777)));
    }
    let into = dest.ends_with('/') || Path::new(&dest).is_dir();
    let name = path.file_name().unwrap_or_default();
    let dest = if into { Path::new(&dest).join(name) } else { PathBuf::from(dest) };
    if let Some(folder) = dest.parent().filter(|folder| into && !cx.check_mode && !folder.exists()) {
        std::fs::create_dir_all(folder).map_err(|error| crate::fs::errno_at(&error, folder))?;
    }
    Put { cx, source: &source, from: Some(&path), dest, content: text.as_bytes(), style: &style }.run()
}

fn render(cx: &TaskContext<'_>, path: &Path, dest: &str, overrides: Option<Overrides>) -> Result<String, Failure> {
    let extra = about(cx, path, dest);
    let rendered = cx.surroundings.render_file_with(&cx.template, path, &extra, overrides.as_ref());
    rendered.map_err(|error| {
        let place = error.origin().map(|origin| format!(" ({origin})")).unwrap_or_default();
        let kind = if error.kind() == rolewright_template::ErrorKind::Undefined {
            "AnsibleUndefinedVariable"
        } else {
            "AnsibleError"
        };
        Failure::new(format!("{kind}: {error}{place}"))
    })
}

/// The variables that only a template task sets.
fn about(cx: &TaskContext<'_>, path: &Path, dest: &str) -> Vec<(Arc<str>, Value)> {
    use std::time::SystemTime;
    let modified: Option<SystemTime> = std::fs::metadata(path).ok().and_then(|metadata| metadata.modified().ok());
    let stamp = modified.and_then(|time| jiff::Timestamp::try_from(time).ok()).unwrap_or_default();
    let zone = cx.system.time_zone();
    let host = crate::machine::node_name(cx);
    let owner = std::fs::metadata(path).map(|metadata| crate::fs::account_name(metadata.uid())).unwrap_or_default();
    let shown = path.display().to_string();
    let pairs = [
        ("template_host", Value::from(host)),
        ("template_path", Value::from(shown.as_str())),
        ("template_mtime", Value::from(crate::clock::text(stamp, zone.clone()))),
        ("template_uid", Value::from(owner)),
        ("template_run_date", Value::from(crate::clock::text(cx.system.now(), zone))),
        ("template_destpath", Value::from(dest)),
        ("template_fullpath", Value::from(shown)),
        ("ansible_managed", Value::from("Ansible managed")),
    ];
    pairs.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()
}

fn style(options: &Options) -> Result<Style, Failure> {
    let attributes = Attributes::read(options)?;
    Ok(Style {
        preserve: attributes.mode.as_ref().and_then(Value::as_str) == Some("preserve"),
        attributes,
        backup: options.flag("backup", false),
        force: options.flag("force", true),
        follow: options.flag("follow", false),
        validate: options.text("validate"),
        unsafe_writes: options.flag("unsafe_writes", false),
        ..Style::default()
    })
}

/// What the task changes of the syntax; `None` when it changes nothing, so that the compiled file is shared.
fn overrides(options: &Options) -> Result<Option<Overrides>, Failure> {
    let newline = match options.text("newline_sequence").as_deref() {
        None => None,
        Some("\n" | "\\n") => Some("\n"),
        Some("\r" | "\\r") => Some("\r"),
        Some("\r\n" | "\\r\\n") => Some("\r\n"),
        Some(_) => return Err("newline_sequence needs to be one of: \n, \r or \r\n".into()),
    };
    const NAMES: [&str; 9] = [
        "block_start_string",
        "block_end_string",
        "variable_start_string",
        "variable_end_string",
        "comment_start_string",
        "comment_end_string",
        "newline_sequence",
        "trim_blocks",
        "lstrip_blocks",
    ];
    if !NAMES.iter().any(|name| options.has(name)) {
        return Ok(None);
    }
    let flag = |name: &str| options.get(name).and_then(Value::as_bool);
    Ok(Some(Overrides {
        block_start_string: options.text("block_start_string"),
        block_end_string: options.text("block_end_string"),
        variable_start_string: options.text("variable_start_string"),
        variable_end_string: options.text("variable_end_string"),
        comment_start_string: options.text("comment_start_string"),
        comment_end_string: options.text("comment_end_string"),
        newline_sequence: newline.map(str::to_owned),
        trim_blocks: flag("trim_blocks"),
        lstrip_blocks: flag("lstrip_blocks"),
    }))
}

fn check_encoding(options: &Options) -> Result<(), Failure> {
    let encoding = options.text_or("output_encoding", "utf-8").to_ascii_lowercase();
    if matches!(encoding.as_str(), "utf-8" | "utf8" | "ascii" | "us-ascii") {
        return Ok(());
    }
    Err(format!("output_encoding: only utf-8 can be written, not {encoding}").into())
}
