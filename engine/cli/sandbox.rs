//! `rolewright sandbox`: a Kubernetes API for kubectl, with nothing installed.
use anyhow::Context;
use rolewright_sandbox::{Options, Sandbox};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where to write the kubeconfig [default: a file in the system's folder for temporary files]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// How long pods take to become ready; without it they are ready when the request that made them is answered
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    ready_after: u64,
}

/// Serves until Ctrl-C. An address that others could reach is refused: whoever reaches it is cluster-admin there.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    anyhow::ensure!(arguments.listen.ip().is_loopback(), "{} is not a loopback address", arguments.listen);
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(serve(arguments))
}

#[expect(clippy::print_stdout, reason = "the line to paste into a shell is this command's output")]
async fn serve(arguments: &Arguments) -> anyhow::Result<()> {
    let options = Options { pod_ready_after: Duration::from_millis(arguments.ready_after), ..Options::default() };
    let sandbox = Sandbox::start(options);
    let address =
        sandbox.listen(arguments.listen).await.with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let path = arguments.kubeconfig.clone().unwrap_or_else(|| default_path(address));
    sandbox.write_kubeconfig(address, &path).with_context(|| format!("cannot write {}", path.display()))?;
    println!("export KUBECONFIG={}", path.display());
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")
}

fn default_path(address: SocketAddr) -> PathBuf {
    std::env::temp_dir().join(format!("rolewright-sandbox-{}.kubeconfig", address.port()))
}
