//! `script`: a script of the project, run on the host.
use super::command::finish;
use super::{carry_out, environment};
use crate::failure::Failure;
use crate::options::{Kind, Opt, Options, Rule, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, Process, TaskContext};
use rolewright_template::Value;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub(super) struct Script;

const INLINE: &[&str] = &["chdir", "creates", "decrypt", "executable", "removes"];

const SPEC: Spec = Spec {
    module: "script",
    options: &[
        Opt::new("_raw_params", Kind::Str),
        Opt::new("chdir", Kind::Str),
        Opt::new("cmd", Kind::Str),
        Opt::new("creates", Kind::Str),
        Opt::new("decrypt", Kind::Bool),
        Opt::new("executable", Kind::Str),
        Opt::new("removes", Kind::Str),
    ],
    rules: &[Rule::OneOf(&["_raw_params", "cmd"])],
};

impl Module for Script {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.script", free_form: FreeForm::Raw(INLINE), expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let mut args = args.clone();
        if let Some(line) = args.free_form.take() {
            args.map.insert("_raw_params".into(), Value::from(line));
        }
        carry_out(&SPEC, cx, &args, |options| script(cx, options))
    }
}

fn script(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    if let Some(path) = options.text("creates").filter(|path| Path::new(path).exists()) {
        return Ok(Outcome::skipped(format!("{path} exists, matching creates option")));
    }
    if let Some(path) = options.text("removes").filter(|path| !Path::new(path).exists()) {
        return Ok(Outcome::skipped(format!("{path} does not exist, matching removes option")));
    }
    let directory = options.text("chdir");
    if let Some(relative) = directory.as_ref().filter(|path| !path.starts_with('/')) {
        return Err(format!("chdir {relative} must be an absolute path for a Unix-aware remote node").into());
    }
    let line = options.text("_raw_params").or_else(|| options.text("cmd")).unwrap_or_default();
    let line = line.trim();
    let words = shlex::split(line).ok_or("No closing quotation")?;
    let name = words.first().ok_or("no script given")?;
    let path = cx.find("files", name).ok_or_else(|| super::copy::not_found(cx, "files", name))?;
    if cx.check_mode {
        let told = options.has("creates") || options.has("removes");
        let skipped = Outcome { skipped: true, ..Outcome::default() };
        let message = "Check mode is not supported for this task.";
        return Ok(if told { Outcome::ok(true) } else { skipped.with("msg", message) });
    }
    let folder = Temporary::new(cx)?;
    let copy = folder.put(&path)?;
    let executable = options.text("executable").map(|program| format!("{program} ")).unwrap_or_default();
    let command = format!("{executable}{}", line.replacen(name.as_str(), &copy.display().to_string(), 1));
    let argv = vec!["/bin/sh".into(), "-c".into(), command];
    let process = Process { argv, directory: directory.map(PathBuf::from), environment: environment(cx), stdin: None };
    let output = cx.system.run_process(&process, cx.cancel).map_err(|error| error.to_string())?;
    let mut outcome = finish(Outcome::ok(true), &output, false);
    if output.code == 0 {
        outcome.result.shift_remove("msg");
    }
    Ok(outcome)
}

/// A folder of its own for the copy that is run: the project's file may not be executable.
struct Temporary(PathBuf);

impl Temporary {
    fn new(cx: &TaskContext<'_>) -> Result<Self, String> {
        let base = cx.system.env("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
        let path = PathBuf::from(base).join(format!("rolewright-script-{:016x}", cx.system.random()));
        let made = std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&path);
        made.map_err(|error| format!("{}: '{}'", crate::fs::errno(&error), path.display()))?;
        Ok(Self(path))
    }

    fn put(&self, script: &Path) -> Result<PathBuf, String> {
        let copy = self.0.join(script.file_name().unwrap_or_default());
        let write = || -> std::io::Result<()> {
            let content = std::fs::read(script)?;
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(&copy)?;
            std::io::Write::write_all(&mut file, &content)
        };
        write().map_err(|error| format!("{}: '{}'", crate::fs::errno(&error), script.display()))?;
        Ok(copy)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Nothing is left to tell it to.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::Script;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn scripts_need_not_be_executable() {
        let machine = Machine::new();
        machine.write("files/s.sh", "#!/bin/sh\necho hi $1\necho err >&2\nexit ${2:-0}\n");
        let names = ["changed", "rc", "stdout", "stdout_lines", "stderr", "msg"];
        for args in [json!({"_raw": "s.sh arg"}), json!({"cmd": "s.sh arg", "executable": "/bin/sh", "chdir": "/"})] {
            let fields = machine.fields(&Script, args, &names);
            assert_eq!(json!(fields), json!([true, 0, "hi arg\n", ["hi arg"], "err\n", "-"]));
        }
        let failed = machine.result(&Script, json!({"_raw": "s.sh arg 3"}));
        assert_eq!((&failed["rc"], &failed["msg"]), (&json!(3), &json!("non-zero return code")));
        let skipped = machine.run(&Script, &json!({"_raw": "s.sh", "creates": "@/files"}));
        assert!(skipped.skipped);
        let missing = machine.result(&Script, json!({"_raw": "nosuch.sh"}));
        assert!(missing["msg"].as_str().unwrap().starts_with("Could not find or access 'nosuch.sh'"));
    }
}
