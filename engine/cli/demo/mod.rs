//! `rolewright demo`: a Kubernetes API in this process, the Mcrouter operator in it, and a custom resource's life.
mod project;
mod show;
mod story;

use anyhow::Context;
use clap::ValueEnum;
use rolewright_sandbox::{Options, Sandbox};
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Stay up when the story is told, and print the line that points kubectl at the API
    #[arg(long)]
    keep: bool,
    /// json prints one document at the end: the final CR, the objects, the runs
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(crate) fn run(arguments: &Arguments, started: Instant) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(tell(arguments, started))
}

async fn tell(arguments: &Arguments, started: Instant) -> anyhow::Result<()> {
    let screen = show::Screen::new(arguments.output == Output::Text, started);
    let sandbox = Sandbox::start(Options::default());
    let address = if arguments.keep { Some(listen(&sandbox).await?) } else { None };
    let told = story::tell(&sandbox, &screen).await?;
    if arguments.output == Output::Json {
        screen.document(&told.document);
    }
    if let Some(path) = address {
        screen.kept(&path);
        tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    }
    told.operator.stop().await
}

async fn listen(sandbox: &Sandbox) -> anyhow::Result<std::path::PathBuf> {
    let address = sandbox.listen(([127, 0, 0, 1], 0).into()).await.context("cannot listen on loopback")?;
    let path = std::env::temp_dir().join(format!("rolewright-demo-{}.kubeconfig", address.port()));
    sandbox.write_kubeconfig(address, &path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
