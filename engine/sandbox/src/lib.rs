//! A Kubernetes API server in this process, with simulated controllers. Knows `schema` only and speaks HTTP.

mod server;
pub use server::{Options, Sandbox, Service};
