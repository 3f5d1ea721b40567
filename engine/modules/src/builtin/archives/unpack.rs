//! `unarchive`: what is in an archive, put into a folder.
use super::format::{Content, Entry, Format};
use crate::builtin::carry_out;
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes, Diff, Write, errno, exists_itself, is_link};
use crate::http::{Follow, Request, Tls, send};
use crate::options::{Kind, Opt, Options, Rule, Spec, joined};
use globset::{Glob, GlobMatcher};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

pub(in crate::builtin) struct Unarchive;

const OPTIONS: [Opt; 22] = joined(
    &[
        Opt::new("copy", Kind::Bool),
        Opt::new("creates", Kind::Path),
        Opt::new("decrypt", Kind::Bool),
        Opt::new("dest", Kind::Path).required(),
        Opt::new("exclude", Kind::Texts),
        Opt::new("extra_opts", Kind::Texts),
        Opt::new("include", Kind::Texts),
        Opt::new("io_buffer_size", Kind::Int),
        Opt::new("keep_newer", Kind::Bool),
        Opt::new("list_files", Kind::Bool),
        Opt::new("remote_src", Kind::Bool),
        Opt::new("src", Kind::Path).required(),
        Opt::new("validate_certs", Kind::Bool),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec {
    module: "ansible.legacy.unarchive",
    options: &OPTIONS,
    rules: &[Rule::Exclusive(&["include", "exclude"]), Rule::Exclusive(&["copy", "remote_src"])],
};

impl Module for Unarchive {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.unarchive", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| unarchive(cx, options))
    }
}

fn unarchive(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    if let Some(path) = options.text("creates").filter(|path| Path::new(path).exists()) {
        return Ok(Outcome::skipped(format!("skipped, since {path} exists")));
    }
    if options.texts("extra_opts").iter().any(|option| !option.is_empty()) {
        return Err(
            "extra_opts: archives are read without tar and unzip, so there is nobody to take their options".into()
        );
    }
    let (source, dest) = (options.text_or("src", ""), options.text_or("dest", ""));
    if !Path::new(&dest).is_dir() {
        return Err(format!("dest '{dest}' must be an existing dir").into());
    }
    let bytes = bytes(cx, options, &source)?;
    let format = Format::of(&bytes).ok_or_else(|| {
        Failure::new(format!(
            "Failed to find handler for \"{source}\". Only tar, tar.gz and zip archives can be extracted here."
        ))
    })?;
    let unreadable = |error: std::io::Error| format!("Failed to read the archive \"{source}\": {error}");
    let chosen = Chosen::read(options)?;
    let mut entries = format.read(&bytes).map_err(unreadable)?;
    entries.retain(|entry| chosen.holds(&entry.name));
    let extraction = Extraction {
        cx,
        dest: PathBuf::from(&dest),
        attributes: Attributes::read(options)?,
        keep_newer: options.flag("keep_newer", false),
    };
    let (changed, extracted) = extraction.run(&entries)?;
    let mut outcome = Outcome::ok(changed).with("dest", dest).with("src", source).with("handler", format.handler());
    if extracted && !cx.check_mode {
        let results = [("rc", Value::from(0)), ("out", Value::from("")), ("err", Value::from(""))];
        outcome = outcome.with("extract_results", Value::dict(results));
    }
    if options.flag("list_files", false) {
        outcome = outcome.with("files", Value::list(entries.iter().map(|entry| Value::from(entry.name.as_str()))));
    }
    Ok(outcome)
}

/// The archive: a file of the project, of this machine, or of a web server.
fn bytes(cx: &TaskContext<'_>, options: &Options, source: &str) -> Result<Vec<u8>, Failure> {
    let remote = options.flag("remote_src", !options.flag("copy", true));
    if remote && source.contains("://") {
        return download(cx, options, source);
    }
    let path = if remote {
        PathBuf::from(source)
    } else {
        cx.find("files", source).ok_or_else(|| crate::builtin::copy::not_found(cx, "files", source))?
    };
    if !path.exists() {
        return Err(format!("Source '{source}' does not exist").into());
    }
    std::fs::read(&path).map_err(|error| format!("Source '{source}' not readable: {}", errno(&error)).into())
}

fn download(cx: &TaskContext<'_>, options: &Options, url: &str) -> Result<Vec<u8>, Failure> {
    let validate = options.flag("validate_certs", true);
    let request = Request {
        url: url.to_owned(),
        method: "GET".to_owned(),
        headers: vec![("User-Agent".to_owned(), "ansible-httpget".to_owned())],
        unredirected: Vec::new(),
        body: None,
        follow: Follow::All,
        timeout: Duration::from_secs(600),
        tls: Tls { validate, ca_path: None, client_cert: None, client_key: None },
        unix_socket: None,
        use_proxy: true,
        user: None,
        basic_at_once: false,
    };
    let response = send(cx, &request).map_err(|reason| format!("Failure downloading {url}, {reason}"))?;
    if response.status != 200 {
        return Err(format!("Failure downloading {url}, HTTP Error {}: {}", response.status, response.reason).into());
    }
    Ok(response.body)
}

/// `include` and `exclude`.
struct Chosen {
    include: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
}

impl Chosen {
    fn read(options: &Options) -> Result<Self, Failure> {
        let globs = |name: &str| -> Result<Vec<GlobMatcher>, Failure> {
            let compile = |pattern: &String| Glob::new(pattern).map(|glob| glob.compile_matcher());
            let patterns = options.texts(name);
            let all: Result<_, _> = patterns.iter().filter(|pattern| !pattern.is_empty()).map(compile).collect();
            all.map_err(|error| format!("{name}: {error}").into())
        };
        Ok(Self { include: globs("include")?, exclude: globs("exclude")? })
    }

    /// A folder that is named stands for all that is in it.
    fn holds(&self, name: &str) -> bool {
        let name = Path::new(name.trim_start_matches("./").trim_end_matches('/'));
        let any = |globs: &[GlobMatcher]| name.ancestors().any(|path| globs.iter().any(|glob| glob.is_match(path)));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}

struct Extraction<'a> {
    cx: &'a TaskContext<'a>,
    dest: PathBuf,
    attributes: Attributes,
    keep_newer: bool,
}

impl Extraction<'_> {
    /// Whether anything changed, and whether anything was extracted.
    fn run(&self, entries: &[Entry]) -> Result<(bool, bool), Failure> {
        let paths: Vec<PathBuf> = entries.iter().map(Entry::path).collect::<Result<_, _>>()?;
        let mut extracted = false;
        for (entry, path) in entries.iter().zip(&paths) {
            let path = self.dest.join(path);
            if self.is_there(entry, &path) {
                continue;
            }
            extracted = true;
            if !self.cx.check_mode {
                self.put(entry, &path)?;
            }
        }
        let mut changed = extracted;
        for path in paths.iter().map(|path| self.dest.join(path)).filter(|path| path.exists() && *path != self.dest) {
            changed |= self.attributes.apply(self.cx, &path, &mut Diff::default())?;
        }
        Ok((changed, extracted))
    }

    fn is_there(&self, entry: &Entry, path: &Path) -> bool {
        match &entry.content {
            Content::Folder => path.is_dir(),
            Content::Link(target) => std::fs::read_link(path).is_ok_and(|there| there == *target),
            Content::File(bytes) => {
                self.is_newer(entry, path) || (!is_link(path) && std::fs::read(path).is_ok_and(|there| there == *bytes))
            }
        }
    }

    /// `keep_newer`: a file that is newer than the archive's stays.
    fn is_newer(&self, entry: &Entry, path: &Path) -> bool {
        let there = path.metadata().and_then(|metadata| metadata.modified()).ok();
        self.keep_newer && there.zip(time_of(entry)).is_some_and(|(there, archived)| there > archived)
    }

    fn put(&self, entry: &Entry, path: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::new(crate::fs::errno_at(&error, path));
        self.stays_inside(path)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        match &entry.content {
            Content::Folder => std::fs::create_dir_all(path).map_err(failed)?,
            Content::Link(target) => {
                if exists_itself(path) {
                    std::fs::remove_file(path).map_err(failed)?;
                }
                return symlink(target, path).map_err(failed);
            }
            Content::File(bytes) => {
                if is_link(path) {
                    std::fs::remove_file(path).map_err(failed)?;
                }
                Write { path, content: bytes, validate: None, terse: true, unsafe_writes: false }.run(self.cx)?;
            }
        }
        std::fs::set_permissions(path, Permissions::from_mode(entry.mode)).map_err(failed)?;
        match time_of(entry) {
            Some(time) if !path.is_dir() => {
                let file = std::fs::File::open(path).map_err(failed)?;
                file.set_modified(time).map_err(failed)
            }
            _ => Ok(()),
        }
    }

    /// A link that the archive made earlier must not lead out of the destination.
    fn stays_inside(&self, path: &Path) -> Result<(), Failure> {
        let root = std::fs::canonicalize(&self.dest).map_err(|error| errno(&error))?;
        let folder = path.ancestors().skip(1).find(|folder| folder.exists());
        let real = folder.and_then(|folder| std::fs::canonicalize(folder).ok());
        if real.is_some_and(|real| real.starts_with(&root)) {
            return Ok(());
        }
        Err(format!("'{}' leads out of the destination through a link", path.display()).into())
    }
}

fn time_of(entry: &Entry) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(entry.modified?))
}
