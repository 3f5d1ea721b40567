//! `/metrics`, and who may read it.
use crate::http::{Answer, Asked, Handler};
use crate::shared::Shared;
use ::http::StatusCode;
use parking_lot::Mutex;
use rolewright_cluster::{Cluster, Error, WriteOptions};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an answer of the API about a token is believed.
const BELIEF: Duration = Duration::from_secs(60);
/// Tokens that are remembered at most.
const TOKENS: usize = 256;

pub(crate) fn handler(shared: &Arc<Shared>) -> Handler {
    let shared = Arc::clone(shared);
    let guard = shared.options.metrics_require_rbac.then(|| Arc::new(Guard::default()));
    Arc::new(move |asked| {
        let (shared, guard) = (Arc::clone(&shared), guard.clone());
        Box::pin(async move {
            if let Some(guard) = guard
                && let Err(refused) = guard.check(&shared.cluster, &asked).await
            {
                return refused;
            }
            answer(&shared, &asked)
        })
    })
}

fn answer(shared: &Shared, asked: &Asked) -> Answer {
    if asked.path.trim_end_matches('/') != "/metrics" {
        return (StatusCode::NOT_FOUND, "404 page not found\n".into());
    }
    shared.measure();
    (StatusCode::OK, shared.metrics.registry.text())
}

/// Asks the API who has a token, and whether they may read metrics.
#[derive(Default)]
struct Guard(Mutex<HashMap<String, (Instant, StatusCode)>>);

impl Guard {
    async fn check(&self, cluster: &Cluster, asked: &Asked) -> Result<(), Answer> {
        let Some(token) = &asked.token else { return Err(refusal(StatusCode::UNAUTHORIZED)) };
        let known = self.0.lock().get(token).copied().filter(|(at, _)| at.elapsed() < BELIEF);
        let status = match known {
            Some((_, status)) => status,
            None => {
                let status = judge(cluster, token, &asked.path).await.map_err(|error| {
                    tracing::warn!(%error, "cannot ask whether metrics may be read");
                    refusal(StatusCode::INTERNAL_SERVER_ERROR)
                })?;
                self.remember(token, status);
                status
            }
        };
        if status == StatusCode::OK { Ok(()) } else { Err(refusal(status)) }
    }

    fn remember(&self, token: &str, status: StatusCode) {
        let mut known = self.0.lock();
        if known.len() >= TOKENS {
            known.clear();
        }
        known.insert(token.to_owned(), (Instant::now(), status));
    }
}

async fn judge(cluster: &Cluster, token: &str, path: &str) -> Result<StatusCode, Error> {
    let review = create(cluster, "authentication.k8s.io/v1", "TokenReview", json!({"token": token})).await?;
    let status = &review["status"];
    if status["authenticated"] != true {
        return Ok(StatusCode::UNAUTHORIZED);
    }
    let user = &status["user"];
    let spec = json!({
        "user": user["username"],
        "groups": user["groups"],
        "uid": user["uid"],
        "extra": user["extra"],
        "nonResourceAttributes": {"path": path, "verb": "get"},
    });
    let review = create(cluster, "authorization.k8s.io/v1", "SubjectAccessReview", spec).await?;
    Ok(if review["status"]["allowed"] == true { StatusCode::OK } else { StatusCode::FORBIDDEN })
}

async fn create(cluster: &Cluster, api_version: &str, kind: &str, spec: Json) -> Result<Json, Error> {
    let resource = cluster.resolve(api_version, kind).await?;
    let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {}, "spec": spec});
    cluster.create(&resource, None, &object, &WriteOptions::default()).await
}

fn refusal(status: StatusCode) -> Answer {
    (status, format!("{}\n", status.canonical_reason().unwrap_or_default()))
}
