//! `ansible.builtin`: modules that a role uses around its real work.
mod assert;
mod command;
mod debug;
mod fail;
mod include_vars;
mod pause;
mod ping;
mod set_fact;
mod set_stats;

use crate::options::{Options, Spec};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use std::sync::Arc;

pub(crate) fn all() -> Vec<Arc<dyn Module>> {
    vec![
        Arc::new(assert::Assert),
        Arc::new(command::Command),
        Arc::new(command::Raw),
        Arc::new(command::Shell),
        Arc::new(debug::Debug),
        Arc::new(fail::Fail),
        Arc::new(include_vars::IncludeVars),
        Arc::new(pause::Pause),
        Arc::new(ping::Ping),
        Arc::new(set_fact::SetFact),
        Arc::new(set_stats::SetStats),
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
