//! Inventories in INI: sections of hosts, `[group:vars]`, `[group:children]`.
use super::build::{Builder, UNGROUPED};
use super::{address, value};
use rolewright_template::Origin;
use std::path::Path;
use std::sync::Arc;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hosts,
    Vars,
    Children,
}

/// A group that was named before it was defined.
struct Pending {
    name: String,
    line: usize,
    kind: Kind,
    parents: Vec<String>,
}

struct Reader<'a> {
    builder: &'a mut Builder,
    path: &'a Path,
    file: Arc<str>,
    line: usize,
    group: String,
    kind: Kind,
    pending: Vec<Pending>,
}

pub(super) fn read(builder: &mut Builder, path: &Path, text: &str) -> Result<(), String> {
    let file: Arc<str> = path.to_string_lossy().into();
    let (group, pending) = (UNGROUPED.to_owned(), Vec::new());
    let mut reader = Reader { builder, path, file, line: 0, group, kind: Kind::Hosts, pending };
    for line in text.lines() {
        reader.line += 1;
        let line = line.trim();
        if !line.is_empty() && !line.starts_with(['#', ';']) {
            reader.line(line).map_err(|message| format!("{}:{}: {message}", path.display(), reader.line))?;
        }
    }
    reader.finish()
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some((name, kind)) = section(line) {
            return self.section(name, kind);
        }
        if line.starts_with('[') && line.ends_with(']') {
            return Err(format!(
                "Invalid section entry: '{line}'. Please make sure that there are no spaces in the section entry, and \
                 that there are no other invalid characters"
            ));
        }
        match self.kind {
            Kind::Hosts => self.hosts(line),
            Kind::Vars => {
                let (key, text) = line.split_once('=').ok_or_else(|| format!("Expected key=value, got: {line}"))?;
                let value = value::python(text.trim(), &self.origin());
                self.builder.set_group(&self.group, key.trim(), value)
            }
            Kind::Children => self.child(line),
        }
    }

    fn origin(&self) -> Origin {
        Origin { file: Arc::clone(&self.file), line: u32::try_from(self.line).unwrap_or(u32::MAX), column: 1 }
    }

    fn section(&mut self, name: &str, kind: Option<&str>) -> Result<(), String> {
        self.kind = match kind {
            None | Some("hosts") => Kind::Hosts,
            Some("vars") => Kind::Vars,
            Some("children") => Kind::Children,
            Some(other) => return Err(format!("Section [{name}:{other}] has unknown type: {other}")),
        };
        self.group = name.to_owned();
        let waits = self.pending.iter().any(|pending| pending.name == name);
        if !self.builder.has_group(name) {
            if self.kind == Kind::Vars && !waits {
                let pending = Pending { name: name.into(), line: self.line, kind: Kind::Vars, parents: Vec::new() };
                self.pending.push(pending);
            }
            self.builder.add_group(name);
        }
        if self.kind == Kind::Vars {
            return Ok(());
        }
        match self.pending.iter().find(|pending| pending.name == name).map(|pending| pending.kind) {
            Some(Kind::Children) => self.settle(name),
            _ => {
                self.pending.retain(|pending| pending.name != name);
                Ok(())
            }
        }
    }

    /// A group that parents were waiting for is there.
    fn settle(&mut self, name: &str) -> Result<(), String> {
        let Some(place) = self.pending.iter().position(|pending| pending.name == name) else { return Ok(()) };
        let pending = self.pending.remove(place);
        for parent in &pending.parents {
            self.builder.add_child(parent, name)?;
            if self.pending.iter().any(|other| other.name == *parent && other.kind == Kind::Children) {
                self.settle(parent)?;
            }
        }
        Ok(())
    }

    fn hosts(&mut self, line: &str) -> Result<(), String> {
        let words = words(line).map_err(|error| format!("Error parsing host definition '{line}': {error}"))?;
        let Some((pattern, vars)) = words.split_first() else { return Ok(()) };
        let (names, port) = address::expand(pattern)?;
        if pattern.ends_with(':') && port.is_none() {
            return Err(format!(
                "Invalid host pattern '{pattern}' supplied, ending in ':' is not allowed, this character is reserved \
                 to provide a port."
            ));
        }
        if names.iter().any(|name| name == "---") {
            return Err(format!(
                "Invalid host pattern '{pattern}' supplied, '---' is normally a sign this is a YAML file."
            ));
        }
        let mut values = Vec::new();
        for word in vars {
            let (key, text) = word
                .split_once('=')
                .ok_or_else(|| format!("Expected key=value host variable assignment, got: {word}"))?;
            values.push((key, value::python(text, &self.origin())));
        }
        for name in names {
            self.builder.add_host(&name, &self.group, port, self.path);
            for (key, value) in &values {
                self.builder.set_host(&name, key, value.clone());
            }
        }
        Ok(())
    }

    fn child(&mut self, line: &str) -> Result<(), String> {
        let name = line.split('#').next().unwrap_or_default().trim();
        if name.is_empty() || name.contains([':', ']']) || name.contains(char::is_whitespace) {
            return Err(format!("Expected group name, got: {line}"));
        }
        if self.builder.has_group(name) {
            return self.builder.add_child(&self.group, name);
        }
        match self.pending.iter_mut().find(|pending| pending.name == name) {
            Some(pending) => pending.parents.push(self.group.clone()),
            None => self.pending.push(Pending {
                name: name.to_owned(),
                line: self.line,
                kind: Kind::Children,
                parents: vec![self.group.clone()],
            }),
        }
        Ok(())
    }

    fn finish(self) -> Result<(), String> {
        let Some(pending) = self.pending.into_iter().next() else { return Ok(()) };
        let Pending { name, line, kind, parents } = pending;
        let path = self.path.display();
        match kind {
            Kind::Children => {
                let parent = parents.last().map(String::as_str).unwrap_or_default();
                Err(format!("{path}:{line}: Section [{parent}:children] includes undefined group: {name}"))
            }
            _ => Err(format!("{path}:{line}: Section [{name}:vars] not valid for undefined group: {name}")),
        }
    }
}

/// `[name]` or `[name:kind]`, with a comment after it.
fn section(line: &str) -> Option<(&str, Option<&str>)> {
    let (inside, rest) = line.strip_prefix('[')?.split_once(']')?;
    let rest = rest.trim_start();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let (name, kind) = match inside.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (inside, None),
    };
    let is_word = |kind: &str| !kind.is_empty() && kind.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let fits = !name.is_empty() && !name.contains(char::is_whitespace) && kind.is_none_or(is_word);
    fits.then_some((name, kind))
}

/// Words as Python's `shlex` divides them: a `#` outside of quotes starts a comment, even inside a word.
fn words(line: &str) -> Result<Vec<String>, &'static str> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '#' => break,
            '\\' => word.get_or_insert_default().push(letters.next().ok_or("No escaped character")?),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next().ok_or("No closing quotation")? {
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next().ok_or("No closing quotation")? {
                        '"' => break,
                        '\\' if matches!(letters.peek(), Some('"' | '\\')) => word.extend(letters.next()),
                        other => word.push(other),
                    }
                }
            }
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}
