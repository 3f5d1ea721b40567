//! `find`: files by name, kind, age, size, mode and content.
use super::carry_out;
use super::stat::{numbers_of, time_of};
use crate::failure::Failure;
use crate::fs::digest_of_file;
use crate::options::{Kind, Opt, Options, Spec};
use globset::{GlobBuilder, GlobMatcher};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::{PythonRegex, Value};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(super) struct Find;

const SPEC: Spec = Spec {
    module: "find",
    options: &[
        Opt::new("age", Kind::Str),
        Opt::new("age_stamp", Kind::Str).choices(&["atime", "ctime", "mtime"]),
        Opt::new("contains", Kind::Str),
        Opt::new("depth", Kind::Int),
        Opt::new("encoding", Kind::Str),
        Opt::new("exact_mode", Kind::Bool),
        Opt::new("excludes", Kind::Texts).aliases(&["exclude"]),
        Opt::new("file_type", Kind::Str).choices(&["any", "directory", "file", "link"]),
        Opt::new("follow", Kind::Bool),
        Opt::new("get_checksum", Kind::Bool),
        Opt::new("hidden", Kind::Bool),
        Opt::new("limit", Kind::Int),
        Opt::new("mode", Kind::Raw),
        Opt::new("paths", Kind::Texts).required().aliases(&["name", "path"]),
        Opt::new("patterns", Kind::Texts).aliases(&["pattern"]),
        Opt::new("read_whole_file", Kind::Bool),
        Opt::new("recurse", Kind::Bool),
        Opt::new("size", Kind::Str),
        Opt::new("use_regex", Kind::Bool),
    ],
    rules: &[],
};

impl Module for Find {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.find", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| {
            let search = Search::read(cx, options)?;
            let env = |name: &str| cx.system.env(name);
            let paths = options.texts("paths").into_iter().map(|path| crate::options::expand_path(&path, &env));
            search.run(paths.collect())
        })
    }
}

enum Name {
    Glob(GlobMatcher),
    Regex(PythonRegex),
}

struct Search {
    patterns: Vec<Name>,
    excludes: Vec<Name>,
    kind: String,
    hidden: bool,
    follow: bool,
    depth: Option<usize>,
    limit: Option<usize>,
    checksum: bool,
    size: Option<i64>,
    age: Option<(f64, String)>,
    now: f64,
    mode: Option<Value>,
    exact_mode: bool,
    contains: Option<(PythonRegex, bool)>,
}

#[derive(Default)]
struct Progress {
    files: Vec<Value>,
    examined: i64,
    skipped: Vec<(String, Value)>,
    warnings: Vec<String>,
}

fn amount(options: &Options, name: &'static str, units: &[(char, i64)]) -> Result<Option<i64>, Failure> {
    let Some(text) = options.text(name) else { return Ok(None) };
    let failure = || Failure::new(format!("failed to process {name}")).with(name, text.as_str());
    let lower = text.to_ascii_lowercase();
    let unit = units.iter().find(|(letter, _)| lower.ends_with(*letter));
    let digits = unit.map_or(lower.as_str(), |_| &lower[..lower.len() - 1]);
    let number: i64 = digits.parse().map_err(|_| failure())?;
    number.checked_mul(unit.map_or(1, |(_, factor)| *factor)).map(Some).ok_or_else(failure)
}

impl Search {
    fn read(cx: &TaskContext<'_>, options: &Options) -> Result<Self, Failure> {
        let regex = options.flag("use_regex", false);
        let names = |name: &str| -> Result<Vec<Name>, Failure> {
            options.texts(name).iter().map(|pattern| Name::read(pattern, regex)).collect()
        };
        let seconds = amount(options, "age", &[('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)])?;
        let size =
            amount(options, "size", &[('b', 1), ('k', 1 << 10), ('m', 1 << 20), ('g', 1 << 30), ('t', 1 << 40)])?;
        let positive =
            |name: &str| options.int(name).and_then(|number| usize::try_from(number).ok()).filter(|n| *n > 0);
        if let Some(limit) = options.int("limit").filter(|limit| *limit <= 0) {
            return Err(format!("limit cannot be {limit} (use None for unlimited)").into());
        }
        let whole = options.flag("read_whole_file", false);
        let contains = match options.text("contains") {
            Some(pattern) => Some((PythonRegex::new(&pattern).map_err(|error| error.to_string())?, whole)),
            None => None,
        };
        let recurse = options.flag("recurse", false);
        Ok(Self {
            patterns: names("patterns")?,
            excludes: names("excludes")?,
            kind: options.text_or("file_type", "file"),
            hidden: options.flag("hidden", false),
            follow: options.flag("follow", false),
            depth: if recurse { positive("depth") } else { Some(1) },
            limit: positive("limit"),
            checksum: options.flag("get_checksum", false),
            size,
            age: seconds.map(|seconds| (seconds as f64, options.text_or("age_stamp", "mtime"))),
            now: cx.system.now().as_microsecond() as f64 / 1e6,
            mode: options.get("mode").cloned(),
            exact_mode: options.flag("exact_mode", true),
            contains,
        })
    }

    fn run(&self, paths: Vec<String>) -> Result<Outcome, Failure> {
        let mut progress = Progress::default();
        for path in paths {
            if Path::new(&path).is_dir() {
                self.folder(Path::new(&path), 1, &mut Vec::new(), &mut progress)?;
                continue;
            }
            let why = format!("'{path}' is not a directory");
            progress.warnings.push(format!("Skipped '{path}' path due to this access issue: {why}\n"));
            progress.skipped.push((path, Value::from(why)));
        }
        let message = if !progress.warnings.is_empty() {
            "Not all paths examined, check warnings for details"
        } else if self.is_full(&progress) {
            "Limit of matches reached"
        } else {
            "All paths examined"
        };
        let matched = progress.files.len() as i64;
        Ok(Outcome { warnings: progress.warnings, ..Outcome::ok(false) }
            .with("files", Value::list(progress.files))
            .with("msg", message)
            .with("matched", matched)
            .with("examined", progress.examined)
            .with("skipped_paths", Value::dict(progress.skipped)))
    }

    fn is_full(&self, progress: &Progress) -> bool {
        self.limit.is_some_and(|limit| progress.files.len() >= limit)
    }

    /// One folder: its files, then its folders, then what is in those.
    fn folder(
        &self,
        folder: &Path,
        depth: usize,
        above: &mut Vec<PathBuf>,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                let why = format!("{}: '{}'", crate::fs::errno(&error), folder.display());
                progress.skipped.push((folder.display().to_string(), Value::from(why)));
                return Ok(());
            }
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| path.is_dir());
        progress.examined += (folders.len() + files.len()) as i64;
        for path in files.iter().chain(&folders) {
            if self.is_full(progress) {
                return Ok(());
            }
            self.entry(path, progress)?;
        }
        if self.depth.is_some_and(|limit| depth >= limit) {
            return Ok(());
        }
        above.push(crate::fs::real_path(folder));
        for path in folders {
            let circle = above.contains(&crate::fs::real_path(&path));
            if !circle && !self.is_full(progress) && (self.follow || !crate::fs::is_link(&path)) {
                self.folder(&path, depth + 1, above, progress)?;
            }
        }
        above.pop();
        Ok(())
    }

    fn entry(&self, path: &Path, progress: &mut Progress) -> Result<(), Failure> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
        if (name.starts_with('.') && !self.hidden) || !self.wants(&name, path, &metadata)? {
            return Ok(());
        }
        let mut facts = vec![("path", Value::from(path.display().to_string()))];
        facts.extend(numbers_of(&metadata));
        if self.checksum && metadata.is_file() {
            facts.push(("checksum", digest_of_file("sha1", path).map_or(Value::None, Value::verbatim)));
        }
        progress.files.push(Value::dict(facts));
        Ok(())
    }

    fn wants(&self, name: &str, path: &Path, metadata: &Metadata) -> Result<bool, Failure> {
        let kind = match self.kind.as_str() {
            "directory" => metadata.is_dir(),
            "file" => metadata.is_file(),
            "link" => metadata.is_symlink(),
            _ => true,
        };
        let sized = |size: i64| {
            let actual = i64::try_from(metadata.size()).unwrap_or(i64::MAX);
            !metadata.is_file() || if size >= 0 { actual >= size } else { actual <= -size }
        };
        let aged = |(age, stamp): &(f64, String)| {
            let past = self.now - time_of(metadata, stamp);
            if *age >= 0.0 { past >= *age } else { past <= -*age }
        };
        Ok(kind
            && (self.patterns.is_empty() || any(&self.patterns, name)?)
            && !any(&self.excludes, name)?
            && self.size.is_none_or(sized)
            && self.age.as_ref().is_none_or(aged)
            && self.has_mode(metadata)?
            && (self.kind != "file" || self.has_content(path)?))
    }

    fn has_mode(&self, metadata: &Metadata) -> Result<bool, Failure> {
        let Some(mode) = &self.mode else { return Ok(true) };
        let wanted = crate::fs::wanted_mode(mode, metadata)?;
        let actual = metadata.mode() & 0o7777;
        Ok(if self.exact_mode { actual == wanted } else { actual & wanted != 0 })
    }

    fn has_content(&self, path: &Path) -> Result<bool, Failure> {
        let Some((regex, whole)) = &self.contains else { return Ok(true) };
        // What cannot be read has nothing in it.
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
        let found = |text: &str| regex.find(text).map_err(|error| error.to_string());
        if *whole {
            return Ok(found(&text)?.is_some());
        }
        for line in text.split_inclusive('\n') {
            let start = found(line)?.and_then(|groups| groups.0.into_iter().next().flatten()).map(|span| span.start);
            if start == Some(0) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Name {
    fn read(pattern: &str, regex: bool) -> Result<Self, Failure> {
        if regex {
            let compiled = PythonRegex::new(pattern).map_err(|error| error.to_string())?;
            return Ok(Self::Regex(compiled));
        }
        let glob = GlobBuilder::new(pattern).build().map_err(|error| error.to_string())?;
        Ok(Self::Glob(glob.compile_matcher()))
    }
}

fn any(names: &[Name], text: &str) -> Result<bool, Failure> {
    for name in names {
        let matches = match name {
            Name::Glob(glob) => glob.is_match(text),
            // Python's `match`: at the start of the name.
            Name::Regex(regex) => {
                let found = regex.find(text).map_err(|error| error.to_string())?;
                found.and_then(|groups| groups.0.into_iter().next().flatten()).is_some_and(|span| span.start == 0)
            }
        };
        if matches {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::Find;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn files_by_what_they_are() {
        let machine = Machine::new();
        machine.write("parts/1.conf", "one\n");
        machine.write("parts/2.conf", "two");
        machine.write("parts/3.txt", "#x\nthree\n");
        machine.write("parts/.hidden", "one");
        machine.write("as2", "one\n----\ntwo");
        for (args, paths, examined) in [
            (json!({"paths": "@/parts", "patterns": "*.conf"}), "parts/1.conf parts/2.conf", 4),
            (json!({"paths": "@", "file_type": "directory", "recurse": true}), "parts", 6),
            (json!({"paths": ["@"], "use_regex": true, "patterns": ["^as\\d?$"], "size": "3"}), "as2", 2),
            (json!({"paths": "@", "contains": "one.*", "recurse": true}), "as2 parts/1.conf", 6),
            (json!({"paths": "@", "contains": ".*wo", "recurse": true, "hidden": true}), "as2 parts/2.conf", 6),
            (
                json!({"paths": "@/parts", "excludes": "*.txt", "hidden": true}),
                "parts/.hidden parts/1.conf parts/2.conf",
                4,
            ),
            (json!({"paths": "@", "recurse": true, "depth": 1}), "as2", 2),
            (json!({"paths": "@", "recurse": true, "limit": 2}), "as2 parts/1.conf", 6),
            (json!({"paths": "@/parts", "size": "-4"}), "parts/1.conf parts/2.conf", 4),
            (json!({"paths": "@/parts", "age": "1d"}), "", 4),
            (json!({"paths": "@/parts", "mode": "0600"}), "", 4),
            (json!({"path": "@", "file_type": "any"}), "as2 parts", 2),
        ] {
            let result = machine.result(&Find, args.clone());
            let found: Vec<&str> =
                result["files"].as_array().unwrap().iter().map(|file| &file["path"].as_str().unwrap()[2..]).collect();
            assert_eq!((found.join(" ").as_str(), result["examined"].as_i64()), (paths, Some(examined)), "{args}");
            assert_eq!(result["matched"].as_u64(), Some(found.len() as u64));
        }
        let nothing = machine.result(&Find, json!({"paths": "@/no"}));
        assert_eq!(nothing["msg"], "Not all paths examined, check warnings for details");
        assert_eq!(nothing["skipped_paths"], json!({"@/no": "'@/no' is not a directory"}));
        let sum = machine.result(&Find, json!({"paths": "@/parts", "patterns": "1.conf", "get_checksum": true}));
        assert_eq!(sum["files"][0]["checksum"], "c7059bb19433cc3cabaa6236c83d56668a843dd2");
        machine.fails(&Find, json!({"paths": "@", "age": "x"}), "failed to process age");
    }
}
