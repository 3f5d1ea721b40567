//! `wait_for`: waits for a port, a file, or some time.
use super::carry_out;
use crate::failure::Failure;
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::{Groups, PythonRegex, Value};
use std::io::Read;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) struct WaitFor;

const SPEC: Spec = Spec {
    module: "wait_for",
    options: &[
        Opt::new("active_connection_states", Kind::Texts),
        Opt::new("connect_timeout", Kind::Int),
        Opt::new("delay", Kind::Int),
        Opt::new("exclude_hosts", Kind::Texts),
        Opt::new("host", Kind::Str),
        Opt::new("msg", Kind::Str),
        Opt::new("path", Kind::Path),
        Opt::new("port", Kind::Int),
        Opt::new("search_regex", Kind::Str),
        Opt::new("sleep", Kind::Int),
        Opt::new("state", Kind::Str).choices(&["absent", "drained", "present", "started", "stopped"]),
        Opt::new("timeout", Kind::Int),
    ],
    rules: &[],
};

impl Module for WaitFor {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.wait_for", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        if cx.check_mode {
            return Outcome::skipped("remote module (ansible.builtin.wait_for) does not support check mode");
        }
        carry_out(&SPEC, cx, args, |options| Wait::read(cx, options)?.run())
    }
}

struct Wait<'a> {
    cx: &'a TaskContext<'a>,
    host: String,
    port: Option<u16>,
    path: Option<String>,
    state: String,
    search: Option<(String, PythonRegex)>,
    exclude: Vec<IpAddr>,
    active: Vec<String>,
    timeout: Duration,
    connect_timeout: Duration,
    delay: Duration,
    pause: Duration,
    message: Option<String>,
    start: Instant,
}

const ACTIVE: [&str; 6] = ["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"];

impl<'a> Wait<'a> {
    fn read(cx: &'a TaskContext<'a>, options: &Options) -> Result<Self, Failure> {
        let seconds = |name: &str, default: u64| {
            let given = options.int(name).and_then(|seconds| u64::try_from(seconds).ok());
            Duration::from_secs(given.unwrap_or(default))
        };
        let state = options.text_or("state", "started");
        let path = options.text("path").filter(|path| !path.is_empty());
        let port = match options.int("port") {
            None => None,
            Some(port) => Some(u16::try_from(port).map_err(|_| format!("port {port} is not between 0 and 65535"))?),
        };
        if port.is_some() && path.is_some() {
            return Err("port and path parameter can not both be passed to wait_for".into());
        }
        if path.is_some() && matches!(state.as_str(), "stopped" | "drained") {
            let message = "should only be used for checking a port in the wait_for module";
            return Err(format!("state={state} {message}").into());
        }
        if options.has("exclude_hosts") && state != "drained" {
            return Err("exclude_hosts should only be with state=drained".into());
        }
        let search = match options.text("search_regex") {
            Some(pattern) => {
                let regex = PythonRegex::multiline(&pattern).map_err(|error| error.to_string())?;
                Some((pattern, regex))
            }
            None => None,
        };
        let exclude = options.texts("exclude_hosts");
        let exclude = exclude.iter().flat_map(|host| addresses(host, 0)).map(|address| address.ip()).collect();
        let active = options.texts("active_connection_states");
        Ok(Self {
            cx,
            host: options.text_or("host", "127.0.0.1"),
            port,
            path,
            state,
            search,
            exclude,
            active: if active.is_empty() { ACTIVE.map(str::to_owned).to_vec() } else { active },
            timeout: seconds("timeout", 300),
            connect_timeout: seconds("connect_timeout", 5),
            delay: seconds("delay", 0),
            pause: seconds("sleep", 1),
            message: options.text("msg"),
            start: Instant::now(),
        })
    }

    fn run(&self) -> Result<Outcome, Failure> {
        self.sleep(self.delay)?;
        if self.port.is_none() && self.path.is_none() && self.state != "drained" {
            self.sleep(self.timeout)?;
            return Ok(self.outcome(None));
        }
        loop {
            if let Some(found) = self.check()? {
                return Ok(self.outcome(found.0));
            }
            let left = self.timeout.saturating_sub(self.start.elapsed());
            if left.is_zero() {
                let message = self.message.clone().unwrap_or_else(|| self.timed_out());
                return Err(Failure::new(message).with("elapsed", self.elapsed()));
            }
            self.sleep(self.pause.min(left))?;
        }
    }

    fn sleep(&self, duration: Duration) -> Result<(), Failure> {
        if duration.is_zero() || self.cx.system.sleep(duration, self.cx.cancel) {
            return Ok(());
        }
        Err(Failure::new("the run was stopped while it waited").with("elapsed", self.elapsed()))
    }

    fn elapsed(&self) -> Value {
        Value::from(i64::try_from(self.start.elapsed().as_secs()).unwrap_or(i64::MAX))
    }

    /// `Some` when what is waited for is there; with it, what a pattern matched.
    fn check(&self) -> Result<Option<Found>, Failure> {
        let there = |yes: bool| Ok(yes.then_some(Found(None)));
        match (self.state.as_str(), &self.path) {
            ("absent" | "stopped", Some(path)) => there(!Path::new(path).exists()),
            ("absent" | "stopped", None) => there(self.connect().is_none()),
            ("drained", _) => there(self.connections() == 0),
            (_, Some(path)) => self.file(path),
            (_, None) => self.socket(),
        }
    }

    fn file(&self, path: &str) -> Result<Option<Found>, Failure> {
        if !Path::new(path).exists() {
            return Ok(None);
        }
        let Some((_, regex)) = &self.search else { return Ok(Some(Found(None))) };
        // A file that cannot be read yet may be readable later.
        let Ok(bytes) = std::fs::read(path) else { return Ok(None) };
        matched(regex, &String::from_utf8_lossy(&bytes))
    }

    fn connect(&self) -> Option<TcpStream> {
        let port = self.port.unwrap_or_default();
        let timeout = self.connect_timeout.max(Duration::from_millis(1));
        let all = addresses(&self.host, port);
        all.iter().find_map(|address| TcpStream::connect_timeout(address, timeout).ok())
    }

    fn socket(&self) -> Result<Option<Found>, Failure> {
        let Some(mut stream) = self.connect() else { return Ok(None) };
        let Some((_, regex)) = &self.search else { return Ok(Some(Found(None))) };
        let mut text = Vec::new();
        let mut part = [0; 1024];
        let until = Instant::now() + self.timeout.saturating_sub(self.start.elapsed());
        let step = Duration::from_millis(200);
        if stream.set_read_timeout(Some(step)).is_err() {
            return Ok(None);
        }
        while Instant::now() < until && !self.cx.cancel.is_cancelled() {
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(count) => text.extend_from_slice(&part[..count]),
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                    continue;
                }
                Err(_) => break,
            }
            if let Some(found) = matched(regex, &String::from_utf8_lossy(&text))? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Connections to the port that are still in use.
    fn connections(&self) -> usize {
        let hosts: Vec<IpAddr> = addresses(&self.host, 0).iter().map(SocketAddr::ip).collect();
        let wildcard = hosts.iter().any(IpAddr::is_unspecified);
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| crate::machine::text_of(self.cx, path));
        let lines = tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(connection);
        lines
            .filter(|(local, remote, state)| {
                Some(local.port()) == self.port
                    && (wildcard || hosts.contains(&local.ip()))
                    && !self.exclude.contains(&remote.ip())
                    && self.active.iter().any(|name| name == state)
            })
            .count()
    }

    fn timed_out(&self) -> String {
        let place = match (&self.path, self.port) {
            (Some(path), _) => path.clone(),
            (None, Some(port)) => format!("{}:{port}", self.host),
            (None, None) => self.host.clone(),
        };
        match (self.state.as_str(), &self.search) {
            ("drained", _) => format!("Timeout when waiting for {place} to drain"),
            ("absent" | "stopped", _) if self.path.is_some() => {
                format!("Timeout when waiting for {place} to be absent.")
            }
            ("absent" | "stopped", _) => format!("Timeout when waiting for {place} to stop."),
            (_, Some((pattern, _))) => format!("Timeout when waiting for search string {pattern} in {place}"),
            _ if self.path.is_some() => format!("Timeout when waiting for file {place}"),
            _ => format!("Timeout when waiting for {place}"),
        }
    }

    fn outcome(&self, found: Option<(Value, Value)>) -> Outcome {
        let (groups, named) = found.unwrap_or_else(|| (Value::list([]), Value::dict::<&str>([])));
        let text = |text: Option<&String>| text.map_or(Value::None, |text| Value::from(text.as_str()));
        Outcome::ok(false)
            .with("state", self.state.as_str())
            .with("port", self.port.map_or(Value::None, |port| Value::from(i64::from(port))))
            .with("search_regex", text(self.search.as_ref().map(|(pattern, _)| pattern)))
            .with("match_groups", groups)
            .with("match_groupdict", named)
            .with("path", text(self.path.as_ref()))
            .with("elapsed", self.elapsed())
    }
}

/// Groups that a pattern matched, and those of them that have names.
struct Found(Option<(Value, Value)>);

fn matched(regex: &PythonRegex, text: &str) -> Result<Option<Found>, Failure> {
    let found = regex.find(text).map_err(|error| error.to_string())?;
    let Some(Groups(spans)) = found else { return Ok(None) };
    let value = |index: usize| match spans.get(index).cloned().flatten() {
        Some(span) => Value::verbatim(&text[span]),
        None => Value::None,
    };
    let groups = Value::list((1..spans.len()).map(value));
    let named = regex.named_groups().into_iter().map(|(name, index)| (name, value(index)));
    Ok(Some(Found(Some((groups, Value::dict(named.collect::<Vec<_>>()))))))
}

fn addresses(host: &str, port: u16) -> Vec<SocketAddr> {
    // A name that cannot be resolved yet is a host that is not there yet.
    (host, port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
}

/// One line of the kernel's table: this side, the other side, the state.
fn connection(line: &str) -> Option<(SocketAddr, SocketAddr, &'static str)> {
    let mut fields = line.split_whitespace().skip(1);
    let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
    let state = match state {
        "01" => "ESTABLISHED",
        "02" => "SYN_SENT",
        "03" => "SYN_RECV",
        "04" => "FIN_WAIT1",
        "05" => "FIN_WAIT2",
        "06" => "TIME_WAIT",
        _ => "OTHER",
    };
    Some((socket_address(local)?, socket_address(remote)?, state))
}

fn socket_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let words: Option<Vec<u8>> = (0..address.len() / 8)
        .map(|index| u32::from_str_radix(address.get(index * 8..index * 8 + 8)?, 16).ok().map(u32::to_ne_bytes))
        .collect::<Option<Vec<_>>>()
        .map(|words| words.concat());
    let words = words?;
    let ip = match words.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(words).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(words).ok()?).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn files_and_ports() {
        let machine = Machine::new();
        machine.write("f", "a=1\nz=9x\n");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let names = ["state", "port", "search_regex", "match_groups", "match_groupdict", "path"];
        for (args, expected) in [
            (json!({"path": "@/f"}), json!(["file", null, null, [], {}, "@/f"])),
            (
                json!({"path": "@/f", "search_regex": "z=(?P<num>\\d)(.*)"}),
                json!(["file", null, "z=(?P<num>\\d)(.*)", ["9", "x"], {"num": "9"}, "@/f"]),
            ),
            (json!({"path": "@/none", "state": "absent"}), json!(["absent", null, null, [], {}, "@/none"])),
            (json!({"port": port}), json!(["started", port, null, [], {}, null])),
            (json!({"port": 1, "state": "stopped"}), json!(["stopped", 1, null, [], {}, null])),
            (json!({"port": 1, "state": "drained"}), json!(["drained", 1, null, [], {}, null])),
        ] {
            let fields = machine.fields(&WaitFor, args.clone(), &names);
            let expected: Vec<serde_json::Value> = expected.as_array().unwrap().clone();
            assert_eq!(fields, expected, "{args}");
        }
    }

    #[test]
    fn time_runs_out() {
        let machine = Machine::new();
        machine.write("f", "a\n");
        let alone =
            |state: &str| format!("state={state} should only be used for checking a port in the wait_for module");
        for (args, message) in [
            (json!({"path": "@/none", "timeout": 0}), "Timeout when waiting for file @/none".to_owned()),
            (json!({"path": "@/none", "timeout": 0, "msg": "mine"}), "mine".into()),
            (
                json!({"path": "@/f", "timeout": 0, "state": "absent"}),
                "Timeout when waiting for @/f to be absent.".into(),
            ),
            (
                json!({"path": "@/f", "timeout": 0, "search_regex": "no"}),
                "Timeout when waiting for search string no in @/f".into(),
            ),
            (json!({"port": 1, "timeout": 0}), "Timeout when waiting for 127.0.0.1:1".into()),
            (json!({"port": 1, "path": "x"}), "port and path parameter can not both be passed to wait_for".into()),
            (json!({"path": "x", "state": "stopped"}), alone("stopped")),
            (json!({"path": "x", "state": "drained"}), alone("drained")),
        ] {
            machine.fails(&WaitFor, args, &message);
        }
    }

    #[test]
    fn the_kernels_table() {
        let line = "   0: 0100007F:1F90 0200007F:0050 01 00000000:00000000 00:00000000";
        let (local, remote, state) = connection(line).unwrap();
        assert_eq!(
            (local.to_string(), remote.to_string(), state),
            ("127.0.0.1:8080".into(), "127.0.0.2:80".into(), "ESTABLISHED")
        );
        let six = "0000000000000000FFFF00000100007F:1F90";
        assert_eq!(socket_address(six).unwrap().to_string(), "127.0.0.1:8080");
    }
}
