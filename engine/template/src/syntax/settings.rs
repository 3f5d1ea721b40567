//! Delimiters and whitespace rules of a template, and the `#jinja2:` header that changes them.
use crate::{Error, ErrorKind, Result, Value};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

static DO: AtomicBool = AtomicBool::new(false);
static LOOP_CONTROLS: AtomicBool = AtomicBool::new(false);

/// Turns on Jinja extensions, as `ANSIBLE_JINJA2_EXTENSIONS` (`jinja2_extensions` in `ansible.cfg`) does: templates
/// compiled from then on know `{% do %}`, or `{% break %}` and `{% continue %}`.
pub fn enable_extensions<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<()> {
    for name in names {
        match name.trim() {
            "jinja2.ext.do" => DO.store(true, Ordering::Relaxed),
            "jinja2.ext.loopcontrols" => LOOP_CONTROLS.store(true, Ordering::Relaxed),
            "" => {}
            other => {
                return Err(Error::new(ErrorKind::Unknown, format!("the Jinja extension '{other}' is not supported")));
            }
        }
    }
    Ok(())
}

/// How a template is written.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) block: [Cow<'static, str>; 2],
    pub(crate) variable: [Cow<'static, str>; 2],
    pub(crate) comment: [Cow<'static, str>; 2],
    pub(crate) trim_blocks: bool,
    pub(crate) lstrip_blocks: bool,
    pub(crate) newline: Cow<'static, str>,
    /// Text in `{{ }}` keeps its backslashes (Ansible's rule for text in playbooks).
    pub(crate) keep_backslashes: bool,
    pub(crate) do_statement: bool,
    pub(crate) loop_controls: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            block: ["{%".into(), "%}".into()],
            variable: ["{{".into(), "}}".into()],
            comment: ["{#".into(), "#}".into()],
            trim_blocks: true,
            lstrip_blocks: false,
            newline: "\n".into(),
            keep_backslashes: false,
            do_statement: DO.load(Ordering::Relaxed),
            loop_controls: LOOP_CONTROLS.load(Ordering::Relaxed),
        }
    }
}

/// What a `template` task or lookup may change of a file's syntax; `None` keeps Ansible's default.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub block_start_string: Option<String>,
    pub block_end_string: Option<String>,
    pub variable_start_string: Option<String>,
    pub variable_end_string: Option<String>,
    pub comment_start_string: Option<String>,
    pub comment_end_string: Option<String>,
    pub newline_sequence: Option<String>,
    pub trim_blocks: Option<bool>,
    pub lstrip_blocks: Option<bool>,
}

const HEADER: &str = "#jinja2:";

impl Settings {
    pub(crate) fn inline() -> Self {
        Self { keep_backslashes: true, ..Self::default() }
    }
    /// Ansible renders only text in which something opens.
    pub(crate) fn may_be_template(&self, text: &str) -> bool {
        [&self.block, &self.variable, &self.comment].iter().any(|pair| text.contains(&*pair[0]))
    }
    pub(crate) fn with(mut self, overrides: &Overrides) -> Self {
        let texts = [
            (&overrides.block_start_string, &mut self.block[0]),
            (&overrides.variable_start_string, &mut self.variable[0]),
            (&overrides.comment_start_string, &mut self.comment[0]),
            (&overrides.newline_sequence, &mut self.newline),
        ];
        for (given, place) in texts {
            if let Some(text) = given {
                *place = text.clone().into();
            }
        }
        let ends = [
            (&overrides.block_end_string, &mut self.block[1]),
            (&overrides.variable_end_string, &mut self.variable[1]),
            (&overrides.comment_end_string, &mut self.comment[1]),
        ];
        for (given, place) in ends {
            if let Some(text) = given {
                *place = text.clone().into();
            }
        }
        self.trim_blocks = overrides.trim_blocks.unwrap_or(self.trim_blocks);
        self.lstrip_blocks = overrides.lstrip_blocks.unwrap_or(self.lstrip_blocks);
        self
    }
    /// Takes a `#jinja2: key: value, …` header off the text.
    pub(crate) fn header(mut self, text: &str) -> Result<(Self, &str)> {
        let Some(rest) = text.strip_prefix(HEADER) else { return Ok((self, text)) };
        let (line, body) = rest.split_once('\n').unwrap_or((rest, ""));
        for pair in line.trim_end_matches('\r').split(',') {
            let Some((key, value)) = pair.split_once(':') else {
                return Err(Error::failed(format!(
                    "failed to parse jinja2 override '{}'. Did you use something different from colon as key-value separator?",
                    pair.trim()
                )));
            };
            let literal = super::literal::python(value.trim()).ok_or_else(|| {
                Error::failed(format!("the jinja2 override '{}' has no Python literal as its value", pair.trim()))
            })?;
            self.set(key.trim(), &literal)?;
        }
        Ok((self, body))
    }
    fn set(&mut self, key: &str, value: &Value) -> Result<()> {
        let text = || {
            let text = value.as_str().filter(|text| !text.is_empty());
            text.map(|text| Cow::Owned(text.to_owned()))
                .ok_or_else(|| Error::failed(format!("the jinja2 override '{key}' needs a text that is not empty")))
        };
        match key {
            "block_start_string" => self.block[0] = text()?,
            "block_end_string" => self.block[1] = text()?,
            "variable_start_string" => self.variable[0] = text()?,
            "variable_end_string" => self.variable[1] = text()?,
            "comment_start_string" => self.comment[0] = text()?,
            "comment_end_string" => self.comment[1] = text()?,
            "newline_sequence" => self.newline = text()?,
            "trim_blocks" => self.trim_blocks = value.is_truthy(),
            "lstrip_blocks" => self.lstrip_blocks = value.is_truthy(),
            // The number of final newlines is put right after rendering in any case.
            "keep_trailing_newline" => {}
            other => return Err(Error::failed(format!("the jinja2 override '{other}' is not supported"))),
        }
        Ok(())
    }
}
