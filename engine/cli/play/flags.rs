//! The flags of `ansible-playbook`, and what becomes of each of them.
use super::{inventory, vault};
use anyhow::{bail, ensure};
use std::path::PathBuf;

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "these are the switches of ansible-playbook")]
pub(crate) struct Arguments {
    /// The playbooks, run one after the other
    #[arg(required = true, value_name = "PLAYBOOK")]
    pub(super) playbooks: Vec<PathBuf>,
    /// Variables: key=value, a YAML or JSON mapping, or @FILE; the last one wins
    #[arg(short = 'e', long = "extra-vars", value_name = "VARS")]
    pub(super) extra_vars: Vec<String>,
    #[command(flatten)]
    pub(super) inventory: inventory::Flags,
    /// Only those of a play's hosts that this pattern names, or the file after an @
    #[arg(short, long, alias = "subset", value_name = "PATTERN")]
    pub(super) limit: Vec<String>,
    /// Only tasks with these tags
    #[arg(short, long, value_delimiter = ',', value_name = "TAGS")]
    pub(super) tags: Vec<String>,
    /// No tasks with these tags
    #[arg(long, value_delimiter = ',', value_name = "TAGS")]
    pub(super) skip_tags: Vec<String>,
    /// Change nothing, and tell what would change
    #[arg(short = 'C', long)]
    pub(super) check: bool,
    /// Show what changes in files and objects
    #[arg(short = 'D', long)]
    pub(super) diff: bool,
    /// Only load the playbooks, with everything they import
    #[arg(long)]
    pub(super) syntax_check: bool,
    /// Only list the hosts of every play
    #[arg(long)]
    pub(super) list_hosts: bool,
    /// Only list the tasks that would run
    #[arg(long)]
    pub(super) list_tasks: bool,
    /// Only list the tags of tasks
    #[arg(long)]
    pub(super) list_tags: bool,
    /// Begin with the first task of this name; * and ? stand for anything
    #[arg(long, value_name = "NAME")]
    pub(super) start_at_task: Option<String>,
    /// Run notified handlers of hosts that failed as well
    #[arg(long)]
    pub(super) force_handlers: bool,
    /// Forget cached facts; facts are never kept from one run to the next here
    #[arg(long)]
    pub(super) flush_cache: bool,
    /// More of every result; up to -vvvvvv
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    #[command(flatten)]
    pub(super) vault: vault::Flags,
    /// The context of the kubeconfig to use
    #[arg(long, value_name = "NAME")]
    pub(super) context: Option<String>,
    /// The kubeconfig to use [default: as kubectl finds it]
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    #[command(flatten)]
    machines: Machines,
}

/// Flags about other machines and other users. Tasks run here, as the user of this process.
#[derive(clap::Args)]
#[command(next_help_heading = "Accepted for ansible-playbook's sake")]
struct Machines {
    /// How hosts are reached: only `local` is offered
    #[arg(short, long, value_name = "NAME")]
    connection: Option<String>,
    /// The user on other machines: of no effect, as tasks run on this one
    #[arg(short, long, value_name = "NAME")]
    user: Option<String>,
    /// How many hosts at once: of no effect on what happens, as one host follows the other
    #[arg(short, long, value_name = "N")]
    forks: Option<u32>,
    /// Time to connect: of no effect, as nothing is connected to
    #[arg(short = 'T', long, value_name = "SECONDS")]
    timeout: Option<u32>,
    #[arg(long, alias = "key-file", value_name = "FILE", hide = true)]
    private_key: Option<PathBuf>,
    #[arg(long, value_name = "ARGS", hide = true, allow_hyphen_values = true)]
    ssh_common_args: Option<String>,
    #[arg(long, value_name = "ARGS", hide = true, allow_hyphen_values = true)]
    ssh_extra_args: Option<String>,
    #[arg(long, value_name = "ARGS", hide = true, allow_hyphen_values = true)]
    scp_extra_args: Option<String>,
    #[arg(long, value_name = "ARGS", hide = true, allow_hyphen_values = true)]
    sftp_extra_args: Option<String>,
    #[arg(short, long = "become", hide = true)]
    r#become: bool,
    #[arg(long, value_name = "NAME", hide = true)]
    become_method: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    become_user: Option<String>,
    #[arg(short = 'K', long, hide = true)]
    ask_become_pass: bool,
    #[arg(long, alias = "become-pass-file", value_name = "FILE", hide = true)]
    become_password_file: Option<PathBuf>,
    #[arg(short = 'k', long, hide = true)]
    ask_pass: bool,
    #[arg(long, alias = "conn-pass-file", value_name = "FILE", hide = true)]
    connection_password_file: Option<PathBuf>,
    #[arg(short = 'M', long, value_name = "PATHS", hide = true)]
    module_path: Vec<String>,
    #[arg(long, hide = true)]
    step: bool,
}

impl Arguments {
    /// Refuses what would silently come out otherwise than asked for.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let machines = &self.machines;
        if let Some(name) = machines.connection.as_deref().filter(|name| !is_local(name)) {
            bail!("--connection {name} is not offered: tasks run on this machine, as with --connection local");
        }
        let becomes = machines.r#become
            || machines.become_method.is_some()
            || machines.become_user.is_some()
            || machines.ask_become_pass
            || machines.become_password_file.is_some();
        ensure!(!becomes, "--become is not offered: tasks run as the user of this process");
        let asks = machines.ask_pass || machines.connection_password_file.is_some();
        ensure!(!asks, "passwords of connections are not needed: tasks run on this machine");
        ensure!(
            machines.module_path.is_empty(),
            "--module-path is not offered: modules are part of this program, those written in Python cannot be loaded"
        );
        ensure!(!machines.step, "--step is not offered: nobody is asked anything during a run");
        ensure!(machines.forks != Some(0), "The number of processes (--forks) must be >= 1");
        Ok(())
    }

    /// What `--connection` says, once it is checked.
    pub(super) fn connection(&self) -> Option<String> {
        self.machines.connection.as_ref().map(|_| "local".to_owned())
    }

    pub(super) fn only_lists(&self) -> bool {
        self.list_hosts || self.list_tasks || self.list_tags
    }

    /// The patterns of `--limit`, those of an `@FILE` line by line.
    pub(super) fn limit(&self) -> anyhow::Result<Option<Vec<String>>> {
        if self.limit.is_empty() {
            return Ok(None);
        }
        let mut patterns = Vec::new();
        for given in &self.limit {
            match given.strip_prefix('@') {
                None => patterns.push(given.clone()),
                Some(file) => {
                    let text = std::fs::read_to_string(file)
                        .map_err(|error| anyhow::anyhow!("Unable to find limit file {file}: {error}"))?;
                    patterns.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
                }
            }
        }
        Ok(Some(patterns))
    }
}

fn is_local(name: &str) -> bool {
    matches!(name, "local" | "ansible.builtin.local" | "smart")
}
