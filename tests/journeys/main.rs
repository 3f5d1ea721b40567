//! Whole journeys of an operator, written once for two targets: the sandbox in this process, and with
//! `ROLEWRIGHT_TEST_KUBECONFIG` the real control plane of `tests/cluster`.
mod old_role;
mod stage;
mod trouble;
mod walk;
