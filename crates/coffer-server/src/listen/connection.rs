//! One connection: a handshake, then one request after the other.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response};
use coffer_engine::x509::ShownChain;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::Tls;
use super::shown::shown;
use crate::limits::{HANDSHAKE_TIME, HEAD_MAX_BYTES, HEAD_TIME, HEADERS_MAX};

/// Serves one connection to its end.
pub(super) async fn serve<A>(
    socket: TcpStream,
    source: SocketAddr,
    tls: Option<Tls>,
    answer: impl Fn(SocketAddr, Request<Body>) -> A + Clone + Send + Sync + 'static,
    stop: watch::Receiver<bool>,
) where
    A: Future<Output = Response<Body>> + Send + 'static,
{
    match tls {
        None => requests(socket, (source, None), answer, stop).await,
        Some(tls) => match timeout(HANDSHAKE_TIME, tls.accept(socket)).await {
            Ok(Ok(stream)) => {
                let shown = shown(stream.get_ref().1).map(Arc::new);
                requests(stream, (source, shown), answer, stop).await;
            }
            Ok(Err(error)) => tracing::debug!(cause = %error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake did not end in time"),
        },
    }
}

async fn requests<A>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    (source, shown): (SocketAddr, Option<Arc<ShownChain>>),
    answer: impl Fn(SocketAddr, Request<Body>) -> A,
    mut stop: watch::Receiver<bool>,
) where
    A: Future<Output = Response<Body>>,
{
    let service = service_fn(|request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        // Beside the request, where nothing that is sent comes to lie.
        if let Some(shown) = &shown {
            request.extensions_mut().insert(Arc::clone(shown));
        }
        let answer = answer(source, request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_MAX_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let stopping = async { stop.wait_for(|stop| *stop).await.map(drop) };
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stopping => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            // The request under way is answered, and no other one taken.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(cause = %error, "a connection broke off");
    }
}
