//! The command line: one file per subcommand, nothing else.
mod demo;
mod describe;
mod eval;
mod play;
mod run;
mod sandbox;
mod setup;
mod terminal;
mod version;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Parser)]
#[command(name = "rolewright", version, about = "Runs Ansible-style roles as Kubernetes operators, natively")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The Mcrouter operator at work, in a Kubernetes API of this process: nothing else is needed
    Demo(demo::Arguments),
    /// Evaluates a template or a condition
    Eval(eval::Arguments),
    /// Runs playbooks once, as ansible-playbook does
    Play(Box<play::Arguments>),
    /// The operator of a project: reconciles what watches.yaml names
    Run(Box<run::Arguments>),
    /// A Kubernetes API on loopback, with a kubeconfig, until Ctrl-C
    Sandbox(sandbox::Arguments),
    /// The version of this program
    Version,
}

fn main() -> ExitCode {
    let started = Instant::now();
    let done = match Cli::parse().command {
        Command::Demo(arguments) => demo::run(&arguments, started).map(|()| ExitCode::SUCCESS),
        Command::Eval(arguments) => eval::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Play(arguments) => play::run(&arguments),
        Command::Run(arguments) => run::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Sandbox(arguments) => sandbox::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Version => {
            version::run();
            Ok(ExitCode::SUCCESS)
        }
    };
    match done {
        Ok(code) => code,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn flags_do_not_contradict_each_other() {
        super::Cli::command().debug_assert();
    }
}
