//! A Kubernetes API server in this process, with simulated controllers. Knows `schema` only and speaks HTTP.

mod api;
mod body;
mod controllers;
mod faults;
mod json;
mod known;
mod listen;
mod protobuf;
mod registry;
mod render;
mod request;
mod serve;
mod server;
mod service;
mod status;
mod store;

pub use body::Body;
pub use faults::{Asked, Faults, Matcher, Requests};
pub use server::{Options, Sandbox};
pub use service::Service;
