//! The operator: watches.yaml, controllers, queue, status, finalizers, dependents, leader election, metrics, health.

pub mod options;
pub mod watches;

mod start;
pub use options::Options;
pub use start::{Operator, RunReport};
