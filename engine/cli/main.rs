//! The command line: one file per subcommand, nothing else.
mod eval;
mod run;
mod sandbox;
mod version;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "rolewright", version, about = "Runs Ansible-style roles as Kubernetes operators, natively")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Evaluates a template or a condition
    Eval(eval::Arguments),
    /// The operator of a project: reconciles what watches.yaml names
    Run(Box<run::Arguments>),
    /// A Kubernetes API on loopback, with a kubeconfig, until Ctrl-C
    Sandbox(sandbox::Arguments),
    /// The version of this program
    Version,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Sandbox(arguments) => sandbox::run(&arguments),
        Command::Version => {
            version::run();
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the command line is where a failure is told")]
fn report(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
