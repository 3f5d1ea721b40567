//! The body of an answer: bytes, or a stream of watch frames.
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use http_body::{Frame, SizeHint};

type Frames = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

enum Inner {
    Whole(Option<Bytes>),
    Frames(Frames),
}

/// The body of an answer; a watch streams one frame per event.
pub struct Body(Inner);

impl Body {
    pub(crate) fn stream(frames: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static) -> Self {
        Self(Inner::Frames(Box::pin(frames)))
    }

    /// Fails when it is read, as a connection does that breaks before the answer.
    pub(crate) fn broken() -> Self {
        let reset = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "connection reset by the sandbox");
        Self::stream(futures::stream::iter([Err(reset)]))
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        let bytes = bytes.into();
        Self(Inner::Whole(if bytes.is_empty() { None } else { Some(bytes) }))
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Inner::Whole(bytes) => write!(f, "Body({} bytes)", bytes.as_ref().map_or(0, Bytes::len)),
            Inner::Frames(_) => f.write_str("Body(stream)"),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Inner::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Inner::Frames(frames) => frames.as_mut().poll_next(cx).map(|next| next.map(|item| item.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Inner::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Inner::Frames(_) => SizeHint::default(),
        }
    }
}
