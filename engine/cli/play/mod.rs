//! `rolewright play`: playbooks, once, as `ansible-playbook` runs them.
mod dump;
mod extra_vars;
mod output;
mod vault;

use crate::setup;
use crate::terminal::{Paint, Terminal};
use anyhow::Context;
use rolewright_cluster::{Cluster, Connect};
use rolewright_language::{Diagnostic, Loader, Settings};
use rolewright_run::{Cancel, DiskFiles, Engine, Extensions, Request, RunTarget};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The playbooks, run one after the other
    #[arg(required = true, value_name = "PLAYBOOK")]
    playbooks: Vec<PathBuf>,
    /// Variables: key=value, a YAML or JSON mapping, or @FILE; the last one wins
    #[arg(short = 'e', long = "extra-vars", value_name = "VARS")]
    extra_vars: Vec<String>,
    /// Only tasks with these tags
    #[arg(short, long, value_delimiter = ',', value_name = "TAGS")]
    tags: Vec<String>,
    /// No tasks with these tags
    #[arg(long, value_delimiter = ',', value_name = "TAGS")]
    skip_tags: Vec<String>,
    /// Change nothing, and tell what would change
    #[arg(short = 'C', long)]
    check: bool,
    /// Show what changes in files and objects
    #[arg(short = 'D', long)]
    diff: bool,
    /// Only load the playbooks, with everything they import
    #[arg(long)]
    syntax_check: bool,
    /// More of every result; up to -vvvv
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(flatten)]
    vault: vault::Flags,
    /// The context of the kubeconfig to use
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// The kubeconfig to use [default: as kubectl finds it]
    #[arg(long, value_name = "FILE", env = "K8S_AUTH_KUBECONFIG")]
    kubeconfig: Option<PathBuf>,
}

/// What `ansible-playbook` answers when a playbook cannot be loaded.
const CANNOT_LOAD: u8 = 4;

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let vault = arguments.vault.read()?;
    let extra_vars = extra_vars::read(&arguments.extra_vars, &vault)?;
    let settings = Settings { extra_vars, roles_path: paths("ANSIBLE_ROLES_PATH"), ..settings() };
    let engine = setup::engine(Arc::new(DiskFiles), settings).with_vault(vault);
    let extensions = extensions(arguments, &runtime);
    for path in &arguments.playbooks {
        let path = std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))?;
        match play(arguments, &engine, extensions.clone(), &path) {
            Ok(0) => {}
            Ok(code) => return Ok(ExitCode::from(u8::try_from(code).unwrap_or(1))),
            Err(diagnostic) => {
                tell(&diagnostic);
                return Ok(ExitCode::from(CANNOT_LOAD));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn settings() -> Settings {
    Settings { collections_path: paths("ANSIBLE_COLLECTIONS_PATH"), ..Settings::default() }
}

fn paths(variable: &str) -> Vec<PathBuf> {
    std::env::var_os(variable).map(|paths| std::env::split_paths(&paths).collect()).unwrap_or_default()
}

fn play(arguments: &Arguments, engine: &Engine, extensions: Extensions, path: &Path) -> Result<i32, Diagnostic> {
    let loader = Loader { files: &*engine.files, catalog: &*engine.modules, settings: &engine.settings };
    let playbook = Arc::new(loader.playbook(path)?);
    let terminal = Terminal::new();
    if arguments.syntax_check {
        terminal.line(Paint::Plain, &format!("\nplaybook: {}", path.display()));
        return Ok(0);
    }
    let request = Request {
        target: RunTarget::Playbook(playbook),
        inventory: Arc::default(),
        extra_vars: engine.settings.extra_vars.clone(),
        extra_data: Vec::new(),
        extensions,
        environment: Vec::new(),
        tags: arguments.tags.clone(),
        skip_tags: arguments.skip_tags.clone(),
        check_mode: arguments.check,
        diff: arguments.diff,
        verbosity: arguments.verbose,
        gather_facts: std::env::var("ANSIBLE_GATHERING").as_deref() != Ok("explicit"),
        cancel: Cancel::default(),
    };
    let outcome = engine.run(request, &output::Default::new(terminal, arguments.verbose));
    match outcome.error {
        Some(error) => Err(error),
        None => Ok(outcome.exit_code),
    }
}

/// A cluster only where one can be found: most playbooks need none, and those that do fail in their own task.
fn extensions(arguments: &Arguments, runtime: &tokio::runtime::Runtime) -> Extensions {
    let mut extensions = Extensions::default();
    let connect =
        Connect { kubeconfig: arguments.kubeconfig.clone(), context: arguments.context.clone(), ..Connect::default() };
    match runtime.block_on(Cluster::connect(&connect)) {
        Ok(cluster) => extensions.insert(Arc::new(cluster)),
        Err(error) => tracing::debug!("no cluster: {error}"),
    }
    extensions
}

#[expect(clippy::print_stderr, reason = "the command line is where a failure is told")]
fn tell(diagnostic: &Diagnostic) {
    eprintln!("{}", diagnostic.render(std::io::IsTerminal::is_terminal(&std::io::stderr())));
}
