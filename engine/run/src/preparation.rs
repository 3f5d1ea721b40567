//! What a play needs before its tasks: batches, files of variables, answers to prompts.
use crate::execution::{Execution, Stop};
use crate::hosts::HostId;
use crate::play::{run_failed, stop_at};
use crate::variables::Locals;
use rolewright_language::ast::{Play, Vars};
use rolewright_template::{ErrorKind, Tree, Value};
use std::path::PathBuf;
use std::sync::Arc;

impl Execution<'_> {
    /// The hosts in portions, as `serial` asks: numbers or percentages; the last one is repeated.
    pub(crate) fn batches(&self, play: &Play, hosts: &[HostId]) -> Result<Vec<Vec<HostId>>, Stop> {
        let sizes = match &play.serial {
            None => Vec::new(),
            Some(tree) => {
                let value = self.play_value(tree).map_err(run_failed)?;
                let values = value.items().unwrap_or_else(|| vec![value]);
                let sizes = values.iter().filter(|value| !value.is_none() && !value.is_omit());
                sizes.map(|value| portion(value, hosts.len())).collect::<Result<Vec<_>, _>>().map_err(run_failed)?
            }
        };
        Ok(divided(hosts, &sizes))
    }

    /// `vars_files`: of a list, the first file that exists. A name whose variables are not there yet waits for the
    /// facts.
    pub(crate) fn load_vars_files(&mut self, play: &Arc<Play>, hosts: &[HostId]) -> Result<(), Stop> {
        if play.vars_files.is_empty() {
            return Ok(());
        }
        for host in hosts {
            self.host_mut(*host).play_files.clear();
            for entry in &play.vars_files {
                if let Some(vars) = self.vars_file(play, entry, *host)? {
                    self.host_mut(*host).play_files.add(&vars);
                }
            }
        }
        Ok(())
    }

    fn vars_file(&self, play: &Play, entry: &Tree, host: HostId) -> Result<Option<Vars>, Stop> {
        let surroundings = self.plain_surroundings(&self.play.frame);
        let loader = |name: &str| surroundings.read_near(None, name);
        let locals = Locals::default();
        let scope =
            crate::variables::TaskScope { run: self, host, frame: &self.play.frame, task: None, locals: &locals };
        let value = match entry.render(&self.context(&scope, &surroundings, &loader)) {
            Ok(value) => value,
            Err(error) if error.kind() == ErrorKind::Undefined && self.host(host).facts.is_empty() => return Ok(None),
            Err(error) => return Err(stop_at("run-failed", error.to_string(), &play.origin)),
        };
        let is_choice = value.is_list();
        let names = value.items().unwrap_or_else(|| vec![value]);
        let found = names.iter().find_map(|name| self.vars_path(&name.to_string()));
        match found {
            Some(path) => surroundings.load_vars(&path).map(Some).map_err(|error| Stop::Error(Box::new(error))),
            None if is_choice => Ok(None),
            None => {
                let name = names.first().map(Value::to_string).unwrap_or_default();
                let message = format!("vars file {name} was not found\nCould not find file on the Ansible Controller.");
                Err(stop_at("file-not-found", message, &play.origin))
            }
        }
    }

    fn vars_path(&self, name: &str) -> Option<PathBuf> {
        crate::search_path::find(&*self.engine.files, std::slice::from_ref(&self.play.directory), "vars", name)
    }

    /// Nobody is there to answer: prompts take their defaults, unless the variable is given.
    pub(crate) fn prompt_answers(&self, play: &Play) -> Result<Vars, Stop> {
        let mut answers = Vec::new();
        for prompt in &play.vars_prompt {
            let field = |name: &str| match prompt {
                Tree::Map(entries) => {
                    let own = entries.iter().find(|(key, _)| key.as_data().and_then(Value::as_str) == Some(name));
                    own.map(|(_, tree)| tree.clone())
                }
                Tree::Data(value) => value.get(name).map(Tree::Data),
                _ => None,
            };
            let Some(name) = field("name").and_then(|tree| tree.as_data().map(Value::to_string)) else {
                return Err(stop_at(
                    "run-failed",
                    "Invalid vars_prompt data structure, missing 'name' key",
                    &play.origin,
                ));
            };
            if self.extra.contains_key(&*name) {
                continue;
            }
            let answer = field("default").unwrap_or(Tree::Data("".into()));
            answers.push((Arc::from(name), Arc::new(answer)));
        }
        Ok(answers)
    }
}

fn portion(value: &Value, all: usize) -> Result<usize, String> {
    let bad = || format!("'{value}' is not a valid value for serial");
    if let Some(percent) = value.as_str().and_then(|text| text.trim().strip_suffix('%')) {
        let percent: f64 = percent.trim().parse().map_err(|_| bad())?;
        return Ok(((percent / 100.0 * all as f64) as usize).max(1));
    }
    let number = crate::keywords::whole("serial", value).map_err(|_| bad())?;
    Ok(usize::try_from(number).unwrap_or(0))
}

/// Zero means all that are left.
fn divided(hosts: &[HostId], sizes: &[usize]) -> Vec<Vec<HostId>> {
    let mut batches = Vec::new();
    let mut left = hosts;
    let mut place = 0;
    while !left.is_empty() {
        let size = sizes.get(place).or(sizes.last()).copied().filter(|size| *size > 0).unwrap_or(left.len());
        let (now, later) = left.split_at(size.min(left.len()));
        batches.push(now.to_vec());
        left = later;
        place += 1;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_divides_hosts() {
        let hosts: Vec<HostId> = (0..10).map(HostId).collect();
        let rows: &[(&[Value], &[usize])] = &[
            (&[], &[10]),
            (&[Value::Int(3)], &[3, 3, 3, 1]),
            (&[Value::Int(1), Value::Int(5)], &[1, 5, 4]),
            (&[Value::Int(0)], &[10]),
            (&["30%".into()], &[3, 3, 3, 1]),
            (&["1%".into()], &[1; 10]),
            (&["4".into()], &[4, 4, 2]),
        ];
        for (sizes, expected) in rows {
            let sizes: Vec<usize> = sizes.iter().map(|value| portion(value, 10).unwrap()).collect();
            let lengths: Vec<usize> = divided(&hosts, &sizes).iter().map(Vec::len).collect();
            assert_eq!(lengths, *expected);
        }
        assert!(portion(&"x".into(), 3).is_err());
    }
}
