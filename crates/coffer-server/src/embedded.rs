//! The same routes for whoever opened the store in this process: a transport without a socket.
//!
//! # Invariants
//! - An [`Embedded`] is made from a vault and never from a [`Service`], and nothing that listens takes one: so no request from elsewhere
//!   is ever answered as the owner's, whatever it says.
//! - Bodies of both directions are wiped.

use std::io::{self, Read};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Response};
use coffer_engine::Vault;
use coffer_engine::op::Session;
use coffer_engine::storage::Clock;
use coffer_wire::client::{self, Transport, TransportError};
use futures_util::stream::iter;
use http_body_util::BodyExt as _;
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

use crate::body::wipe;
use crate::service::{Caller, Service, ServiceOptions};

/// What is read of a file at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// A vault that answers whoever opened it in this process: without a token, without rates, and in its own time.
#[derive(Clone)]
pub struct Embedded {
    service: Service,
    owner: Arc<Session>,
    runtime: Arc<Runtime>,
}

impl Embedded {
    /// Answers for this vault; `owner` is who opened it, for the log.
    ///
    /// # Errors
    /// When the system gives no timer to run by.
    pub fn new(vault: Vault, clock: Clock, owner: Arc<Session>) -> io::Result<Self> {
        let service = Service::unwatched(vault, clock, ServiceOptions::default());
        // In the thread of whoever asks: one request after the other.
        let runtime = Arc::new(Builder::new_current_thread().enable_time().build()?);
        Ok(Self { service, owner, runtime })
    }

    /// Answers one request of the owner's.
    pub async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        request.extensions_mut().insert(Caller::Owner(Arc::clone(&self.owner)));
        self.service.route(request).await
    }
}

impl Transport for Embedded {
    fn exchange(&self, request: client::Request) -> Result<client::Response, TransportError> {
        let mut building = Request::builder().method(request.method).uri(&request.target);
        for (name, value) in &request.headers {
            building = building.header(*name, value);
        }
        let body = match request.body {
            client::Sent::Nothing => Body::empty(),
            // The owner of the bytes wipes them when the last of their readers is gone.
            client::Sent::Document(body) => Body::from(Bytes::from_owner(body)),
            client::Sent::File(file) => {
                building = building.header(CONTENT_TYPE, &file.media_type);
                Body::from_stream(iter(Pieces(file.content)))
            }
        };
        let request = building.body(body).map_err(|_| TransportError::NotCoffer {
            server: self.name(),
            what: "something in the request can't be said".to_owned(),
        })?;
        let (head, body) = self.runtime.block_on(self.answer(request)).into_parts();
        let said =
            head.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        Ok(client::Response {
            status: head.status.as_u16(),
            headers: client::Headers::of(said),
            body: Box::new(Frames { runtime: Arc::clone(&self.runtime), body, part: Bytes::new(), read: 0 }),
        })
    }

    fn name(&self) -> String {
        "the store".to_owned()
    }

    /// All at once: there is nobody else who would have to wait.
    fn page_max(&self) -> usize {
        usize::MAX
    }
}

/// A file that is sent, piece by piece, each in memory that is wiped.
struct Pieces(Box<dyn Read + Send>);

impl Iterator for Pieces {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = Zeroizing::new(vec![0; PIECE_BYTES]);
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return None,
                Ok(length) => {
                    piece.truncate(length);
                    return Some(Ok(Bytes::from_owner(piece)));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A body as it is read, part by part.
struct Frames {
    runtime: Arc<Runtime>,
    body: Body,
    part: Bytes,
    read: usize,
}

impl Frames {
    /// Forgets the part that was read.
    fn wipe(&mut self) {
        wipe(std::mem::take(&mut self.part));
        self.read = 0;
    }
}

impl Read for Frames {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.part.len() {
            self.wipe();
            match self.runtime.block_on(self.body.frame()) {
                None => return Ok(0),
                Some(Err(error)) => return Err(io::Error::other(error)),
                Some(Ok(frame)) => self.part = frame.into_data().unwrap_or_default(),
            }
        }
        let mut rest = self.part.get(self.read..).unwrap_or_default();
        let read = rest.read(into)?;
        self.read = self.read.saturating_add(read);
        Ok(read)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Says nothing: there are keys inside.
impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded(..)")
    }
}
