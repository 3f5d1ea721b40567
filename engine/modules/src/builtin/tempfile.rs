//! `tempfile`: a new file or folder that only its owner may read.
use super::carry_out;
use crate::failure::Failure;
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub(super) struct Tempfile;

const SPEC: Spec = Spec {
    module: "tempfile",
    options: &[
        Opt::new("path", Kind::Path),
        Opt::new("prefix", Kind::Str),
        Opt::new("state", Kind::Str).choices(&["file", "directory"]),
        Opt::new("suffix", Kind::Str),
    ],
    rules: &[],
};

impl Module for Tempfile {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.tempfile", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        if cx.check_mode {
            return Outcome::skipped("remote module (ansible.builtin.tempfile) does not support check mode");
        }
        carry_out(&SPEC, cx, args, |options| create(cx, options))
    }
}

fn create(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let folder = options.text("path").or_else(|| cx.system.env("TMPDIR")).unwrap_or_else(|| "/tmp".to_owned());
    let (prefix, suffix) = (options.text_or("prefix", "ansible."), options.text_or("suffix", ""));
    let directory = options.text("state").as_deref() == Some("directory");
    // A name that somebody has already is no reason to give up.
    for _ in 0..1000 {
        let path = PathBuf::from(&folder).join(format!("{prefix}{}{suffix}", random_name(cx.system.random())));
        match make(&path, directory) {
            Ok(()) => return Ok(Outcome::ok(true).with("path", path.display().to_string())),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: '{}'", crate::fs::errno(&error), path.display()).into()),
        }
    }
    Err(format!("No usable temporary file name found in {folder}").into())
}

fn make(path: &Path, directory: bool) -> std::io::Result<()> {
    if directory {
        return std::fs::DirBuilder::new().mode(0o700).create(path);
    }
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(|_| ())
}

fn random_name(mut number: u64) -> String {
    const LETTERS: &[u8; 37] = b"abcdefghijklmnopqrstuvwxyz0123456789_";
    let mut name = String::with_capacity(8);
    for _ in 0..8 {
        name.push(char::from(LETTERS[(number % 37) as usize]));
        number /= 37;
    }
    name
}
