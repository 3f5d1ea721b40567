//! Whole journeys of an operator, written once for two targets: the sandbox in this process, and with
//! `ROLEWRIGHT_TEST_KUBECONFIG` the real control plane of `tests/cluster`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

mod old_role;
mod stage;
mod trouble;
mod walk;
