//! `/metrics`.
use crate::http::{Answer, Asked, Handler};
use crate::shared::Shared;
use ::http::StatusCode;
use std::sync::Arc;

pub(crate) fn handler(shared: &Arc<Shared>) -> Handler {
    let shared = Arc::clone(shared);
    Arc::new(move |asked| {
        let shared = Arc::clone(&shared);
        Box::pin(async move { answer(&shared, &asked) })
    })
}

fn answer(shared: &Shared, asked: &Asked) -> Answer {
    if asked.path.trim_end_matches('/') != "/metrics" {
        return (StatusCode::NOT_FOUND, "404 page not found\n".into());
    }
    shared.measure();
    (StatusCode::OK, shared.metrics.registry.text())
}
