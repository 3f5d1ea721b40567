//! The world outside: clock, sleep, processes.
use crate::Cancel;
use crate::process::{Process, ProcessOutput};
use rolewright_template::{FileStatus, Result, World};
use std::time::Duration;

/// [`World`] plus what only tasks may do.
pub trait System: World {
    /// Sleeps; returns false when the run was cancelled meanwhile.
    fn sleep(&self, duration: Duration, cancel: &Cancel) -> bool;
    fn world(&self) -> &dyn World;
    /// Runs a program to its end, or kills it when the run is cancelled.
    fn run_process(&self, process: &Process, _cancel: &Cancel) -> std::io::Result<ProcessOutput> {
        let name = process.argv.first().map(String::as_str).unwrap_or_default();
        Err(std::io::Error::other(format!("this world runs no processes: {name}")))
    }
}

/// The real one.
#[derive(Debug, Default)]
pub struct SystemWorld;

impl World for SystemWorld {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::system()
    }
    fn random(&self) -> u64 {
        rand::random()
    }
    fn env(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }
    fn environment(&self) -> Vec<(String, String)> {
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
    }
    fn current_dir(&self) -> String {
        crate::machine::current_dir()
    }
    fn file_status(&self, path: &str, follow: bool) -> Option<FileStatus> {
        crate::machine::status(path, follow)
    }
    fn real_path(&self, path: &str) -> Option<String> {
        crate::machine::real_path(path)
    }
    fn glob_files(&self, pattern: &str) -> Vec<String> {
        crate::machine::glob_files(pattern)
    }
    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        crate::machine::read(path)
    }
}

impl System for SystemWorld {
    fn sleep(&self, duration: Duration, cancel: &Cancel) -> bool {
        cancel.wait(duration)
    }
    fn world(&self) -> &dyn World {
        self
    }
    fn run_process(&self, process: &Process, cancel: &Cancel) -> std::io::Result<ProcessOutput> {
        crate::process::spawn(process, cancel)
    }
}

/// The world of one run: the engine's, with the run's environment over the process's.
pub(crate) struct RunWorld {
    pub(crate) inner: std::sync::Arc<dyn System>,
    pub(crate) environment: Vec<(String, String)>,
}

impl World for RunWorld {
    fn now(&self) -> jiff::Timestamp {
        self.inner.now()
    }
    fn time_zone(&self) -> jiff::tz::TimeZone {
        self.inner.time_zone()
    }
    fn random(&self) -> u64 {
        self.inner.random()
    }
    fn env(&self, name: &str) -> Option<String> {
        let own = self.environment.iter().rev().find(|(key, _)| key == name);
        own.map(|(_, value)| value.clone()).or_else(|| self.inner.env(name))
    }
    fn environment(&self) -> Vec<(String, String)> {
        let mut all = self.inner.environment();
        all.retain(|(name, _)| !self.environment.iter().any(|(own, _)| own == name));
        all.extend(self.environment.iter().cloned());
        all
    }
    fn current_dir(&self) -> String {
        self.inner.current_dir()
    }
    fn file_status(&self, path: &str, follow: bool) -> Option<FileStatus> {
        self.inner.file_status(path, follow)
    }
    fn real_path(&self, path: &str) -> Option<String> {
        self.inner.real_path(path)
    }
    fn glob_files(&self, pattern: &str) -> Vec<String> {
        self.inner.glob_files(pattern)
    }
    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        self.inner.read_file(path)
    }
}

impl System for RunWorld {
    fn sleep(&self, duration: Duration, cancel: &Cancel) -> bool {
        self.inner.sleep(duration, cancel)
    }
    fn world(&self) -> &dyn World {
        self
    }
    fn run_process(&self, process: &Process, cancel: &Cancel) -> std::io::Result<ProcessOutput> {
        self.inner.run_process(process, cancel)
    }
}
