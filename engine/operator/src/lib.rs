//! The operator: watches.yaml, controllers, queue, status, finalizers, dependents, leader election, metrics, health.

mod annotations;
mod ansible_args;
pub mod conditions;
mod controller;
mod dependents;
pub mod duration;
mod finalize;
mod health;
mod http;
pub mod inputs;
mod inventory;
mod kind;
mod leader;
mod logs;
pub mod metrics;
mod operator;
mod options;
mod outcome;
mod predicate;
pub mod queue;
mod reconcile;
mod running;
mod scrape;
mod shared;
mod shutdown;
pub mod snake_case;
mod status;
mod store;
mod tls;
pub mod watches;

pub use operator::{EventHook, Operator, ReportHook, RunReport};
pub use options::{LogEvents, Options};
