//! `community.general.ini_file`: one option of an INI file.
use super::{Edited, File, bare, lines_of};
use crate::builtin::carry_out;
use crate::failure::Failure;
use crate::fs::ATTRIBUTE_OPTIONS;
use crate::options::{Kind, Opt, Options, Rule, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::path::Path;

pub(in crate::builtin) struct IniFile;

const OPTIONS: [Opt; 24] = joined(
    &[
        Opt::new("allow_no_value", Kind::Bool),
        Opt::new("backup", Kind::Bool),
        Opt::new("create", Kind::Bool),
        Opt::new("exclusive", Kind::Bool),
        Opt::new("follow", Kind::Bool),
        Opt::new("ignore_spaces", Kind::Bool),
        Opt::new("modify_inactive_option", Kind::Bool),
        Opt::new("no_extra_spaces", Kind::Bool),
        Opt::new("option", Kind::Str),
        Opt::new("path", Kind::Path).required().aliases(&["dest"]),
        Opt::new("section", Kind::Str),
        Opt::new("section_has_values", Kind::List),
        Opt::new("state", Kind::Str).choices(&["absent", "present"]),
        Opt::new("value", Kind::Str),
        Opt::new("values", Kind::Texts),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec =
    Spec { module: "community.general.ini_file", options: &OPTIONS, rules: &[Rule::Exclusive(&["value", "values"])] };

impl Module for IniFile {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "community.general.ini_file", free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["ini_file"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| run(cx, options))
    }
}

fn run(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let path = options.text_or("path", "");
    let wish = Wish::read(options)?;
    let missing = format!("Destination {path} does not exist!");
    let file = File::open(cx, options, (!options.flag("create", true)).then_some(missing.as_str()))?;
    let mut lines = lines_of(file.text().trim_start_matches('\u{feff}'));
    let mut ended = false;
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
        ended = true;
    }
    if lines.is_empty() {
        lines.push("\n".to_owned());
    }
    let message = if wish.present { wish.put(&mut lines) } else { wish.remove(&mut lines) };
    let changed = ended || message != "OK";
    let (mut outcome, kept) = file.close(Edited { text: lines.concat(), changed, message: message.to_owned() })?;
    let diff = outcome
        .result
        .get("diff")
        .map(|diff| diff.items().and_then(|all| all.first().cloned()).unwrap_or_else(|| diff.clone()));
    outcome = outcome.with("msg", message).with("path", path).with("diff", diff.unwrap_or(Value::None));
    Ok(match kept {
        Some(kept) => outcome.with("backup_file", kept.display().to_string()),
        None => outcome,
    })
}

struct Wish {
    present: bool,
    section: Option<String>,
    option: Option<String>,
    values: Vec<String>,
    exclusive: bool,
    no_value: bool,
    /// Options that are commented out count as well.
    inactive: bool,
    ignore_spaces: bool,
    equals: &'static str,
}

/// What a line says of an option: its value, and whether it is commented out.
struct Line<'a> {
    value: &'a str,
    inactive: bool,
}

impl Wish {
    fn read(options: &Options) -> Result<Self, Failure> {
        if options.has("section_has_values") {
            return Err("section_has_values is not supported".into());
        }
        if options.flag("follow", false) && !Path::new(&options.text_or("path", "")).exists() {
            return Err("follow: the link points to nothing".into());
        }
        let mut values: Vec<String> = Vec::new();
        for value in options.text("value").into_iter().chain(options.texts("values")) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let present = options.text("state").as_deref() != Some("absent");
        let no_value = options.flag("allow_no_value", false);
        if present && !no_value && values.is_empty() {
            let message = "Parameter 'value(s)' must be defined if state=present and allow_no_value=False.";
            return Err(message.into());
        }
        Ok(Self {
            present,
            section: options.text("section").filter(|section| !section.is_empty()),
            option: options.text("option"),
            values,
            exclusive: options.flag("exclusive", true),
            no_value,
            inactive: options.flag("modify_inactive_option", true),
            ignore_spaces: options.flag("ignore_spaces", false),
            equals: if options.flag("no_extra_spaces", false) { "=" } else { " = " },
        })
    }

    /// Lines of the section, its heading left out; `None` when there is no such section.
    fn section(&self, lines: &[String]) -> Option<std::ops::Range<usize>> {
        let start = match &self.section {
            None => 0,
            Some(name) => 1 + lines.iter().position(|line| heading(line) == Some(name.trim()))?,
        };
        let end = lines[start..].iter().position(|line| line.starts_with('['));
        Some(start..end.map_or(lines.len(), |end| start + end))
    }

    fn line_for(&self, option: &str, value: Option<&str>) -> String {
        match value {
            Some(value) if !(value.is_empty() && self.no_value) => format!("{option}{}{value}\n", self.equals),
            _ => format!("{option}\n"),
        }
    }

    fn put(&self, lines: &mut Vec<String>) -> &'static str {
        let Some(range) = self.section(lines) else { return self.add_section(lines) };
        let Some(option) = &self.option else { return "OK" };
        let mut section: Vec<String> = lines[range.clone()].to_vec();
        let message = self.put_into(option, &mut section);
        lines.splice(range, section);
        message
    }

    fn add_section(&self, lines: &mut Vec<String>) -> &'static str {
        lines.push(format!("[{}]\n", self.section.as_deref().unwrap_or_default()));
        match &self.option {
            Some(option) if !self.values.is_empty() => {
                lines.extend(self.values.iter().map(|value| self.line_for(option, Some(value))));
                "section and option added"
            }
            Some(option) if self.no_value => {
                lines.push(self.line_for(option, None));
                "section and option added"
            }
            _ => "only section added",
        }
    }

    fn put_into(&self, option: &str, section: &mut Vec<String>) -> &'static str {
        let mut message = "OK";
        let mut left = self.values.clone();
        let mut settled = vec![false; section.len()];
        let mut bare_there = false;
        for index in 0..section.len() {
            let Some(line) = self.about(option, &section[index]) else { continue };
            let place = left.iter().position(|value| value == line.value);
            let wanted = match place {
                Some(place) => left.remove(place),
                None if self.values.is_empty() && self.no_value => String::new(),
                None => continue,
            };
            bare_there |= wanted.is_empty();
            let new = self.line_for(option, Some(&wanted));
            settled[index] = true;
            if self.differs(option, &section[index], &new) {
                section[index] = new;
                message = "option changed";
            }
            if self.values.is_empty() {
                break;
            }
        }
        if self.exclusive && !self.no_value {
            for index in 0..section.len() {
                if !settled[index] && !left.is_empty() && self.about(option, &section[index]).is_some() {
                    let new = self.line_for(option, Some(&left.remove(0)));
                    settled[index] = true;
                    if self.differs(option, &section[index], &new) {
                        section[index] = new;
                        message = "option changed";
                    }
                }
            }
            for index in (0..section.len()).rev() {
                if !settled[index] && self.about(option, &section[index]).is_some() {
                    section.remove(index);
                    message = "option changed";
                }
            }
        }
        let mut missing: Vec<String> = left.iter().map(|value| self.line_for(option, Some(value))).collect();
        if self.values.is_empty() && self.no_value && !bare_there {
            missing.push(self.line_for(option, None));
        }
        if !missing.is_empty() {
            // Before the blank lines and comments that end a section.
            let end = section.iter().rposition(|line| !is_blank_or_comment(line)).map_or(0, |index| index + 1);
            section.splice(end..end, missing);
            message = "option added";
        }
        message
    }

    fn differs(&self, option: &str, old: &str, new: &str) -> bool {
        if self.ignore_spaces
            && let (Some(old), Some(new)) = (parse(option, old), parse(option, new))
            && !old.inactive
        {
            return old.value != new.value;
        }
        old != new
    }

    fn about<'l>(&self, option: &str, line: &'l str) -> Option<Line<'l>> {
        parse(option, line).filter(|line| self.inactive || !line.inactive)
    }

    fn remove(&self, lines: &mut Vec<String>) -> &'static str {
        let Some(range) = self.section(lines) else { return "OK" };
        let Some(option) = &self.option else {
            let heading = usize::from(self.section.is_some());
            if range.is_empty() && heading == 0 {
                return "OK";
            }
            lines.drain(range.start - heading..range.end);
            return "section removed";
        };
        let before = lines.len();
        let mut index = 0;
        lines.retain(|line| {
            let inside = range.contains(&index);
            index += 1;
            let line = parse(option, line).filter(|line| inside && !line.inactive);
            !line.is_some_and(|line| self.exclusive || self.values.iter().any(|value| value == line.value))
        });
        if lines.len() < before { "option changed" } else { "OK" }
    }
}

fn heading(line: &str) -> Option<&str> {
    Some(line.strip_prefix('[')?.split(']').next()?.trim())
}

fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with(['#', ';'])
}

/// `option = value`, or `option` alone, perhaps commented out.
fn parse<'l>(option: &str, line: &'l str) -> Option<Line<'l>> {
    let blanks = |c: char| c == ' ' || c == '\t';
    let text = bare(line).trim_start_matches(blanks);
    let active = text.trim_start_matches(['#', ';']);
    let inactive = active.len() + 1 == text.len();
    if !inactive && active.len() != text.len() {
        return None;
    }
    let behind = active.trim_start_matches(blanks).strip_prefix(option)?.trim_start_matches(blanks);
    let value = if behind.is_empty() { "" } else { behind.strip_prefix('=')?.trim_start_matches(blanks) };
    Some(Line { value, inactive })
}
