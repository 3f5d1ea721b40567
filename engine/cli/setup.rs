//! What every subcommand that runs plays starts from.
use rolewright_language::{Files, Settings};
use rolewright_run::{Engine, Modules, SystemWorld};
use std::sync::Arc;

/// An engine with every module and lookup of this build.
pub(crate) fn engine(files: Arc<dyn Files>, settings: Settings) -> Engine {
    Engine {
        modules: Arc::new(Modules::new(rolewright_modules::all())),
        lookups: Arc::new(rolewright_modules::lookups::AllLookups),
        system: Arc::new(SystemWorld),
        files,
        settings: Arc::new(settings),
        cache: Arc::default(),
    }
}
