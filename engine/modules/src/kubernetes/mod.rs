use rolewright_run::Module;
use std::sync::Arc;

pub(crate) fn all() -> Vec<Arc<dyn Module>> {
    Vec::new()
}
