//! `ansible.builtin`: modules that a role uses around its real work.
mod archives;
mod assemble;
mod assert;
mod command;
mod copy;
mod debug;
mod edit;
mod fail;
mod fetch;
mod file;
mod find;
mod getent;
mod include_vars;
mod inventory;
mod pause;
mod ping;
mod script;
mod set_fact;
mod set_stats;
mod setup;
mod slurp;
mod stat;
mod tempfile;
mod template;
mod user;
mod wait_for;
mod web;

#[cfg(test)]
mod testing;

use crate::failure::Failure;
use crate::options::{Options, Spec};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use std::sync::Arc;

pub(crate) fn all() -> Vec<Arc<dyn Module>> {
    vec![
        Arc::new(archives::pack::Archive),
        Arc::new(archives::unpack::Unarchive),
        Arc::new(assemble::Assemble),
        Arc::new(assert::Assert),
        Arc::new(command::Command),
        Arc::new(command::Raw),
        Arc::new(command::Shell),
        Arc::new(copy::Copy),
        Arc::new(debug::Debug),
        Arc::new(edit::block::BlockInFile),
        Arc::new(edit::ini::IniFile),
        Arc::new(edit::line::LineInFile),
        Arc::new(edit::replace::Replace),
        Arc::new(fail::Fail),
        Arc::new(fetch::Fetch),
        Arc::new(file::File),
        Arc::new(find::Find),
        Arc::new(getent::Getent),
        Arc::new(include_vars::IncludeVars),
        Arc::new(inventory::AddHost),
        Arc::new(inventory::GroupBy),
        Arc::new(pause::Pause),
        Arc::new(ping::Ping),
        Arc::new(script::Script),
        Arc::new(set_fact::SetFact),
        Arc::new(set_stats::SetStats),
        Arc::new(setup::GatherFacts),
        Arc::new(setup::Setup),
        Arc::new(slurp::Slurp),
        Arc::new(stat::Stat),
        Arc::new(tempfile::Tempfile),
        Arc::new(template::Template),
        Arc::new(user::User),
        Arc::new(wait_for::WaitFor),
        Arc::new(web::get_url::GetUrl),
        Arc::new(web::uri::Uri),
    ]
}

/// Checks the arguments and goes on with the options, or fails with Ansible's message.
fn with_options(
    spec: &Spec,
    cx: &TaskContext<'_>,
    args: &Args,
    then: impl FnOnce(&Options) -> Result<Outcome, String>,
) -> Outcome {
    let env = |name: &str| cx.system.env(name);
    spec.read(args, &env).and_then(|options| then(&options)).unwrap_or_else(Outcome::failed)
}

/// The same for modules of files: failures may say more than a message, and the result tells of its path.
fn carry_out(
    spec: &Spec,
    cx: &TaskContext<'_>,
    args: &Args,
    then: impl FnOnce(&Options) -> Result<Outcome, Failure>,
) -> Outcome {
    let env = |name: &str| cx.system.env(name);
    let done = spec.read(args, &env).map_err(Failure::from).and_then(|options| then(&options));
    crate::fs::add_path_info(done.unwrap_or_else(Failure::into_outcome))
}

/// The environment of programs that a task starts.
pub(crate) fn environment(cx: &TaskContext<'_>) -> Vec<(String, String)> {
    let mut all = cx.system.environment();
    all.retain(|(name, _)| !cx.environment.iter().any(|(own, _)| own == name));
    all.extend(cx.environment.iter().cloned());
    all
}
