//! Environment variables of Ansible that the command line answers to; those of runs are read by the engine.
use anyhow::Context;
use rolewright_run::Configuration;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What `ansible.cfg` says, once it is read.
static CONFIGURATION: OnceLock<Configuration> = OnceLock::new();

/// Finds and reads `ansible.cfg`.
pub(super) fn configure() -> anyhow::Result<&'static Configuration> {
    let directory = std::env::current_dir().context("cannot tell the working directory")?;
    let found = Configuration::find(&|name| std::env::var(name).ok(), &directory).map_err(anyhow::Error::msg)?;
    Ok(CONFIGURATION.get_or_init(|| found))
}

/// A variable of the environment, or what the configuration file says in its place.
pub(super) fn var(name: &str) -> Option<String> {
    let environment = |name: &str| std::env::var(name).ok();
    match CONFIGURATION.get() {
        Some(configuration) => configuration.get(&environment, name),
        None => environment(name),
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Format {
    #[default]
    Json,
    Yaml,
}

/// What the output shows.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "these are the switches of Ansible's default callback")]
pub(super) struct Display {
    pub(super) skipped_hosts: bool,
    pub(super) ok_hosts: bool,
    pub(super) failed_to_stderr: bool,
    pub(super) args: bool,
    pub(super) custom_stats: bool,
    pub(super) host_start: bool,
    pub(super) path_on_failure: bool,
    pub(super) check_markers: bool,
    pub(super) format: Format,
    /// `ANSIBLE_CALLBACK_FORMAT_PRETTY`: escapes become lines where the format is YAML, JSON is indented.
    pub(super) pretty: Option<bool>,
    pub(super) verbosity: u8,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            skipped_hosts: true,
            ok_hosts: true,
            failed_to_stderr: false,
            args: false,
            custom_stats: false,
            host_start: false,
            path_on_failure: false,
            check_markers: false,
            format: Format::Json,
            pretty: None,
            verbosity: 0,
        }
    }
}

impl Display {
    pub(super) fn read(verbosity: u8) -> anyhow::Result<Self> {
        let plain = Self::default();
        let format = match var("ANSIBLE_CALLBACK_RESULT_FORMAT").as_deref() {
            None | Some("json") => Format::Json,
            Some("yaml") => Format::Yaml,
            Some(other) => anyhow::bail!("ANSIBLE_CALLBACK_RESULT_FORMAT is {other:?}: it may be json or yaml"),
        };
        Ok(Self {
            skipped_hosts: switch("ANSIBLE_DISPLAY_SKIPPED_HOSTS").unwrap_or(plain.skipped_hosts),
            ok_hosts: switch("ANSIBLE_DISPLAY_OK_HOSTS").unwrap_or(plain.ok_hosts),
            failed_to_stderr: switch("ANSIBLE_DISPLAY_FAILED_STDERR").unwrap_or(plain.failed_to_stderr),
            args: switch("ANSIBLE_DISPLAY_ARGS_TO_STDOUT").unwrap_or(plain.args),
            custom_stats: switch("ANSIBLE_SHOW_CUSTOM_STATS").unwrap_or(plain.custom_stats),
            host_start: switch("ANSIBLE_SHOW_PER_HOST_START").unwrap_or(plain.host_start),
            path_on_failure: switch("ANSIBLE_SHOW_TASK_PATH_ON_FAILURE").unwrap_or(plain.path_on_failure),
            check_markers: switch("ANSIBLE_CHECK_MODE_MARKERS").unwrap_or(plain.check_markers),
            format,
            pretty: switch("ANSIBLE_CALLBACK_FORMAT_PRETTY"),
            verbosity,
        })
    }
}

/// A boolean as Ansible reads it; `None` where it is not set.
pub(super) fn switch(name: &str) -> Option<bool> {
    let value = var(name)?.to_ascii_lowercase();
    Some(matches!(value.trim(), "1" | "y" | "yes" | "on" | "t" | "true"))
}

/// A list with commas, added to what the command line says.
pub(super) fn list(name: &str) -> Vec<String> {
    let value = var(name).unwrap_or_default();
    value.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

pub(super) fn paths(name: &str) -> Vec<PathBuf> {
    var(name).map(|paths| std::env::split_paths(&paths).collect()).unwrap_or_default()
}

/// `ANSIBLE_VERBOSITY`, where no `-v` is given.
pub(super) fn verbosity(given: u8) -> u8 {
    let preset = var("ANSIBLE_VERBOSITY").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    if given > 0 { given } else { preset }
}
