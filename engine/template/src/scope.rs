//! What a template sees while it is rendered.
use crate::{Result, Tree, Value};
use std::sync::Arc;

/// One variable: data, or project text that is rendered when it is read, in the scope of the reader.
#[derive(Clone, Debug)]
pub enum Var {
    Data(Value),
    Lazy(Arc<Tree>),
}

/// The variables a template sees.
pub trait Scope {
    fn get(&self, name: &str) -> Option<Var>;
    /// All names, for `vars`, `varnames` and did-you-mean hints.
    fn names(&self) -> Vec<Arc<str>>;
}

/// Time, randomness, environment and processes: the one way in, so that a run can be recorded and replayed.
pub trait World: Send + Sync {
    fn now(&self) -> jiff::Timestamp;
    fn time_zone(&self) -> jiff::tz::TimeZone;
    fn random(&self) -> u64;
    fn env(&self, name: &str) -> Option<String>;
    fn environment(&self) -> Vec<(String, String)>;
    /// The folder that relative paths start from.
    fn current_dir(&self) -> String {
        "/".into()
    }
    /// What a path names, symbolic links followed unless told otherwise; `None` when there is nothing.
    fn file_status(&self, _path: &str, _follow: bool) -> Option<FileStatus> {
        None
    }
    /// The path with all symbolic links followed, as far as it exists.
    fn real_path(&self, _path: &str) -> Option<String> {
        None
    }
    /// Regular files whose path matches a shell pattern.
    fn glob_files(&self, _pattern: &str) -> Vec<String> {
        Vec::new()
    }
    /// The content of a file; Python's complaint when it cannot be read.
    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        Err(crate::Error::failed(format!("[Errno 2] No such file or directory: '{path}'")))
    }
}

/// What a template may know of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStatus {
    pub kind: FileKind,
    /// Tells files apart: device and inode.
    pub identity: (u64, u64),
    /// It is where another file system begins.
    pub is_mount: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    File,
    Directory,
    Link,
    Other,
}

/// The named lookups (`lookup('file', …)`, `query('k8s', …)`).
pub trait Lookups: Send + Sync {
    fn find(&self, name: &str) -> Option<Arc<dyn Lookup>>;
}

/// One lookup: terms and options in, a list out.
pub trait Lookup: Send + Sync {
    fn run(&self, cx: &Context<'_>, terms: &[Value], options: &[(Arc<str>, Value)]) -> Result<Vec<Value>>;
}

/// Everything that rendering needs. Cheap to make; one per scope.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub scope: &'a dyn Scope,
    pub world: &'a dyn World,
    pub lookups: &'a dyn Lookups,
    /// Reads a template by name for `{% include %}`, `{% import %}` and `{% extends %}`: (name) -> (path, text).
    pub loader: &'a dyn Fn(&str) -> Result<(String, String)>,
    /// What lookups need from their surroundings (search paths, a cluster): handed through untouched.
    pub extra: Option<&'a (dyn std::any::Any + Send + Sync)>,
    /// `ANSIBLE_JINJA2_NATIVE`: results keep their native type.
    pub native: bool,
}
