//! Sockets: accepted within limits, in TLS or on loopback, closed when they are slow, drained when the server stops.
//!
//! # Invariants
//! - In clear only on loopback: [`Listener::bind`] refuses anything else; and there no page of another site is answered (`here.rs`).
//! - Nothing is accepted while [`CONNECTIONS_MAX`] connections are open; the system's queue holds the rest.
//! - A connection that sends no whole head in time, or none at all, is closed; so is one that takes nothing of its answer.

mod connection;
mod here;
mod reload;
mod shown;
mod tls;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::{Request, Response};
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

pub use tls::{Tls, TlsError};

use crate::failure::Failure;
use crate::limits::{CONNECTIONS_MAX, DRAIN_TIME, TAKE_TIME};
use crate::metrics::Form;
use crate::service::Service;

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is not loopback, and there is no certificate.
    #[error("{0} is not a loopback address, and there is no certificate: nothing is served in clear there")]
    InClear(SocketAddr),
    /// The address can't be had.
    #[error("{address} can't be listened on: {cause}")]
    Address {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The system gives no threads.
    #[error("no threads to serve with: {0}")]
    Runtime(io::Error),
    /// The certificate or its key can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// An address that is listened on.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Tls>,
}

impl Listener {
    /// Listens on an address, in TLS if there is a certificate.
    ///
    /// # Errors
    /// [`ListenError`].
    pub async fn bind(address: SocketAddr, tls: Option<Tls>) -> Result<Self, ListenError> {
        if tls.is_none() && !address.ip().to_canonical().is_loopback() {
            return Err(ListenError::InClear(address));
        }
        let socket =
            TcpListener::bind(address).await.map_err(|cause| ListenError::Address { address, cause })?;
        Ok(Self { socket, tls })
    }

    /// The address, with the port that the system chose where 0 was asked for.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// What a client can compare the certificate with, where there is one.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.tls.as_ref().map(Tls::fingerprint)
    }

    /// Serves until `stop` says so and what is under way has ended, or [`DRAIN_TIME`] has.
    pub async fn serve(self, service: Service, stop: watch::Receiver<bool>) {
        let (metrics, in_clear) = (service.clone(), self.tls.is_none());
        let answer = move |source: SocketAddr, request: Request<Body>| {
            let service = service.clone();
            async move {
                if in_clear && here::is_of_another_site(&request) {
                    return service.shared().refused(Failure::other_site());
                }
                service.answer(source.ip(), request).await
            }
        };
        self.run(answer, move || metrics.shared().metrics.connection(), stop).await;
    }

    /// Serves the metrics, and nothing else.
    pub async fn serve_metrics(self, service: Service, stop: watch::Receiver<bool>) {
        let answer = move |_: SocketAddr, request: Request<Body>| {
            let service = service.clone();
            let form = wanted(&request);
            async move { metrics(&service, form).await }
        };
        self.run(answer, || (), stop).await;
    }

    async fn run<A, G>(
        self,
        answer: impl Fn(SocketAddr, Request<Body>) -> A + Clone + Send + Sync + 'static,
        guard: impl Fn() -> G,
        stop: watch::Receiver<bool>,
    ) where
        A: Future<Output = Response<Body>> + Send + 'static,
        G: Send + 'static,
    {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let reload = self.tls.as_ref().map(|tls| tokio::spawn(reload::watch(tls.clone())));
        let mut stopping = stop.clone();
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.socket, &room) => accepted,
                _ = stopping.wait_for(|stop| *stop) => break,
            };
            let Some((socket, source, place)) = accepted else { continue };
            let (answer, tls, stop, guard) = (answer.clone(), self.tls.clone(), stop.clone(), guard());
            tokio::spawn(async move {
                let _held = (place, guard);
                connection::serve(socket, source, tls, answer, stop).await;
            });
        }
        drop(self.socket);
        if let Some(reload) = reload {
            reload.abort();
        }
        // All places are free once the last connection is closed.
        let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(DRAIN_TIME, room.acquire_many(all)).await;
    }
}

/// The next connection, and its place. `None`: the system refuses one (no descriptors left); it may have some soon.
async fn accept(
    socket: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, source)) => {
            // Answers are small and whole: waiting for more to send only makes them late.
            let _ = stream.set_nodelay(true);
            // Who takes nothing would hold its answer, and a place, for ever: the system closes it then, also while its window is zero.
            let taken_within = u32::try_from(TAKE_TIME.as_millis()).unwrap_or(u32::MAX);
            let _ = set_tcp_user_timeout(&stream, taken_within);
            Some((stream, source, place))
        }
        Err(error) => {
            tracing::warn!(cause = %error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// In which form the metrics are asked for; `None`: something else is.
fn wanted(request: &Request<Body>) -> Option<Form> {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    (request.uri().path() == "/metrics").then(|| Form::wanted(accept.unwrap_or_default()))
}

async fn metrics(service: &Service, form: Option<Form>) -> Response<Body> {
    let Some(form) = form else {
        let mut answer = Response::new(Body::from("see /metrics\n"));
        *answer.status_mut() = axum::http::StatusCode::NOT_FOUND;
        return answer;
    };
    let mut answer = Response::new(Body::from(service.metrics(form).await));
    let kind = HeaderValue::from_static(form.media_type());
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

#[cfg(test)]
mod tests {
    use rustix::net::sockopt::tcp_user_timeout;

    use super::*;

    #[tokio::test]
    async fn t_d3_who_takes_nothing_of_an_answer_is_let_go() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(socket.local_addr().unwrap()).await.unwrap();
        let (taken, source, _place) = accept(&socket, &Arc::new(Semaphore::new(1))).await.unwrap();
        assert_eq!(source, client.local_addr().unwrap());
        let within = Duration::from_millis(tcp_user_timeout(&taken).unwrap().into());
        assert_eq!(within, TAKE_TIME, "the system closes it after that, whatever is still to be sent");
    }
}
