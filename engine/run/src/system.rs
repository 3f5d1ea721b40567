//! The world outside: clock, sleep, processes, files.
use crate::Cancel;
use rolewright_template::World;
use std::time::Duration;

/// [`World`] plus what only tasks may do.
pub trait System: World {
    /// Sleeps; returns false when the run was cancelled meanwhile.
    fn sleep(&self, duration: Duration, cancel: &Cancel) -> bool;
    fn world(&self) -> &dyn World;
}

/// The real one.
#[derive(Debug, Default)]
pub struct SystemWorld;

/// Files of the machine.
#[derive(Debug, Default)]
pub struct DiskFiles;
