//! `command`, `shell` and `raw`: programs of this machine.
use super::{environment, with_options};
use crate::clock;
use crate::failure::Failure;
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, Process, ProcessOutput, TaskContext};
use rolewright_template::Value;
use std::path::{Path, PathBuf};

pub(super) struct Command;
pub(super) struct Shell;
pub(super) struct Raw;

const OPTIONS: &[Opt] = &[
    Opt::new("_raw_params", Kind::Str),
    Opt::new("_uses_shell", Kind::Bool),
    Opt::new("argv", Kind::Texts),
    Opt::new("chdir", Kind::Path),
    Opt::new("cmd", Kind::Str),
    Opt::new("creates", Kind::Path),
    Opt::new("executable", Kind::Path),
    Opt::new("expand_argument_vars", Kind::Bool),
    Opt::new("removes", Kind::Path),
    Opt::new("stdin", Kind::Str),
    Opt::new("stdin_add_newline", Kind::Bool),
    Opt::new("strip_empty_ends", Kind::Bool),
];

/// Options that may stand as `name=value` inside the free-form text.
const INLINE: &[&str] = &[
    "chdir",
    "creates",
    "executable",
    "expand_argument_vars",
    "removes",
    "stdin",
    "stdin_add_newline",
    "strip_empty_ends",
];

impl Module for Command {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.command", free_form: FreeForm::Raw(INLINE), expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args, &Spec { module: "ansible.legacy.command", options: OPTIONS, rules: &[] }, false)
    }
}

impl Module for Shell {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.shell", free_form: FreeForm::Raw(INLINE), expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args, &Spec { module: "ansible.legacy.command", options: OPTIONS, rules: &[] }, true)
    }
}

impl Module for Raw {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.raw", free_form: FreeForm::Raw(&["executable"]), expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        if cx.check_mode {
            return Outcome { skipped: true, ..Outcome::default() };
        }
        let Some(line) = args.free_form.clone() else { return Outcome::failed("no command given") };
        let shell = args.text("executable").unwrap_or_else(|| "/bin/sh".to_owned());
        let process =
            Process { argv: vec![shell, "-c".into(), line], environment: environment(cx), ..Process::default() };
        match cx.system.run_process(&process, cx.cancel) {
            Ok(output) => finish(Outcome::ok(true), &output, false),
            Err(error) => Outcome::failed(error.to_string()).with("rc", 2),
        }
    }
}

fn run(cx: &TaskContext<'_>, args: &Args, spec: &Spec, shell: bool) -> Outcome {
    let mut args = args.clone();
    if let Some(line) = args.free_form.take() {
        args.map.insert("_raw_params".into(), Value::from(line));
    }
    with_options(spec, cx, &args, |options| Ok(execute(cx, options, shell)))
}

/// What is to be run, and how results show it.
fn command_line(cx: &TaskContext<'_>, options: &Options, shell: bool) -> Result<(Vec<String>, Value), Failure> {
    let line = options.text("_raw_params").or_else(|| options.text("cmd"));
    let argv = options.texts("argv");
    if shell {
        let line = line.filter(|line| !line.trim().is_empty()).ok_or_else(|| no_command("no command given"))?;
        let shell = options.text_or("executable", "/bin/sh");
        return Ok((vec![shell, "-c".into(), line.clone()], Value::from(line)));
    }
    let mut words = match (line.filter(|line| !line.trim().is_empty()), argv.is_empty()) {
        (Some(_), false) => return Err(no_command("only command or argv can be given, not both")),
        (Some(line), true) => shlex::split(&line).ok_or_else(|| no_command("No closing quotation"))?,
        (None, false) => argv,
        (None, true) => return Err(no_command("no command given")),
    };
    if options.flag("expand_argument_vars", true) {
        let own = |name: &str| cx.environment.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        let env = |name: &str| own(name).or_else(|| cx.system.env(name));
        words.iter_mut().for_each(|word| *word = crate::options::expand_path(word, &env));
    }
    let shown = Value::list(words.iter().map(|word| Value::from(word.as_str())));
    Ok((words, shown))
}

fn no_command(message: &str) -> Failure {
    Failure::new(message).with("rc", 256)
}

fn execute(cx: &TaskContext<'_>, options: &Options, shell: bool) -> Outcome {
    let (argv, shown) = match command_line(cx, options, shell) {
        Ok(command) => command,
        Err(failure) => return failure.into_outcome(),
    };
    let directory = options.text("chdir").map(PathBuf::from);
    if let Some(missing) = directory.as_ref().filter(|directory| !directory.is_dir()) {
        return Outcome::failed(format!("Unable to change directory before execution: {}", missing.display()))
            .with("cmd", shown);
    }
    let here = |path: String| directory.as_deref().unwrap_or(Path::new("")).join(path);
    let exists = |path: &String| matches(&here(path.clone()));
    if let Some(path) = options.text("creates").filter(exists) {
        return not_run(shown, &path, "exists");
    }
    if let Some(path) = options.text("removes").filter(|path| !exists(path)) {
        return not_run(shown, &path, "does not exist");
    }
    if cx.check_mode {
        return checked(options, shown);
    }
    let stdin = options.text("stdin").map(|text| {
        let end = if options.flag("stdin_add_newline", true) { "\n" } else { "" };
        format!("{text}{end}").into_bytes()
    });
    let process = Process { argv, directory, environment: environment(cx), stdin };
    let start = cx.system.now();
    let output = match cx.system.run_process(&process, cx.cancel) {
        Ok(output) => output,
        Err(error) => return cannot_start(&process, options, &error),
    };
    let zone = cx.system.time_zone();
    let end = cx.system.now();
    let outcome = Outcome::ok(true)
        .with("cmd", shown)
        .with("start", clock::text(start, zone.clone()))
        .with("end", clock::text(end, zone))
        .with("delta", clock::delta(start, end));
    finish(outcome, &output, options.flag("strip_empty_ends", true))
}

/// `creates` and `removes` take patterns.
fn matches(path: &Path) -> bool {
    let text = path.to_string_lossy();
    path.exists() || (text.contains(['*', '?', '[']) && crate::files::glob(&text).next().is_some())
}

fn not_run(shown: Value, path: &str, why: &str) -> Outcome {
    let stdout = format!("skipped, since {path} {why}");
    let none = || Value::None;
    Outcome::ok(false)
        .with("cmd", shown)
        .with("start", none())
        .with("end", none())
        .with("delta", none())
        .with("rc", 0)
        .with("msg", format!("Did not run command since '{path}' {why}"))
        .with("stdout_lines", Value::list([Value::from(stdout.as_str())]))
        .with("stdout", stdout)
        .with("stderr", "")
        .with("stderr_lines", Value::list([]))
}

/// Whether a program would change something is known only where a file tells.
fn checked(options: &Options, shown: Value) -> Outcome {
    let told = options.has("creates") || options.has("removes");
    Outcome { skipped: !told, changed: told, ..Outcome::default() }
        .with("cmd", shown)
        .with("rc", 0)
        .with("msg", "Command would have run if not in check mode")
        .with("stdout", "")
        .with("stdout_lines", Value::list([]))
        .with("stderr", "")
        .with("stderr_lines", Value::list([]))
}

fn cannot_start(process: &Process, options: &Options, error: &std::io::Error) -> Outcome {
    let program = process.argv.first().map(String::as_str).unwrap_or_default();
    let message = match error.kind() {
        std::io::ErrorKind::NotFound => format!("[Errno 2] No such file or directory: b'{program}'"),
        std::io::ErrorKind::PermissionDenied => format!("[Errno 13] Permission denied: b'{program}'"),
        _ => error.to_string(),
    };
    let line = options.text("_raw_params").or_else(|| options.text("cmd"));
    Outcome::failed(message)
        .with("cmd", line.unwrap_or_else(|| process.argv.join(" ")))
        .with("rc", i64::from(error.raw_os_error().unwrap_or(2)))
        .with("stdout", "")
        .with("stdout_lines", Value::list([]))
        .with("stderr", "")
        .with("stderr_lines", Value::list([]))
}

pub(super) fn finish(outcome: Outcome, output: &ProcessOutput, strip: bool) -> Outcome {
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if strip { text.trim_end_matches(['\r', '\n']).to_owned() } else { text }
    };
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let failed = output.code != 0;
    let message = match (output.killed, failed) {
        (true, _) => "the command was stopped: its time was over or the run was cancelled",
        (false, true) => "non-zero return code",
        (false, false) => "",
    };
    Outcome { failed, ..outcome }
        .with("rc", i64::from(output.code))
        .with("msg", message)
        .with("stdout_lines", lines(&stdout))
        .with("stdout", stdout)
        .with("stderr_lines", lines(&stderr))
        .with("stderr", stderr)
}

fn lines(text: &str) -> Value {
    Value::list(text.lines().map(Value::from))
}
