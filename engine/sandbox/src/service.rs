//! The API as a `tower::Service`.
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::body::Body;
use crate::request::accept::Media;
use crate::request::decode::BODY_LIMIT;
use crate::request::query::Query;
use crate::request::reply::{self, Response};
use crate::serve::{Request, asked};
use crate::server::Inner;
use crate::status::Failure;

/// The API as a `tower::Service<http::Request<B>>` for any HTTP body; never fails.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

/// What a request is called in logs.
const AUDIT: http::HeaderName = http::HeaderName::from_static("audit-id");

/// Marks an answer that stands for a connection that broke.
#[derive(Clone, Copy)]
pub(crate) struct Broken;

impl Service {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }
}

impl<B> tower::Service<http::Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: std::fmt::Display,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move { Ok(answer(&inner, request).await) })
    }
}

async fn answer<B>(inner: &Inner, request: http::Request<B>) -> Response
where
    B: http_body::Body,
    B::Error: std::fmt::Display,
{
    let (parts, body) = request.into_parts();
    let (path, query) = (parts.uri.path().to_owned(), Query::parse(parts.uri.query()));
    let fate = inner.server.faults.meet(&asked(&parts.method, &path, &query));
    if let Some(delay) = fate.delay {
        tokio::time::sleep(delay).await;
    }
    if fate.dropped {
        return broken();
    }
    if let Some(failure) = fate.failure {
        return reply::failure(&failure, Media::Json);
    }
    let body = match read(body).await {
        Ok(body) => body,
        Err(failure) => return reply::failure(&failure, Media::Json),
    };
    let request = Request { method: parts.method, path, query, headers: parts.headers, body };
    let (mut response, changed) = inner.server.handle(&request);
    reply::header(&mut response, AUDIT, &uuid::Uuid::new_v4().to_string());
    if changed {
        inner.controllers.settle();
    }
    response
}

fn broken() -> Response {
    let mut response = http::Response::new(Body::broken());
    response.extensions_mut().insert(Broken);
    response
}

async fn read<B>(body: B) -> Result<Bytes, Box<Failure>>
where
    B: http_body::Body,
    B::Error: std::fmt::Display,
{
    let mut whole = BytesMut::new();
    let mut body = std::pin::pin!(body);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| Failure::bad_request(format!("unable to read the body: {e}")))?;
        if let Ok(data) = frame.into_data() {
            bytes::BufMut::put(&mut whole, data);
        }
        if whole.len() > BODY_LIMIT {
            let message = format!("Request entity too large: limit is {BODY_LIMIT}");
            return Err(Failure::new(413, "RequestEntityTooLarge", message));
        }
    }
    Ok(whole.freeze())
}
