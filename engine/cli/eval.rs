//! `rolewright eval`: one expression, or a stream of them as JSON lines.
use anyhow::{Context as _, bail};
use rolewright_language::{Files, Settings};
use rolewright_run::{Cancel, DiskFiles, Surroundings, SystemWorld};
use rolewright_template::{Condition, Context, Origin, Result, Scope, Template, Tree, Value, Var};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The template, or with --cond the bare expression; JSON lists and mappings are rendered leaf by leaf
    #[arg(required_unless_present = "jsonl")]
    expression: Option<String>,
    /// A YAML or JSON file with variables (project text: templates in it are rendered when they are read)
    #[arg(long, value_name = "FILE")]
    vars: Option<PathBuf>,
    /// Evaluate as `when` does: true or false
    #[arg(long)]
    cond: bool,
    /// Read {"id", "vars", "template" | "cond"} a line, answer {"id", "value" | "omit" | "error"} a line
    #[arg(long, conflicts_with_all = ["expression", "vars", "cond"])]
    jsonl: bool,
    /// Keep native types, as ANSIBLE_JINJA2_NATIVE=1 does
    #[arg(long, env = "ANSIBLE_JINJA2_NATIVE", action = clap::ArgAction::SetTrue,
          value_parser = clap::builder::FalseyValueParser::new())]
    native: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let evaluator = Evaluator::new(arguments.native)?;
    match &arguments.expression {
        Some(expression) => one(&evaluator, arguments, expression),
        None => lines(&evaluator),
    }
}

#[expect(clippy::print_stdout, reason = "the value is this command's output")]
fn one(evaluator: &Evaluator, arguments: &Arguments, expression: &str) -> anyhow::Result<()> {
    let vars = match &arguments.vars {
        Some(path) => read_vars(path)?,
        None => Json::Object(serde_json::Map::new()),
    };
    let question = if arguments.cond { Question::Condition(vec![expression.to_owned()]) } else { template(expression) };
    match evaluator.answer(&vars, &question) {
        Ok(Answer::Value(value)) => println!("{}", encode(&value)),
        Ok(Answer::Omit) => {}
        Err(error) => match error.origin() {
            Some(origin) => bail!("{}:{}: {error}", origin.line, origin.column),
            None => bail!("{error}"),
        },
    }
    Ok(())
}

/// A list or a mapping when the text is JSON of one, else the text itself.
fn template(expression: &str) -> Question {
    match serde_json::from_str(expression) {
        Ok(json @ (Json::Array(_) | Json::Object(_))) if !expression.starts_with("{{") => Question::Template(json),
        _ => Question::Template(Json::String(expression.to_owned())),
    }
}

fn read_vars(path: &std::path::Path) -> anyhow::Result<Json> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_yaml::from_str(&text).with_context(|| format!("cannot read variables from {}", path.display()))
}

fn lines(evaluator: &Evaluator) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.context("cannot read standard input")?;
        if !line.trim().is_empty() {
            writeln!(out, "{}", evaluator.line(&line)).context("cannot write the answer")?;
        }
    }
    out.flush().context("cannot write the answers")
}

enum Question {
    Template(Json),
    Condition(Vec<String>),
}

enum Answer {
    Value(Value),
    Omit,
}

struct Evaluator {
    directory: String,
    surroundings: Surroundings,
    world: SystemWorld,
    lookups: rolewright_modules::lookups::AllLookups,
    native: bool,
}

impl Evaluator {
    fn new(native: bool) -> anyhow::Result<Self> {
        let directory = std::env::current_dir().context("cannot tell the current directory")?;
        let surroundings = Surroundings {
            search_path: vec![directory.clone()],
            environment: Vec::new(),
            extensions: rolewright_run::Extensions::default(),
            files: Arc::new(DiskFiles) as Arc<dyn Files>,
            system: Arc::new(SystemWorld),
            settings: Arc::new(Settings::default()),
            cache: Arc::default(),
            cancel: Cancel::default(),
            check_mode: false,
            diff: false,
            groups: Arc::default(),
        };
        let directory = directory.display().to_string();
        let lookups = rolewright_modules::lookups::AllLookups;
        Ok(Self { directory, surroundings, world: SystemWorld, lookups, native })
    }

    fn line(&self, line: &str) -> String {
        let question: Json = match serde_json::from_str(line) {
            Ok(question) => question,
            Err(error) => return format!(r#"{{"id": null, "error": {}}}"#, text(&format!("not JSON: {error}"))),
        };
        let id = &question["id"];
        let asked = match (question.get("template"), question.get("cond")) {
            (Some(template), None) => Ok(Question::Template(template.clone())),
            (None, Some(cond)) => conditions(cond).map(Question::Condition),
            _ => Err("give one of template and cond".to_owned()),
        };
        let answer = asked.and_then(|asked| self.answer(&question["vars"], &asked).map_err(|error| error.to_string()));
        match answer {
            Ok(Answer::Value(value)) => format!(r#"{{"id": {id}, "value": {}}}"#, encode(&value)),
            Ok(Answer::Omit) => format!(r#"{{"id": {id}, "omit": true}}"#),
            Err(error) => format!(r#"{{"id": {id}, "error": {}}}"#, text(&error)),
        }
    }

    fn answer(&self, vars: &Json, question: &Question) -> Result<Answer> {
        let scope = Vars::new(vars, &self.directory);
        let loader = |name: &str| self.surroundings.read_near(None, name);
        let cx = Context {
            scope: &scope,
            world: &self.world,
            lookups: &self.lookups,
            loader: &loader,
            extra: Some(&self.surroundings),
            native: self.native,
        };
        match question {
            Question::Template(json) => {
                let value = tree(json).render(&cx)?.defined()?;
                Ok(value.without_omit().map_or(Answer::Omit, Answer::Value))
            }
            Question::Condition(all) => {
                for text in all {
                    if !Condition::compile(text, &Origin::default())?.is_true(&cx)? {
                        return Ok(Answer::Value(Value::from(false)));
                    }
                }
                Ok(Answer::Value(Value::from(true)))
            }
        }
    }
}

fn conditions(json: &Json) -> std::result::Result<Vec<String>, String> {
    match json {
        Json::Array(items) => items.iter().map(condition).collect(),
        one => Ok(vec![condition(one)?]),
    }
}

/// YAML authors write `when: false` as well as `when: "false"`.
fn condition(json: &Json) -> std::result::Result<String, String> {
    match json {
        Json::String(text) => Ok(text.clone()),
        Json::Bool(true) => Ok("True".to_owned()),
        Json::Bool(false) => Ok("False".to_owned()),
        Json::Number(number) => Ok(number.to_string()),
        other => Err(format!("a condition is text, a number or a boolean, not {other}")),
    }
}

/// Project text, except what is marked as data with `__ansible_unsafe`.
fn tree(json: &Json) -> Tree {
    let origin = Origin { line: 1, column: 1, ..Origin::default() };
    match json {
        Json::String(text) => match Template::inline(text, &origin) {
            Ok(template) if template.is_literal() => Tree::Data(Value::from(text.as_str())),
            Ok(template) => Tree::Text(template),
            Err(error) => Tree::Broken(error),
        },
        Json::Array(items) => Tree::List(items.iter().map(tree).collect()),
        Json::Object(map) => match map.get("__ansible_unsafe") {
            Some(Json::String(text)) if map.len() == 1 => Tree::Data(Value::outside(text.as_str())),
            _ => Tree::Map(map.iter().map(|(k, v)| (tree(&Json::String(k.clone())), tree(v))).collect()),
        },
        other => Tree::Data(Value::from_json(other)),
    }
}

/// The variables of one question; `fx` is the directory the command runs in.
struct Vars {
    names: Vec<Arc<str>>,
    values: HashMap<Arc<str>, Var>,
}

impl Vars {
    fn new(vars: &Json, directory: &str) -> Self {
        let mut this = Self { names: Vec::new(), values: HashMap::new() };
        this.add("fx", Var::Data(Value::from(directory)));
        for (name, value) in vars.as_object().into_iter().flatten() {
            this.add(name, Var::Lazy(Arc::new(tree(value))));
        }
        this
    }
    fn add(&mut self, name: &str, var: Var) {
        let name: Arc<str> = name.into();
        if self.values.insert(Arc::clone(&name), var).is_none() {
            self.names.push(name);
        }
    }
}

impl Scope for Vars {
    fn get(&self, name: &str) -> Option<Var> {
        self.values.get(name).cloned()
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.names.clone()
    }
}

/// JSON of a value; what JSON has not is written as `{"$type": …}`.
fn encode(value: &Value) -> String {
    let list = |items: Vec<Value>| format!("[{}]", items.iter().map(encode).collect::<Vec<_>>().join(", "));
    match value {
        Value::None => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Float(number) if !number.is_finite() => format!(r#"{{"$type": "float", "repr": "{value}"}}"#),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => value.to_string(),
        Value::Str(value) => text(value),
        Value::List(_) | Value::Tuple(_) => list(value.items().unwrap_or_default()),
        Value::Set(_) => format!(r#"{{"$type": "set", "items": {}}}"#, list(value.items().unwrap_or_default())),
        Value::Dict(_) => dict(&value.entries().unwrap_or_default()),
        other => format!(r#"{{"$type": {}, "repr": {}}}"#, text(other.type_name()), text(&other.to_string())),
    }
}

fn dict(entries: &[(Value, Value)]) -> String {
    if entries.iter().all(|(key, _)| key.as_str().is_some()) {
        let pairs = entries.iter().map(|(k, v)| format!("{}: {}", text(k.as_str().unwrap_or_default()), encode(v)));
        return format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "));
    }
    let pairs = entries.iter().map(|(k, v)| format!("[{}, {}]", encode(k), encode(v)));
    format!(r#"{{"$type": "dict", "items": [{}]}}"#, pairs.collect::<Vec<_>>().join(", "))
}

/// Without the characters that some readers take for the end of a line.
fn text(text: &str) -> String {
    let json = Json::from(text).to_string();
    json.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
