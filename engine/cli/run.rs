//! `rolewright run`: the operator, with every flag and environment variable of `ansible-operator run`.
mod flags;
mod logging;

pub(crate) use flags::Arguments;

use anyhow::Context;
use rolewright_cluster::{Cluster, Connect};
use rolewright_language::Settings;
use rolewright_operator::Operator;
use rolewright_run::DiskFiles;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Roles nest includes and templates deeply; the default of 2 MiB is little for that.
const STACK: usize = 8 << 20;

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    logging::init(arguments);
    let options = arguments.options(&|name| std::env::var(name).ok())?;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_stack_size(STACK).build().context("cannot start the runtime")?;
    let result = runtime.block_on(serve(arguments, options));
    // Runs that did not reach a task boundary within the graceful timeout must not keep the process.
    runtime.shutdown_background();
    result
}

async fn serve(arguments: &Arguments, options: rolewright_operator::Options) -> anyhow::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(target: "cmd", version, "Version");
    if options.watch_namespaces.is_empty() {
        tracing::info!(target: "cmd", "Watching all namespaces");
    } else {
        tracing::info!(target: "cmd", namespaces = %options.watch_namespaces.join(","), "Watching namespaces");
    }
    let connect =
        Connect { kubeconfig: arguments.kubeconfig.clone(), context: arguments.context.clone(), ..Connect::default() };
    let cluster = Cluster::connect(&connect).await.context("cannot find a Kubernetes API")?;
    let engine = crate::setup::engine(Arc::new(DiskFiles), Settings::default());
    let operator = Operator::load(options, engine, cluster).map_err(anyhow::Error::msg)?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(target: "cmd", "Stopping; a second signal ends the process at once");
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
    };
    operator.run(stop).await.map_err(anyhow::Error::msg)
}
