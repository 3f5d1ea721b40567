//! `template`: a rendered template file.
use super::{Named, flag, option};
use rolewright_run::Surroundings;
use rolewright_template::{Context, Error, Result, Value};
use std::sync::Arc;

const OPTIONS: [&str; 5] = ["convert_data", "jinja2_native", "template_vars", "wantlist", "errors"];

pub(super) fn template(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    if let Some((name, _)) = options.iter().find(|(name, _)| !OPTIONS.contains(&&**name)) {
        return Err(Error::failed(format!(
            "the template lookup has no option `{name}` here; a template file sets its delimiters in its first line: #jinja2:{name}: '…'"
        )));
    }
    let around = Surroundings::of(cx)?;
    let extra: Vec<Named> = match option(options, "template_vars").map(|vars| vars.entries()) {
        None => Vec::new(),
        Some(Some(entries)) => entries.into_iter().map(|(key, value)| (Arc::from(key.to_string()), value)).collect(),
        Some(None) => return Err(Error::failed("template_vars takes a dict")),
    };
    let convert = flag(options, "convert_data", true)?;
    terms
        .iter()
        .map(|term| {
            let name = term.clone().defined()?.to_string();
            let path = around.find("templates", &name);
            let path = path
                .ok_or_else(|| Error::failed(format!("the template file {name} could not be found for the lookup")))?;
            let text = around.render_file(cx, &path, &extra)?;
            let value = if convert { rolewright_template::converted(Value::from(text)) } else { Value::verbatim(text) };
            // With native results Ansible hands the lookup's value on as text that is not to be read again.
            Ok(if cx.native { Value::verbatim(value.to_string()) } else { value })
        })
        .collect()
}
