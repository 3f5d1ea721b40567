//! The operator: watches.yaml, controllers, queue, status, finalizers, dependents, leader election, metrics, health.

pub mod conditions;
pub mod duration;
pub mod inputs;
pub mod options;
pub mod queue;
pub mod snake_case;
pub mod watches;

mod start;
pub use options::Options;
pub use start::{Operator, RunReport};
