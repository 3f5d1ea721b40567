//! `lineinfile`: one line that is, or is not, in a file.
use super::{Edited, File, bare, lines_of, regex, shown};
use crate::builtin::carry_out;
use crate::failure::Failure;
use crate::fs::ATTRIBUTE_OPTIONS;
use crate::options::{Kind, Opt, Options, Rule, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::PythonRegex;
use std::path::Path;

pub(in crate::builtin) struct LineInFile;

const OPTIONS: [Opt; 21] = joined(
    &[
        Opt::new("backrefs", Kind::Bool),
        Opt::new("backup", Kind::Bool),
        Opt::new("create", Kind::Bool),
        Opt::new("firstmatch", Kind::Bool),
        Opt::new("insertafter", Kind::Str),
        Opt::new("insertbefore", Kind::Str),
        Opt::new("line", Kind::Str).aliases(&["value"]),
        Opt::new("path", Kind::Path).required().aliases(&["dest", "destfile", "name"]),
        Opt::new("regexp", Kind::Str).aliases(&["regex"]),
        Opt::new("search_string", Kind::Str),
        Opt::new("state", Kind::Str).choices(&["absent", "present"]),
        Opt::new("validate", Kind::Str),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec {
    module: "lineinfile",
    options: &OPTIONS,
    rules: &[
        Rule::Exclusive(&["insertbefore", "insertafter"]),
        Rule::Exclusive(&["regexp", "search_string"]),
        Rule::Exclusive(&["backrefs", "search_string"]),
    ],
};

impl Module for LineInFile {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.lineinfile", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| {
            let path = options.text_or("path", "");
            if Path::new(&path).is_dir() {
                return Err(Failure::new(format!("Path {path} is a directory !")).with("rc", 256));
            }
            if options.text("state").as_deref() == Some("absent") {
                absent(cx, options, &path)
            } else {
                present(cx, options, &path)
            }
        })
    }
}

/// How the line that is meant is found.
enum Search {
    Regex(PythonRegex),
    Text(String),
    Nothing,
}

impl Search {
    fn read(options: &Options) -> Result<Self, Failure> {
        Ok(match (options.text("regexp"), options.text("search_string")) {
            (Some(pattern), _) => Self::Regex(regex(&pattern)?),
            (None, Some(text)) => Self::Text(text),
            (None, None) => Self::Nothing,
        })
    }
    fn matches(&self, line: &str) -> Result<bool, Failure> {
        match self {
            Self::Regex(regex) => matches(regex, line),
            Self::Text(text) => Ok(line.contains(text)),
            Self::Nothing => Ok(false),
        }
    }
}

fn matches(regex: &PythonRegex, line: &str) -> Result<bool, Failure> {
    regex.is_match(line).map_err(|error| Failure::new(error.to_string()))
}

fn absent(cx: &TaskContext<'_>, options: &Options, path: &str) -> Result<Outcome, Failure> {
    let line = options.text("line");
    let search = Search::read(options)?;
    if line.is_none() && matches!(search, Search::Nothing) {
        return Err("one of line, search_string, or regexp is required with state=absent".into());
    }
    if !Path::new(path).exists() {
        return Ok(Outcome::ok(false).with("msg", "file not present"));
    }
    let file = File::open(cx, options, None)?;
    let mut found = 0_i64;
    let mut text = String::new();
    for current in lines_of(file.text()) {
        let meant = match &search {
            Search::Nothing => Some(bare(&current)) == line.as_deref(),
            search => search.matches(&current)?,
        };
        if meant {
            found += 1;
        } else {
            text += &current;
        }
    }
    let message = if found > 0 { format!("{found} line(s) removed") } else { String::new() };
    let (outcome, kept) = file.close(Edited { text, changed: found > 0, message })?;
    Ok(outcome.with("found", found).with("backup", shown(kept.as_ref())))
}

fn present(cx: &TaskContext<'_>, options: &Options, path: &str) -> Result<Outcome, Failure> {
    let backrefs = options.flag("backrefs", false);
    if backrefs && !options.has("regexp") {
        return Err("regexp is required with backrefs=true".into());
    }
    let Some(line) = options.text("line") else { return Err("line is required with state=present".into()) };
    let missing = format!("Destination {path} does not exist !");
    let file = File::open(cx, options, (!options.flag("create", false)).then_some(missing.as_str()))?;
    let place = Place::read(options, line, backrefs)?;
    let mut lines = lines_of(file.text());
    let message = place.put(&mut lines)?;
    let edited = Edited { text: lines.concat(), changed: !message.is_empty(), message: message.to_owned() };
    let (outcome, kept) = file.close(edited)?;
    Ok(outcome.with("backup", shown(kept.as_ref())))
}

/// Where a line goes when it is not there.
enum Anchor {
    Start,
    End,
    After(PythonRegex),
    Before(PythonRegex),
}

struct Place {
    line: String,
    search: Search,
    anchor: Anchor,
    first: bool,
    backrefs: bool,
}

impl Place {
    fn read(options: &Options, line: String, backrefs: bool) -> Result<Self, Failure> {
        let anchor = match (options.text("insertafter").as_deref(), options.text("insertbefore").as_deref()) {
            (Some("BOF"), _) | (None, Some("BOF")) => Anchor::Start,
            (Some("EOF"), _) | (None, None) => Anchor::End,
            (Some(pattern), _) => Anchor::After(regex(pattern)?),
            (None, Some(pattern)) => Anchor::Before(regex(pattern)?),
        };
        let first = options.flag("firstmatch", false);
        Ok(Self { line, search: Search::read(options)?, anchor, first, backrefs })
    }

    /// What was done, in a word; empty when nothing was.
    fn put(&self, lines: &mut Vec<String>) -> Result<&'static str, Failure> {
        if let Some(index) = self.matched(lines)? {
            let new = match &self.search {
                Search::Regex(regex) if self.backrefs => {
                    let expanded = regex.expand(&self.line, &lines[index]);
                    expanded.map_err(|error| error.to_string())?.unwrap_or_else(|| self.line.clone())
                }
                _ => self.line.clone(),
            };
            return Ok(replace(lines, index, &new));
        }
        let (exact, anchor) = self.exact_or_anchor(lines)?;
        if let Some(index) = exact {
            return Ok(replace(lines, index, &self.line));
        }
        if self.backrefs {
            return Ok("");
        }
        let ended = format!("{}\n", self.line);
        match (&self.anchor, anchor) {
            (Anchor::Start, _) => lines.insert(0, ended),
            (Anchor::After(_) | Anchor::Before(_), Some(index)) => {
                if index < lines.len() && matches!(self.anchor, Anchor::After(_)) && bare(&lines[index]) == self.line {
                    return Ok("");
                }
                end_last(lines);
                lines.insert(index, ended);
            }
            _ => {
                end_last(lines);
                lines.push(ended);
            }
        }
        Ok("line added")
    }

    fn matched(&self, lines: &[String]) -> Result<Option<usize>, Failure> {
        let mut found = None;
        for (index, current) in lines.iter().enumerate() {
            if self.search.matches(current)? {
                found = Some(index);
                if self.first {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// The last line that is the wanted one already, and where the anchor would have it.
    fn exact_or_anchor(&self, lines: &[String]) -> Result<(Option<usize>, Option<usize>), Failure> {
        let (mut exact, mut anchor) = (None, None);
        for (index, current) in lines.iter().enumerate() {
            let after = match &self.anchor {
                _ if bare(current) == self.line => {
                    exact = Some(index);
                    continue;
                }
                Anchor::After(regex) if matches(regex, current)? => 1,
                Anchor::Before(regex) if matches(regex, current)? => 0,
                _ => continue,
            };
            anchor = Some(index + after);
            if self.first {
                break;
            }
        }
        Ok((exact, anchor))
    }
}

fn replace(lines: &mut [String], index: usize, new: &str) -> &'static str {
    let new = if new.ends_with('\n') { new.to_owned() } else { format!("{new}\n") };
    if lines[index] == new {
        return "";
    }
    lines[index] = new;
    "line replaced"
}

/// The last line may lack its end.
fn end_last(lines: &mut [String]) {
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(['\n', '\r'])) {
        last.push('\n');
    }
}
