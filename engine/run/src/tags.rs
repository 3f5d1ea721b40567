//! Which tasks run by their tags.
use crate::execution::Execution;
use crate::frame::Frame;
use rolewright_language::ast::Task;
use rolewright_template::{Tree, Value};
use std::rc::Rc;
use std::sync::Arc;

impl Execution<'_> {
    /// Tags as written at one place: texts with commas, lists, templates.
    pub(crate) fn rendered_tags(&self, written: &[Tree], _frame: &Rc<Frame>) -> Vec<Arc<str>> {
        if written.is_empty() {
            return Vec::new();
        }
        let mut tags = Vec::new();
        for tree in written {
            let value = self.play_value(tree).unwrap_or_else(|_| Value::from(crate::failures::source(tree)));
            let values = value.items().unwrap_or_else(|| vec![value]);
            for value in values.iter().filter(|value| !value.is_omit() && !value.is_none()) {
                let text = value.to_string();
                tags.extend(text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(Arc::from));
            }
        }
        tags
    }

    /// Whether a task runs under the `--tags` and `--skip-tags` of this run.
    pub(crate) fn is_selected(&self, task: &Task, frame: &Rc<Frame>) -> bool {
        let (only, skip) = (&self.options.tags, &self.options.skip_tags);
        if task.keywords.tags.is_empty() {
            return selected(&frame.tags, only, skip);
        }
        let mut tags: Vec<Arc<str>> = frame.tags.to_vec();
        tags.extend(self.rendered_tags(&task.keywords.tags, frame));
        selected(&tags, only, skip)
    }
}

/// `always` and `never` give way to tags that are asked for by name; `tagged`, `untagged` and `all` stand for many.
pub fn selected(tags: &[Arc<str>], only: &[String], skip: &[String]) -> bool {
    let has = |wanted: &str| tags.iter().any(|tag| &**tag == wanted);
    let asked = |list: &[String], name: &str| list.iter().any(|tag| tag == name);
    let common = |list: &[String]| list.iter().any(|tag| has(tag));
    let untagged = tags.is_empty();
    let shared = |list: &[String]| {
        common(list) || asked(list, "tagged") && !untagged && !has("never") || asked(list, "untagged") && untagged
    };
    let chosen = if only.is_empty() && !has("never") {
        true
    } else {
        let everything = (only.is_empty() || asked(only, "all")) && !has("never");
        has("always") || everything || shared(only)
    };
    let skips_all = asked(skip, "all") && (!has("always") || asked(skip, "always"));
    let skipped =
        skips_all || common(skip) || asked(skip, "tagged") && !untagged || asked(skip, "untagged") && untagged;
    chosen && !skipped
}

#[cfg(test)]
mod tests {
    use super::selected;
    use std::sync::Arc;

    #[test]
    fn tags_choose_tasks() {
        // tags of the task, --tags, --skip-tags, does it run
        let rows = [
            ("", "", "", true),
            ("a", "", "", true),
            ("a", "a", "", true),
            ("a", "b", "", false),
            ("", "a", "", false),
            ("a,b", "b", "", true),
            ("always", "b", "", true),
            ("always", "", "always", false),
            ("always", "", "all", true),
            ("a", "", "all", false),
            ("never", "", "", false),
            ("never,a", "a", "", true),
            ("never,a", "all", "", false),
            ("never", "never", "", true),
            ("a", "tagged", "", true),
            ("", "tagged", "", false),
            ("", "untagged", "", true),
            ("a", "untagged", "", false),
            ("a", "all", "", true),
            ("a", "", "a", false),
            ("a", "a", "a", false),
            ("a", "", "tagged", false),
            ("", "", "untagged", false),
        ];
        let list = |text: &str| -> Vec<String> { text.split(',').filter(|t| !t.is_empty()).map(Into::into).collect() };
        for (tags, only, skip, expected) in rows {
            let own: Vec<Arc<str>> = list(tags).into_iter().map(Arc::from).collect();
            assert_eq!(selected(&own, &list(only), &list(skip)), expected, "{tags:?} --tags {only} --skip-tags {skip}");
        }
    }
}
