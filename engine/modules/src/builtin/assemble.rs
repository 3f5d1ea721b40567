//! `assemble`: one file out of the files of a folder.
use super::carry_out;
use super::copy::{Put, Style};
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes, errno};
use crate::options::{Kind, Opt, Options, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::PythonRegex;
use std::path::{Path, PathBuf};

pub(super) struct Assemble;

const OPTIONS: [Opt; 18] = joined(
    &[
        Opt::new("backup", Kind::Bool),
        Opt::new("decrypt", Kind::Bool),
        Opt::new("delimiter", Kind::Str),
        Opt::new("dest", Kind::Path).required(),
        Opt::new("ignore_hidden", Kind::Bool),
        Opt::new("regexp", Kind::Str),
        Opt::new("remote_src", Kind::Bool),
        Opt::new("src", Kind::Path).required(),
        Opt::new("validate", Kind::Str),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec { module: "ansible.legacy.assemble", options: &OPTIONS, rules: &[] };

impl Module for Assemble {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.assemble", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| assemble(cx, options))
    }
}

fn assemble(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let (source, dest) = (options.text_or("src", ""), options.text_or("dest", ""));
    let remote = options.flag("remote_src", true);
    let folder = if remote {
        PathBuf::from(&source)
    } else {
        cx.find("files", &source).ok_or_else(|| super::copy::not_found(cx, "files", &source))?
    };
    if !folder.exists() {
        return Err(format!("Source ({source}) does not exist").into());
    }
    if !folder.is_dir() {
        return Err(format!("Source ({source}) is not a directory").into());
    }
    let content = join(&folder, options)?;
    let style = Style {
        attributes: Attributes::read(options)?,
        backup: options.flag("backup", false),
        force: true,
        follow: true,
        validate: options.text("validate"),
        unsafe_writes: options.flag("unsafe_writes", false),
        terse: true,
        remote: true,
        ..Style::default()
    };
    let outcome = Put { cx, source: &source, from: None, dest: dest.into(), content: &content, style: &style }.run()?;
    Ok(outcome.with("msg", "OK"))
}

fn join(folder: &Path, options: &Options) -> Result<Vec<u8>, Failure> {
    let pattern = options.text("regexp");
    let regex = pattern.as_deref().map(PythonRegex::new).transpose();
    let regex =
        regex.map_err(|error| format!("Invalid Regexp ({error}) in \"{}\"", pattern.as_deref().unwrap_or_default()))?;
    let delimiter = options.text("delimiter").filter(|delimiter| !delimiter.is_empty()).map(|text| unescape(&text));
    let hidden = !options.flag("ignore_hidden", false);
    let entries = std::fs::read_dir(folder).map_err(|error| errno(&error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut all: Vec<u8> = Vec::new();
    let mut first = true;
    for path in paths.into_iter().filter(|path| path.is_file()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let named = regex.as_ref().map(|regex| regex.is_match(&name)).transpose().map_err(|error| error.to_string())?;
        if named == Some(false) || (name.starts_with('.') && !hidden) {
            continue;
        }
        if !first && !all.ends_with(b"\n") {
            all.push(b'\n');
        }
        if let Some(delimiter) = delimiter.as_deref().filter(|_| !first) {
            all.extend_from_slice(delimiter.as_bytes());
            if !delimiter.ends_with('\n') {
                all.push(b'\n');
            }
        }
        all.extend(std::fs::read(&path).map_err(|error| crate::fs::errno_at(&error, &path))?);
        first = false;
    }
    Ok(all)
}

/// Escapes as Python's bytes have them.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('\\') => out.push('\\'),
            Some('\'') => out.push('\''),
            Some('"') => out.push('"'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Assemble;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn parts_become_one() {
        let machine = Machine::new();
        machine.write("parts/1.conf", "one\n");
        machine.write("parts/2.conf", "two");
        machine.write("parts/3.txt", "#x\nthree\n");
        let names = ["changed", "checksum", "dest", "msg", "size"];
        let whole = json!({"src": "@/parts", "dest": "@/as"});
        for (args, expected) in [
            (whole.clone(), json!([true, "492ddef81767bbdfa2f437efd5759b231c72eb38", "@/as", "OK", 17])),
            (whole, json!([false, "492ddef81767bbdfa2f437efd5759b231c72eb38", "@/as", "OK", 17])),
            (
                json!({"src": "@/parts", "dest": "@/as2", "delimiter": "----", "regexp": "conf$", "remote_src": false}),
                json!([true, "ca333894586ca4920e687bf218c511551ffdda58", "@/as2", "OK", 12]),
            ),
        ] {
            assert_eq!(json!(machine.fields(&Assemble, args.clone(), &names)), expected, "{args}");
        }
        assert_eq!(machine.read("as2"), "one\n----\ntwo");
        machine.fails(&Assemble, json!({"src": "@/no", "dest": "@/x"}), "Source (@/no) does not exist");
        machine.fails(&Assemble, json!({"src": "@/as", "dest": "@/x"}), "Source (@/as) is not a directory");
    }
}
