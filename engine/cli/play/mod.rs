//! `rolewright play`: playbooks, once, as `ansible-playbook` runs them.
mod difference;
mod dump;
mod environment;
mod extra_vars;
mod flags;
mod inventory;
mod list;
mod output;
mod vault;
mod warnings;

use crate::setup;
use crate::terminal::{Paint, Terminal};
use anyhow::Context;
use environment::Display;
pub(crate) use flags::Arguments;
use rolewright_language::ast::Playbook;
use rolewright_language::{Diagnostic, Files, Loader, Settings};
use rolewright_run::{Cancel, Choices, DiskFiles, Engine, Extensions, Inventory, InventorySources, Request, RunTarget};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Errors that are neither of loading nor of a host.
const FAILED: u8 = 1;

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match Session::new(arguments).and_then(|session| session.run()) {
        Ok(code) => Ok(ExitCode::from(code)),
        Err(error) => {
            warnings::error(&format!("{error:#}"));
            Ok(ExitCode::from(FAILED))
        }
    }
}

/// One call of the command.
struct Session<'a> {
    arguments: &'a Arguments,
    engine: Engine,
    inventory: Arc<Inventory>,
    limit: Option<Vec<String>>,
    tags: Vec<String>,
    skip_tags: Vec<String>,
    display: Display,
}

impl<'a> Session<'a> {
    fn new(arguments: &'a Arguments) -> anyhow::Result<Self> {
        arguments.check()?;
        let configuration = environment::configure()?;
        configuration.warnings.iter().for_each(|warning| warnings::warn(warning));
        for path in &arguments.playbooks {
            anyhow::ensure!(path.exists(), "the playbook: {} could not be found", path.display());
            let is_file = !path.is_dir();
            anyhow::ensure!(is_file, "the playbook: {} does not appear to be a file", path.display());
        }
        let vault = arguments.vault.read()?;
        let settings = Settings {
            extra_vars: extra_vars::read(&arguments.extra_vars, &vault)?,
            roles_path: environment::paths("ANSIBLE_ROLES_PATH"),
            collections_path: environment::paths("ANSIBLE_COLLECTIONS_PATH"),
            on_warning: Some(Arc::new(|warning: &Diagnostic| warnings::warn(&warning.message))),
            ..Settings::default()
        };
        let with = |given: &[String], name: &str| match given {
            [] => environment::list(name),
            given => given.to_vec(),
        };
        let engine =
            setup::engine(Arc::new(DiskFiles), settings).with_configuration(configuration.clone()).with_vault(vault);
        let session = Self {
            inventory: Arc::new(inventory::read(&arguments.inventory, &engine)?),
            engine,
            limit: arguments.limit()?,
            tags: with(&arguments.tags, "ANSIBLE_RUN_TAGS"),
            skip_tags: with(&arguments.skip_tags, "ANSIBLE_SKIP_TAGS"),
            display: Display::read(environment::verbosity(arguments.verbose))?,
            arguments,
        };
        session.check_hosts()?;
        Ok(session)
    }

    /// An inventory without hosts, or a limit that leaves none.
    fn check_hosts(&self) -> anyhow::Result<()> {
        if self.inventory.hosts.is_empty() && self.limit.is_none() {
            let quiet = |name| environment::switch(name) == Some(false);
            if !quiet("ANSIBLE_INVENTORY_UNPARSED_WARNING") {
                warnings::warn("No inventory was parsed, only implicit localhost is available");
            }
            if !quiet("ANSIBLE_LOCALHOST_WARNING") {
                warnings::warn(
                    "provided hosts list is empty, only localhost is available. Note that the implicit localhost does \
                     not match 'all'",
                );
            }
        }
        let Some(limit) = &self.limit else { return Ok(()) };
        let left = !self.inventory.matching(limit).is_empty();
        let message = "Specified inventory, host pattern and/or --limit leaves us with no hosts to target.";
        anyhow::ensure!(left, "{message}");
        Ok(())
    }

    fn run(&self) -> anyhow::Result<u8> {
        if self.display.verbosity > 0 {
            let config = self.engine.settings.configuration.get("ANSIBLE_CONFIG");
            let line = config.map_or_else(
                || "No config file found; using defaults".to_owned(),
                |path| format!("Using {path} as config file"),
            );
            Terminal::new().line(Paint::Plain, &line);
        }
        let mut worst = 0;
        for path in &self.arguments.playbooks {
            let full = std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))?;
            match self.playbook(path, &full) {
                Ok(0) => {}
                Ok(code) => {
                    worst = u8::try_from(code).unwrap_or(FAILED);
                    break;
                }
                Err((diagnostic, code)) => {
                    self.tell(&diagnostic);
                    return Ok(u8::try_from(code).unwrap_or(FAILED));
                }
            }
        }
        Ok(worst)
    }

    fn only_looks(&self) -> bool {
        self.arguments.syntax_check || self.arguments.only_lists()
    }

    fn playbook(&self, path: &Path, full: &Path) -> Result<i32, (Diagnostic, i32)> {
        let engine = &self.engine;
        let loader = Loader { files: &*engine.files, catalog: &*engine.modules, settings: &engine.settings };
        let playbook = loader.playbook(full).map_err(|error| {
            let code = error.exit_code();
            (error, code)
        })?;
        if self.only_looks() {
            self.look(path, &playbook);
            return Ok(0);
        }
        let arguments = self.arguments;
        let request = Request {
            target: RunTarget::Playbook(Arc::new(playbook)),
            inventory: Arc::new(
                self.inventory_of(full)
                    .map_err(|message| (Diagnostic::error("bad-vars", message), i32::from(FAILED)))?,
            ),
            extra_vars: engine.settings.extra_vars.clone(),
            extra_data: Vec::new(),
            extensions: Extensions::default(),
            environment: self.environment(),
            tags: self.tags.clone(),
            skip_tags: self.skip_tags.clone(),
            check_mode: arguments.check,
            diff: self.shows_changes(),
            verbosity: self.display.verbosity,
            gather_facts: environment::var("ANSIBLE_GATHERING").as_deref() != Some("explicit"),
            cancel: Cancel::default(),
            choices: Choices {
                limit: self.limit.clone(),
                start_at_task: arguments.start_at_task.clone(),
                force_handlers: arguments.force_handlers,
                connection: arguments.connection(),
            },
        };
        let output = output::Output::new(Terminal::new(), self.display.clone(), self.shows_changes());
        if self.display.verbosity > 1 {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            output.banner(&format!("PLAYBOOK: {name}"));
        }
        let outcome = engine.run(request, &output);
        match outcome.error {
            Some(error) => Err((error, outcome.exit_code)),
            None => Ok(outcome.exit_code),
        }
    }

    /// The inventory with the files of variables beside a playbook.
    fn inventory_of(&self, playbook: &Path) -> Result<Inventory, String> {
        let (engine, directory) = (&self.engine, playbook.parent().unwrap_or(Path::new("/")));
        let around = InventorySources { files: &*engine.files, settings: &engine.settings, directory };
        let mut inventory = (*self.inventory).clone();
        inventory.add_playbook(directory, &around)?;
        Ok(inventory)
    }

    fn shows_changes(&self) -> bool {
        self.arguments.diff || environment::switch("ANSIBLE_DIFF_ALWAYS") == Some(true)
    }

    fn look(&self, path: &Path, playbook: &Playbook) {
        let choice = list::Choice {
            inventory: &self.inventory,
            limit: self.limit.as_deref(),
            tags: &self.tags,
            skip_tags: &self.skip_tags,
        };
        let page = match self.arguments.only_lists() {
            true => list::page(path, playbook, self.arguments, &choice),
            false => format!("\nplaybook: {}\n", path.display()),
        };
        Terminal::new().write(&page);
    }

    /// The flags about the cluster, in the words that its modules look for: they connect when one is reached.
    fn environment(&self) -> Vec<(String, String)> {
        let kubeconfig = self.arguments.kubeconfig.as_ref().map(|path| path.display().to_string());
        let given = [("K8S_AUTH_KUBECONFIG", kubeconfig), ("K8S_AUTH_CONTEXT", self.arguments.context.clone())];
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// The error with its lines, as Ansible shows it.
    fn tell(&self, diagnostic: &Diagnostic) {
        let files: &dyn Files = &*self.engine.files;
        let mut page = match &diagnostic.origin {
            Some(origin) => rolewright_run::with_place(files, &diagnostic.message, origin, None),
            None => diagnostic.message.clone(),
        };
        if let Some(help) = &diagnostic.help {
            page.push_str(&format!("\n{help}\n"));
        }
        warnings::error(&page);
    }
}
