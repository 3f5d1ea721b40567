//! Lookups of a program's output.
use super::Named;
use rolewright_run::{Process, Surroundings};
use rolewright_template::{Context, Error, Result, Value};

pub(super) fn pipe(cx: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    terms.iter().map(|term| Ok(Value::from(output(cx, "pipe", &term.to_string())?.trim_end()))).collect()
}

pub(super) fn lines(cx: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for term in terms {
        all.extend(output(cx, "lines", &term.to_string())?.lines().map(Value::from));
    }
    Ok(all)
}

fn output(cx: &Context<'_>, lookup: &str, line: &str) -> Result<String> {
    let around = Surroundings::of(cx)?;
    let process = Process {
        argv: vec!["/bin/sh".into(), "-c".into(), line.into()],
        directory: around.search_path.last().filter(|path| path.is_dir()).cloned(),
        environment: cx.world.environment(),
        stdin: None,
    };
    let output = around.system.run_process(&process, &around.cancel);
    let output = output.map_err(|error| Error::failed(format!("lookup_plugin.{lookup}({line}): {error}")))?;
    if output.code != 0 {
        let code = output.code;
        return Err(Error::failed(format!("lookup_plugin.{lookup}({line}) returned {code}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
