//! Compiled project text.
use crate::handlebars::Handlebars;
use crate::render::{Machine, Output, Render, limits, run_template};
use crate::syntax::ir::{Name, Program};
use crate::syntax::{self, Settings, Source};
use crate::{Context, Error, ErrorKind, Origin, Overrides, Result, Tree, Value, Var};
use std::sync::Arc;

/// A compiled template: Jinja text, or plain text without any.
#[derive(Clone, Debug)]
pub struct Template(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    body: Body,
    /// Final newlines of the text: the result has at least as many.
    newlines: usize,
    newline: String,
}

#[derive(Debug)]
enum Body {
    Literal(Value),
    Program {
        program: Program,
        /// `{{ name }}` and nothing else: numbers and booleans keep their type.
        single: Option<Name>,
        is_file: bool,
    },
    Handlebars(Box<Handlebars>),
}

impl Template {
    /// A string from a playbook, role or vars file (inline: backslash rule applies, native conversion on render).
    pub fn inline(text: &str, origin: &Origin) -> Result<Self> {
        let source = Source { text: text.into(), origin: origin.clone() };
        let settings = Settings::inline();
        if !settings.may_be_template(text) {
            let body = Body::Literal(Value::from(source.text.clone()));
            return Ok(Self(Arc::new(Inner { source, body, newlines: 0, newline: String::new() })));
        }
        let program = syntax::parse(text, &settings).map_err(|error| syntax_error(&source, error))?;
        let single = single_name(text);
        Ok(Self::of(source, Body::Program { program, single, is_file: false }, "\n"))
    }
    /// A whole `.j2` file (text only; `#jinja2:` header honoured; `trim_blocks` on) or, by its name, a `.hbs` file.
    pub fn file(text: &str, path: &str) -> Result<Self> {
        Self::file_with(text, path, &Overrides::default())
    }
    /// As [`Template::file`], with what a `template` task changes of the syntax.
    pub fn file_with(text: &str, path: &str, overrides: &Overrides) -> Result<Self> {
        if path.ends_with(".hbs") {
            let body = Body::Handlebars(Box::new(Handlebars::compile(text, path)?));
            return Ok(Self::of(Source::file(text, path), body, "\n"));
        }
        let settings = Settings::default().with(overrides);
        let newline = settings.newline.to_string();
        let (program, source) = parse_file(text, path, settings)?;
        Ok(Self::of(source, Body::Program { program, single: None, is_file: true }, &newline))
    }
    fn of(source: Source, body: Body, newline: &str) -> Self {
        let newlines = final_newlines(&source.text);
        Self(Arc::new(Inner { source, body, newlines, newline: newline.into() }))
    }
    /// No expressions inside: rendering gives the text itself.
    pub fn is_literal(&self) -> bool {
        matches!(self.0.body, Body::Literal(_))
    }
    /// The text as it stands in the file.
    pub fn source(&self) -> &str {
        &self.0.source.text
    }
    pub(crate) fn source_value(&self) -> Value {
        Value::from(self.0.source.text.clone())
    }
    /// Where the text stands.
    pub fn origin(&self) -> &Origin {
        &self.0.source.origin
    }
    /// The names of variables that the text reads, some of which it may set itself.
    pub fn names(&self) -> &[Arc<str>] {
        match &self.0.body {
            Body::Literal(_) => &[],
            Body::Program { program, .. } => &program.names,
            Body::Handlebars(template) => template.names(),
        }
    }
    /// By Ansible's rules for module arguments and variables: text, literal or native value.
    pub fn render(&self, cx: &Context<'_>) -> Result<Value> {
        let Body::Program { program, single, is_file: false } = &self.0.body else {
            return match &self.0.body {
                Body::Literal(value) => Ok(value.clone()),
                _ => self.render_text(cx).map(Value::from),
            };
        };
        if let Some(value) = single.as_ref().and_then(|name| unconverted(cx, name)) {
            return Ok(value);
        }
        let _session = limits::Session::open();
        let render = Render::new(cx);
        let mut out = Output::new(render.native());
        self.run(program, &render, &mut out)?;
        Ok(match out.into_value(true) {
            Value::Str(text) if final_newlines(&text) < self.0.newlines => {
                Value::from(self.with_newlines(text.to_string()))
            }
            other => other.defined().map_err(|error| error.or_at(self.origin()))?,
        })
    }
    /// Always text (file templates).
    pub fn render_text(&self, cx: &Context<'_>) -> Result<String> {
        let _session = limits::Session::open();
        match &self.0.body {
            Body::Literal(value) => Ok(value.to_string()),
            Body::Handlebars(template) => template.render(cx),
            Body::Program { program, .. } => {
                let render = Render::text_only(cx);
                let mut out = Output::new(false);
                self.run(program, &render, &mut out)?;
                Ok(self.with_newlines(out.into_text()))
            }
        }
    }
    fn run(&self, program: &Program, render: &Render<'_>, out: &mut Output) -> Result<()> {
        let result = if program.has_module {
            run_template(render, program, &self.0.source, out)
        } else {
            Machine::new(render, program.mutates).run_body(&program.body, out)
        };
        result.map_err(|error| explain(&self.0.source, error))
    }
    fn with_newlines(&self, mut text: String) -> String {
        for _ in final_newlines(&text)..self.0.newlines {
            text += &self.0.newline;
        }
        text
    }
}

/// Parses a file; its `#jinja2:` header changes the settings.
pub(crate) fn parse_file(text: &str, path: &str, settings: Settings) -> Result<(Program, Source)> {
    let mut source = Source::file(text, path);
    let (settings, body) = settings.header(text).map_err(|error| error.or_at(&source.origin))?;
    if body.len() < text.len() {
        source.text = body.into();
        source.origin.line += 1;
    }
    let program = syntax::parse(body, &settings).map_err(|error| syntax_error(&source, error))?;
    Ok((program, source))
}

/// Numbers, booleans and null of a variable that is the whole text keep their type, unless they must be rendered.
pub(crate) fn unconverted(cx: &Context<'_>, name: &str) -> Option<Value> {
    let plain = |value: &Value| {
        let keeps = matches!(value, Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Bool(_) | Value::None);
        keeps.then(|| value.clone())
    };
    match cx.scope.get(name)? {
        Var::Data(value) => plain(&value),
        Var::Lazy(tree) => plain(tree.as_data()?),
    }
}

/// The name in `{{ name }}`.
fn single_name(text: &str) -> Option<Name> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let name = text.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!name.is_empty() && name.chars().all(|c| c == '_' || c.is_alphanumeric())).then(|| name.into())
}

fn final_newlines(text: &str) -> usize {
    text.len() - text.trim_end_matches('\n').len()
}

/// Ansible's words for a template that does not parse.
pub(crate) fn syntax_error(source: &Source, (message, offset): (String, u32)) -> Error {
    let kind = if message.starts_with("Could not load ") { ErrorKind::Unknown } else { ErrorKind::Syntax };
    let text = format!("template error while templating string: {message}. String: {}. {message}", source.quoted());
    Error::new(kind, text).or_at(&source.place(offset))
}

/// Ansible's words for an error that leaves a template.
pub(crate) fn explain(source: &Source, error: Error) -> Error {
    let error = error.leave(|offset| source.place(offset));
    if error.kind() != ErrorKind::Type {
        return error;
    }
    let message = error.message();
    if message.contains("AnsibleUndefined") {
        let text = format!(
            "Unable to look up a name or access an attribute in template string ({}).\nMake sure your variable name does not contain invalid characters like '-': {message}",
            source.quoted()
        );
        return error.reworded(ErrorKind::Undefined, text);
    }
    let text = format!("Unexpected templating type error occurred on ({}): {message}. {message}", source.quoted());
    error.reworded(ErrorKind::Failed, text)
}

impl From<Template> for Tree {
    fn from(template: Template) -> Self {
        if template.is_literal() { Self::Data(template.source_value()) } else { Self::Text(template) }
    }
}
