//! The modules of an engine, found by every name they answer to.
use crate::Module;
use crate::argument_specs::ValidateArgumentSpec;
use crate::asynchronous::AsyncStatus;
use rolewright_language::{Catalog, ModuleInfo};
use std::collections::HashMap;
use std::sync::Arc;

/// The modules of an engine, found by every name they answer to.
#[derive(Default)]
pub struct Modules {
    by_name: HashMap<String, Arc<dyn Module>>,
    names: Vec<&'static str>,
}

/// Modules that are part of the engine, because they look into a run.
fn own() -> [Arc<dyn Module>; 3] {
    [Arc::new(crate::facts::Setup), Arc::new(AsyncStatus), Arc::new(ValidateArgumentSpec)]
}

/// Collections that are searched for a short name even when nobody lists them.
const IMPLICIT: &[&str] = &["ansible.builtin", "ansible.legacy"];

impl Modules {
    pub fn new(modules: Vec<Arc<dyn Module>>) -> Self {
        let mut this = Self::default();
        for module in own() {
            this.add(&module);
        }
        for module in modules {
            this.add(&module);
        }
        this
    }

    /// One that is there already gives way.
    fn add(&mut self, module: &Arc<dyn Module>) {
        let name = module.info().name;
        if !self.names.contains(&name) {
            self.names.push(name);
        }
        self.by_name.insert(name.to_owned(), Arc::clone(module));
        for alias in module.aliases() {
            self.by_name.entry((*alias).to_owned()).or_insert_with(|| Arc::clone(module));
        }
        if let Some(short) = name.strip_prefix("ansible.builtin.") {
            for alias in [short.to_owned(), format!("ansible.legacy.{short}")] {
                self.by_name.insert(alias, Arc::clone(module));
            }
        }
    }

    pub fn get(&self, canonical: &str) -> Option<&Arc<dyn Module>> {
        self.by_name.get(canonical)
    }

    fn find(&self, written: &str, collections: &[Arc<str>]) -> Option<&Arc<dyn Module>> {
        if written.contains('.') {
            return self.get(written);
        }
        let listed = collections.iter().map(|collection| &**collection);
        listed
            .chain(IMPLICIT.iter().copied())
            .find_map(|collection| self.get(&format!("{collection}.{written}")))
            .or_else(|| self.get(written))
    }
}

impl Catalog for Modules {
    fn resolve(&self, written: &str, collections: &[Arc<str>]) -> Option<ModuleInfo> {
        self.find(written, collections).map(|module| module.info())
    }
    fn names(&self) -> Vec<&'static str> {
        self.names.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Args, Outcome, TaskContext};
    use rolewright_language::FreeForm;

    struct Named(&'static str, &'static [&'static str]);
    impl Module for Named {
        fn info(&self) -> ModuleInfo {
            ModuleInfo { name: self.0, free_form: FreeForm::No, expressions: &[] }
        }
        fn aliases(&self) -> &'static [&'static str] {
            self.1
        }
        fn run(&self, _: &TaskContext<'_>, _: &Args) -> Outcome {
            Outcome::ok(false)
        }
    }

    #[test]
    fn a_module_is_found_by_every_name() {
        let modules = Modules::new(vec![
            Arc::new(Named("ansible.builtin.debug", &[])),
            Arc::new(Named("kubernetes.core.k8s", &["k8s", "community.kubernetes.k8s"])),
            Arc::new(Named("mine.own.thing", &[])),
        ]);
        let rows = [
            ("debug", "", Some("ansible.builtin.debug")),
            ("ansible.legacy.debug", "", Some("ansible.builtin.debug")),
            ("k8s", "", Some("kubernetes.core.k8s")),
            ("community.kubernetes.k8s", "", Some("kubernetes.core.k8s")),
            ("thing", "", None),
            ("thing", "mine.own", Some("mine.own.thing")),
            ("other.debug", "", None),
        ];
        for (written, collection, expected) in rows {
            let collections: Vec<Arc<str>> = if collection.is_empty() { vec![] } else { vec![collection.into()] };
            let found = modules.resolve(written, &collections).map(|info| info.name);
            assert_eq!(found, expected, "{written} with {collection:?}");
        }
    }
}
