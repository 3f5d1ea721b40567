//! `stat`: what is known of a file.
use super::carry_out;
use crate::failure::Failure;
use crate::fs::{account_name, digest_of_file, errno, group_name, real_path};
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

pub(super) struct Stat;

const SPEC: Spec = Spec {
    module: "stat",
    options: &[
        Opt::new("checksum_algorithm", Kind::Str)
            .choices(crate::fs::ALGORITHMS)
            .aliases(&["checksum", "checksum_algo"]),
        Opt::new("follow", Kind::Bool),
        Opt::new("get_attributes", Kind::Bool).aliases(&["attr", "attributes"]),
        Opt::new("get_checksum", Kind::Bool),
        Opt::new("get_mime", Kind::Bool).aliases(&["mime", "mime-type", "mime_type"]),
        Opt::new("path", Kind::Path).required().aliases(&["dest", "name"]),
    ],
    rules: &[],
};

impl Module for Stat {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.stat", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| {
            let facts = facts(options)?;
            Ok(Outcome::ok(false).with("stat", Value::dict(facts)))
        })
    }
}

pub(super) type Facts = Vec<(&'static str, Value)>;

fn facts(options: &Options) -> Result<Facts, Failure> {
    let path = options.text_or("path", "");
    let file = Path::new(&path);
    let follow = options.flag("follow", false);
    let metadata = if follow { file.metadata() } else { file.symlink_metadata() };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![("exists", Value::Bool(false))]),
        Err(error) => {
            let text = errno(&error);
            return Err(text.split_once("] ").map_or(text.as_str(), |(_, text)| text).into());
        }
    };
    let mut facts = vec![("exists", Value::Bool(true)), ("path", Value::from(path.as_str()))];
    numbers(&metadata, &mut facts);
    kinds(&metadata, &mut facts);
    bits(metadata.mode(), &mut facts);
    access(file, &metadata, &mut facts);
    if metadata.is_symlink() {
        let target = std::fs::read_link(file).map(|target| target.display().to_string()).unwrap_or_default();
        facts.push(("lnk_source", Value::from(real_path(file).display().to_string())));
        facts.push(("lnk_target", Value::from(target)));
    }
    if metadata.is_file() && options.flag("get_checksum", true) {
        let algorithm = options.text_or("checksum_algorithm", "sha1");
        if let Some(sum) = digest_of_file(&algorithm, file) {
            facts.push(("checksum", Value::verbatim(sum)));
        }
    }
    if options.flag("get_mime", true) {
        let (mime, charset) = mime(file, &metadata);
        facts.push(("mimetype", Value::from(mime)));
        facts.push(("charset", Value::from(charset)));
    }
    if options.flag("get_attributes", true) {
        // Flags of the file system take a system call of their own: told as where `lsattr` is missing.
        facts.push(("version", Value::None));
        facts.push(("attributes", Value::list([])));
        facts.push(("attr_flags", Value::from("")));
    }
    Ok(facts)
}

/// What `find` tells of each file: a part of what `stat` does.
pub(super) fn numbers_of(metadata: &Metadata) -> Facts {
    let mut facts = Vec::new();
    numbers(metadata, &mut facts);
    facts.retain(|(name, _)| !matches!(*name, "block_size" | "blocks" | "device_type"));
    kinds(metadata, &mut facts);
    bits(metadata.mode(), &mut facts);
    facts
}

/// Seconds of `mtime`, `atime` or `ctime`.
pub(super) fn time_of(metadata: &Metadata, stamp: &str) -> f64 {
    let (seconds, nanos) = match stamp {
        "atime" => (metadata.atime(), metadata.atime_nsec()),
        "ctime" => (metadata.ctime(), metadata.ctime_nsec()),
        _ => (metadata.mtime(), metadata.mtime_nsec()),
    };
    seconds as f64 + nanos as f64 / 1e9
}

fn number(value: u64) -> Value {
    Value::from(i64::try_from(value).unwrap_or(i64::MAX))
}

fn numbers(metadata: &Metadata, facts: &mut Facts) {
    let time = |seconds: i64, nanos: i64| Value::from(seconds as f64 + nanos as f64 / 1e9);
    facts.extend([
        ("mode", Value::verbatim(format!("{:04o}", metadata.mode() & 0o7777))),
        ("uid", number(metadata.uid().into())),
        ("gid", number(metadata.gid().into())),
        ("size", number(metadata.size())),
        ("inode", number(metadata.ino())),
        ("dev", number(metadata.dev())),
        ("nlink", number(metadata.nlink())),
        ("atime", time(metadata.atime(), metadata.atime_nsec())),
        ("mtime", time(metadata.mtime(), metadata.mtime_nsec())),
        ("ctime", time(metadata.ctime(), metadata.ctime_nsec())),
        ("block_size", number(metadata.blksize())),
        ("blocks", number(metadata.blocks())),
        ("device_type", number(metadata.rdev())),
        ("pw_name", Value::from(account_name(metadata.uid()))),
        ("gr_name", Value::from(group_name(metadata.gid()))),
    ]);
}

fn kinds(metadata: &Metadata, facts: &mut Facts) {
    let kind = metadata.file_type();
    let all = [
        ("isdir", kind.is_dir()),
        ("isreg", kind.is_file()),
        ("islnk", kind.is_symlink()),
        ("ischr", kind.is_char_device()),
        ("isblk", kind.is_block_device()),
        ("isfifo", kind.is_fifo()),
        ("issock", kind.is_socket()),
    ];
    facts.extend(all.map(|(name, is)| (name, Value::Bool(is))));
}

fn bits(mode: u32, facts: &mut Facts) {
    let all = [
        ("isuid", 0o4000),
        ("isgid", 0o2000),
        ("rusr", 0o400),
        ("wusr", 0o200),
        ("xusr", 0o100),
        ("rgrp", 0o040),
        ("wgrp", 0o020),
        ("xgrp", 0o010),
        ("roth", 0o004),
        ("woth", 0o002),
        ("xoth", 0o001),
    ];
    facts.extend(all.map(|(name, bit)| (name, Value::Bool(mode & bit != 0))));
}

/// What this process may do with the file, links followed, as `access(2)` tells it from owner, group and mode.
fn access(file: &Path, metadata: &Metadata, facts: &mut Facts) {
    let target = if metadata.is_symlink() { file.metadata().ok() } else { Some(metadata.clone()) };
    let may =
        |bit: u32| Value::Bool(target.as_ref().is_some_and(|target| crate::machine::Who::current().may(target, bit)));
    facts.extend([("readable", may(4)), ("writeable", may(2)), ("executable", may(1))]);
}

/// A guess by content; `file(1)` knows more kinds.
fn mime(file: &Path, metadata: &Metadata) -> (&'static str, &'static str) {
    let kind = metadata.file_type();
    if kind.is_symlink() {
        return if file.exists() { ("inode/symlink", "binary") } else { ("unknown", "unknown") };
    }
    if kind.is_dir() {
        return ("inode/directory", "binary");
    }
    if !kind.is_file() {
        return ("unknown", "unknown");
    }
    let mut head = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| {
        use std::io::Read;
        file.take(65_536).read_to_end(&mut head)
    });
    match read {
        Err(_) => ("unknown", "unknown"),
        Ok(0) => ("inode/x-empty", "binary"),
        Ok(_) if head.is_ascii() && !head.contains(&0) => ("text/plain", "us-ascii"),
        Ok(_) if is_utf8(&head) => ("text/plain", "utf-8"),
        Ok(_) => ("application/octet-stream", "binary"),
    }
}

/// The last character may be cut in two.
fn is_utf8(head: &[u8]) -> bool {
    !head.contains(&0) && std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true)
}

#[cfg(test)]
mod tests {
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn files_links_and_nothing() {
        let machine = Machine::new();
        machine.write("f", "hello\n");
        std::os::unix::fs::symlink("f", machine.path("l")).unwrap();
        std::os::unix::fs::symlink("gone", machine.path("broken")).unwrap();
        let rows = [
            (json!({"path": "@/f"}), "exists", json!(true)),
            (json!({"path": "@/f"}), "mode", json!("0644")),
            (json!({"path": "@/f"}), "size", json!(6)),
            (json!({"path": "@/f"}), "isreg", json!(true)),
            (json!({"path": "@/f"}), "checksum", json!("f572d396fae9206628714fb2ce00f72e94f2258f")),
            (
                json!({"path": "@/f", "checksum_algorithm": "sha256"}),
                "checksum",
                json!("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"),
            ),
            (json!({"path": "@/f", "get_checksum": false}), "checksum", json!(null)),
            (json!({"path": "@/f"}), "mimetype", json!("text/plain")),
            (json!({"path": "@/f"}), "charset", json!("us-ascii")),
            (json!({"path": "@/f", "get_mime": false}), "mimetype", json!(null)),
            (json!({"path": "@/f"}), "xusr", json!(false)),
            (json!({"path": "@/l"}), "islnk", json!(true)),
            (json!({"path": "@/l"}), "lnk_target", json!("f")),
            (json!({"path": "@/l"}), "lnk_source", json!("@/f")),
            (json!({"path": "@/l"}), "checksum", json!(null)),
            (json!({"path": "@/l", "follow": true}), "islnk", json!(false)),
            (json!({"path": "@/l", "follow": true}), "size", json!(6)),
            (json!({"path": "@/broken"}), "exists", json!(true)),
            (json!({"path": "@/broken"}), "readable", json!(false)),
            (json!({"path": "@/broken", "follow": true}), "exists", json!(false)),
            (json!({"path": "@/none"}), "exists", json!(false)),
            (json!({"path": "@"}), "isdir", json!(true)),
            (json!({"path": "@"}), "mimetype", json!("inode/directory")),
        ];
        for (args, field, expected) in rows {
            let result = machine.result(&super::Stat, args.clone());
            assert_eq!(result["stat"].get(field).cloned().unwrap_or_default(), expected, "{args} {field}");
        }
        machine.fails(&super::Stat, json!({"path": "@/f/x"}), "Not a directory");
        machine.fails(&super::Stat, json!({}), "missing required arguments: path");
    }
}
