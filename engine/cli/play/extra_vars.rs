//! `-e`: variables of the command line, which win over all others.
use anyhow::{Context, bail};
use rolewright_language::ast::Vars;
use rolewright_language::{Loader, Settings};
use rolewright_run::{Modules, VaultFiles};
use rolewright_template::vault::Secrets;
use rolewright_template::{Origin, Tree};
use serde_json::Value as Json;
use std::path::Path;
use std::sync::Arc;

/// In the order given; a later one takes the place of an earlier one of the same name.
pub(super) fn read(given: &[String], vault: &Arc<Secrets>) -> anyhow::Result<Vars> {
    let mut vars: Vars = Vec::new();
    for text in given {
        let more = one(text, vault).with_context(|| format!("cannot read the extra variables {text:?}"))?;
        vars.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        vars.extend(more);
    }
    Ok(vars)
}

fn one(text: &str, vault: &Arc<Secrets>) -> anyhow::Result<Vars> {
    if let Some(path) = text.strip_prefix('@') {
        let settings = Settings { vault: Arc::clone(vault), ..Settings::default() };
        let files = VaultFiles(Arc::clone(vault));
        let loader = Loader { files: &files, catalog: &Modules::default(), settings: &settings };
        return loader.vars(Path::new(path)).map_err(anyhow::Error::new);
    }
    if text.trim_start().starts_with(['{', '[']) {
        let json: Json = serde_yaml::from_str(text).context("neither YAML nor JSON")?;
        let Json::Object(map) = json else { bail!("a mapping is needed") };
        return Ok(map.iter().map(|(name, value)| (Arc::from(name.as_str()), tree(value))).collect());
    }
    let words = shlex::split(text).context("unbalanced quotes")?;
    let pair = |word: &String| {
        let (name, value) = word.split_once('=').with_context(|| format!("{word:?} is not key=value"))?;
        Ok((Arc::from(name), tree(&Json::from(value))))
    };
    words.iter().map(pair).collect()
}

fn tree(json: &Json) -> Arc<Tree> {
    let origin = Origin { file: "--extra-vars".into(), line: 1, column: 1 };
    Arc::new(Tree::from_project_json(json, &origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let given = ["a=1 b='x y'", "{\"a\": 2, \"c\": [1]}", "{d: yes}"].map(str::to_owned);
        let vars = read(&given, &Arc::default()).unwrap();
        let names: Vec<&str> = vars.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["b", "a", "c", "d"]);
        for wrong in ["nothing", "@/no/such/file", "[1]", "a='"] {
            assert!(read(&[wrong.to_owned()], &Arc::default()).is_err(), "{wrong}");
        }
    }
}
