//! Running a program to its end, stoppable.
use crate::Cancel;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program to run.
#[derive(Clone, Debug, Default)]
pub struct Process {
    pub argv: Vec<String>,
    pub directory: Option<PathBuf>,
    /// The whole environment; nothing is inherited.
    pub environment: Vec<(String, String)>,
    pub stdin: Option<Vec<u8>>,
}

/// What it left behind.
#[derive(Clone, Debug, Default)]
pub struct ProcessOutput {
    /// The exit code; minus the signal's number when a signal ended it.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// It was killed because the run was cancelled or the task's time was over.
    pub killed: bool,
}

pub(crate) fn spawn(process: &Process, cancel: &Cancel) -> std::io::Result<ProcessOutput> {
    let mut child = command(process)?.spawn()?;
    let stdin = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        if let (Some(mut pipe), Some(input)) = (stdin, process.stdin.as_deref()) {
            // A program that does not read its input is no error.
            scope.spawn(move || pipe.write_all(input).ok());
        }
        let out = scope.spawn(move || drain(stdout));
        let err = scope.spawn(move || drain(stderr));
        let (code, killed) = wait(&mut child, cancel)?;
        let stdout = out.join().unwrap_or_default();
        let stderr = err.join().unwrap_or_default();
        Ok(ProcessOutput { code, stdout, stderr, killed })
    })
}

fn command(process: &Process) -> std::io::Result<Command> {
    let Some((program, arguments)) = process.argv.split_first() else {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "no command given"));
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(process.environment.iter().map(|(k, v)| (k, v)));
    if let Some(directory) = &process.directory {
        command.current_dir(directory);
    }
    command.stdin(if process.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}

fn drain(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What was read before an error still counts.
        let _ = pipe.read_to_end(&mut bytes);
    }
    bytes
}

/// Short commands are noticed at once, long ones cost nothing to watch.
fn wait(child: &mut Child, cancel: &Cancel) -> std::io::Result<(i32, bool)> {
    let mut pause = Duration::from_micros(200);
    let mut killed = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((exit_code(status), killed));
        }
        if !killed && !cancel.wait(pause) {
            killed = true;
            kill_group(child);
        } else if killed {
            std::thread::sleep(pause);
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// The whole group, so that no grandchild keeps the pipes open.
fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return -signal;
    }
    status.code().unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        Process { argv: vec!["/bin/sh".into(), "-c".into(), script.into()], ..Process::default() }
    }

    #[test]
    fn output_code_and_input() {
        let mut process = shell("cat; echo err >&2; exit 3");
        process.stdin = Some(b"in".to_vec());
        let output = spawn(&process, &Cancel::default()).unwrap();
        assert_eq!((output.code, &*output.stdout, &*output.stderr), (3, &b"in"[..], &b"err\n"[..]));
        assert!(!output.killed);
    }

    #[test]
    fn a_deadline_kills_it_and_its_children() {
        let cancel = Cancel::default().within(Duration::from_millis(20));
        let output = spawn(&shell("sleep 600 & sleep 600"), &cancel).unwrap();
        assert!(output.killed);
        assert_eq!(output.code, -9);
    }

    #[test]
    fn a_missing_program_is_an_error() {
        let process = Process { argv: vec!["/no/such/program".into()], ..Process::default() };
        assert!(spawn(&process, &Cancel::default()).is_err());
    }
}
