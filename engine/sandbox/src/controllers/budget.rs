//! PodDisruptionBudgets: how many pods may go.
use serde_json::{Value as Json, json};

use super::Controllers;
use super::conditions::{self, Condition};
use super::replicaset::{active, ready};
use super::rollout::share;
use crate::api::select::selects;
use crate::json::JsonExt;
use crate::store::Object;

const SHARD: &str = "poddisruptionbudgets.policy";

impl Controllers {
    pub(super) fn budget(&self, budget: &Object) {
        let selector = budget.value.pointer("/spec/selector").unwrap_or(&Json::Null);
        let pods = self.api.store.list("pods", Some(budget.namespace())).into_iter();
        let pods = active(pods.filter(|p| selects(selector, p.value.pointer("/metadata/labels"))).collect());
        let expected = pods.len() as i64;
        let healthy = pods.iter().filter(|p| ready(p)).count() as i64;
        let desired = match (budget.value.pointer("/spec/minAvailable"), budget.value.pointer("/spec/maxUnavailable")) {
            (Some(least), _) => share(least, expected, true),
            (None, Some(most)) => (expected - share(most, expected, true)).max(0),
            (None, None) => 1,
        };
        let allowed = (healthy - desired).max(0);
        let generation = budget.value.int("/metadata/generation").unwrap_or(1);
        self.set_status(budget, SHARD, |value| {
            let conditions = value.pointer("/status/conditions").cloned().unwrap_or_else(|| json!([]));
            value["status"] = json!({"observedGeneration": generation, "disruptionsAllowed": allowed,
                "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected,
                "conditions": conditions});
            let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
            let condition = Condition { kind: "DisruptionAllowed", status: allowed > 0, reason, message: "" };
            conditions::set(value, &condition);
        });
    }
}
