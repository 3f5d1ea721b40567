//! `fetch`: a file of the host, kept on the machine of the run; here both are the same.
use super::carry_out;
use crate::failure::Failure;
use crate::fs::{digest, errno};
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext, search_path};
use rolewright_template::{Value, Var};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub(super) struct Fetch;

const SPEC: Spec = Spec {
    module: "fetch",
    options: &[
        Opt::new("dest", Kind::Path),
        Opt::new("fail_on_missing", Kind::Bool),
        Opt::new("flat", Kind::Bool),
        Opt::new("src", Kind::Path),
        Opt::new("validate_checksum", Kind::Bool),
    ],
    rules: &[],
};

impl Module for Fetch {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.fetch", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        if cx.check_mode {
            return Outcome::skipped("check mode not (yet) supported for this module");
        }
        // The result has a path, but tells nothing of its owner and mode.
        let outcome = carry_out(&SPEC, cx, args, |options| fetch(cx, options));
        let mut outcome = outcome;
        outcome
            .result
            .retain(|name, _| !matches!(&**name, "uid" | "gid" | "owner" | "group" | "mode" | "state" | "size"));
        outcome
    }
}

fn fetch(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let (Some(source), Some(dest)) = (options.text("src"), options.text("dest")) else {
        return Err("src and dest are required".into());
    };
    let missing_fails = options.flag("fail_on_missing", true);
    let content = match std::fs::read(&source) {
        Ok(content) => content,
        Err(error) => return not_there(&source, missing_fails, &error),
    };
    let dest = place(cx, options, &source, &dest)?;
    let sum = digest("sha1", &content).unwrap_or_default();
    let md5 = digest("md5", &content).unwrap_or_default();
    let outcome = |changed| {
        Outcome::ok(changed)
            .with("md5sum", md5.as_str())
            .with("dest", dest.display().to_string())
            .with("checksum", sum.as_str())
    };
    if std::fs::read(&dest).is_ok_and(|old| old == content) {
        return Ok(outcome(false).with("file", source));
    }
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(dest.parent().unwrap_or(Path::new("/")))?;
        std::fs::write(&dest, &content)
    };
    write().map_err(|error| format!("Failed to fetch the file: {}", errno(&error)))?;
    Ok(outcome(true).with("remote_md5sum", Value::None).with("remote_checksum", sum.as_str()))
}

fn not_there(source: &str, fails: bool, error: &std::io::Error) -> Result<Outcome, Failure> {
    let message = match error.kind() {
        ErrorKind::NotFound => "the remote file does not exist, not transferring, ignored".to_owned(),
        ErrorKind::IsADirectory if fails => "remote file is a directory, fetch cannot work on directories".to_owned(),
        ErrorKind::IsADirectory => {
            "remote file is a directory, fetch cannot work on directories, not transferring, ignored".to_owned()
        }
        _ => format!("file is not readable: {source}"),
    };
    if fails { Err(message.into()) } else { Ok(Outcome::ok(false).with("msg", message).with("file", source)) }
}

/// `flat`: as the task has it; else below it by host and full path.
fn place(cx: &TaskContext<'_>, options: &Options, source: &str, dest: &str) -> Result<PathBuf, Failure> {
    let base = cx.search_path.last().cloned().unwrap_or_default();
    if !options.flag("flat", false) {
        let host = match cx.template.scope.get("inventory_hostname") {
            Some(Var::Data(name)) => name.to_string(),
            _ => "localhost".to_owned(),
        };
        return Ok(search_path::normal(&base.join(dest).join(host).join(source.trim_start_matches('/'))));
    }
    if dest.ends_with('/') {
        let name = Path::new(source).file_name().unwrap_or_default();
        return Ok(search_path::normal(&base.join(dest).join(name)));
    }
    if Path::new(dest).is_dir() {
        let message =
            "dest is an existing directory, use a trailing slash if you want to fetch src into that directory";
        return Err(message.into());
    }
    Ok(search_path::normal(&base.join(dest)))
}

#[cfg(test)]
mod tests {
    use super::Fetch;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn files_are_kept_by_host_and_path() {
        let machine = Machine::new();
        machine.write("f", "x");
        let result = machine.result(&Fetch, json!({"src": "@/f", "dest": "kept"}));
        assert_eq!(result["dest"], "@/kept/localhost@/f");
        assert_eq!((&result["changed"], result.get("mode")), (&json!(true), None));
        let flat = json!({"src": "@/f", "dest": "@/flat/", "flat": true});
        assert_eq!(machine.fields(&Fetch, flat.clone(), &["changed", "dest"]), [json!(true), json!("@/flat/f")]);
        assert_eq!(machine.fields(&Fetch, flat, &["changed", "file"]), [json!(false), json!("@/f")]);
        let missing = "the remote file does not exist, not transferring, ignored";
        machine.fails(&Fetch, json!({"src": "@/no", "dest": "@/x"}), missing);
        let ignored = machine.fields(&Fetch, json!({"src": "@/no", "dest": "@/x", "fail_on_missing": false}), &["msg"]);
        assert_eq!(ignored, [missing]);
        let folder = "remote file is a directory, fetch cannot work on directories";
        machine.fails(&Fetch, json!({"src": "@", "dest": "@/x"}), folder);
    }
}
