//! Over HTTP: to one address, with one token.

use std::io::{self, Read};
use std::time::Duration;

use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, EXPECT};
use ureq::http::{HeaderValue, Request as HttpRequest};
use ureq::{Agent, SendBody};
use zeroize::Zeroizing;

use super::tls::{ClientCertificate, Trust, TrustError, Web, WebTimes, web};
use super::{Address, Headers, Request, Response, Sent, Transport, TransportError};
use crate::Plain;

/// Time for a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest that a body may keep silent.
const SILENCE: Duration = Duration::from_secs(60);

/// Over HTTP. Connections are kept.
pub struct Http {
    agent: Agent,
    to: Address,
    authorization: Option<HeaderValue>,
    /// What is shown where the instance is asked.
    of_instance: Option<HeaderValue>,
}

impl Http {
    /// To this address, showing this token; `trust` says how it is known that it is there, and `shown` what the connection is opened with, where that
    /// is not this machine.
    ///
    /// # Errors
    /// [`TransportError::NoRoots`], or `NotCoffer` for an address with a query.
    pub fn new(
        to: Address,
        token: Option<&Plain>,
        trust: &Trust,
        shown: Option<&ClientCertificate>,
    ) -> Result<Self, TransportError> {
        let side = if to.is_https() { Web::Server(trust, shown) } else { Web::Here };
        let agent =
            web(side, WebTimes { whole: None, connect: Some(CONNECT) }).map_err(|error| match error {
                TrustError::NoRoots => TransportError::NoRoots,
                error => TransportError::Untrusted { server: to.to_string(), cause: error.to_string() },
            })?;
        let authorization = token.map(bearer);
        Ok(Self { agent, to, of_instance: authorization.clone(), authorization })
    }

    /// Shows this token, or none, where the instance is asked, and the other one to tenants alone.
    #[must_use]
    pub fn with_instance(self, token: Option<&Plain>) -> Self {
        Self { of_instance: token.map(bearer), ..self }
    }

    fn failed(&self, error: ureq::Error) -> TransportError {
        let server = self.name();
        match error {
            ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
                TransportError::Unreachable { server, cause: "no connection in time".to_owned() }
            }
            ureq::Error::Timeout(_) => TransportError::TooSlow { server },
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
                TransportError::Unreachable { server, cause: error.to_string() }
            }
            ureq::Error::Rustls(error) => TransportError::Untrusted { server, cause: error.to_string() },
            ureq::Error::Io(error) => self.broken(&error),
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) | ureq::Error::Http(_) => {
                TransportError::NotCoffer {
                    server,
                    what: "what it says is no HTTP that is understood".to_owned(),
                }
            }
            _ => TransportError::Lost { server },
        }
    }

    fn broken(&self, error: &io::Error) -> TransportError {
        let server = self.name();
        // Within TLS an error is rustls's.
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return TransportError::Untrusted { server, cause: error.to_string() };
        }
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportError::TooSlow { server },
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable => {
                TransportError::Unreachable { server, cause: error.kind().to_string() }
            }
            _ => TransportError::Lost { server },
        }
    }
}

impl Transport for Http {
    fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let Request { method, of_instance, target, headers, body, patience } = request;
        let unsendable = || TransportError::NotCoffer {
            server: self.name(),
            what: "the address has a query, or something in the request can't be sent".to_owned(),
        };
        let to = self.to.join(target.trim_start_matches('/')).ok_or_else(unsendable)?;
        let mut building = HttpRequest::builder().method(method).uri(to.uri());
        for (name, value) in headers {
            building = building.header(name, value);
        }
        let authorization = if of_instance { &self.of_instance } else { &self.authorization };
        if let Some(authorization) = authorization {
            building = building.header(AUTHORIZATION, authorization);
        }
        let answer = match body {
            Sent::Document(body) => {
                let building = building.header(CONTENT_TYPE, "application/json");
                self.send(building.body(body.as_slice()).map_err(|_| unsendable())?, patience)
            }
            Sent::File(file) => {
                // Who may not write is told so before anything of the file is sent, and not cut off in the midst of it.
                let building = building.header(CONTENT_TYPE, file.media_type).header(EXPECT, "100-continue");
                let content = SendBody::from_owned_reader(file.content);
                self.send(building.body(content).map_err(|_| unsendable())?, patience)
            }
            Sent::Nothing if method == "POST" => {
                self.send(building.body(&b""[..]).map_err(|_| unsendable())?, patience)
            }
            Sent::Nothing => self.send(building.body(()).map_err(|_| unsendable())?, patience),
        }?;
        let said =
            answer.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        Ok(Response {
            status: answer.status().as_u16(),
            headers: Headers::of(said),
            body: Box::new(Body(answer.into_body().into_reader())),
        })
    }

    fn name(&self) -> String {
        self.to.to_string()
    }
}

impl Http {
    fn send(
        &self,
        request: HttpRequest<impl ureq::AsSendBody>,
        patience: Duration,
    ) -> Result<ureq::http::Response<ureq::Body>, TransportError> {
        let request = self
            .agent
            .configure_request(request)
            .timeout_recv_response(Some(patience))
            .timeout_send_body(Some(patience))
            .timeout_per_read(Some(patience.max(SILENCE)))
            .build();
        self.agent.run(request).map_err(|error| self.failed(error))
    }
}

/// A body, whose errors say whether it was too slow.
struct Body<R>(R);

impl<R: Read> Read for Body<R> {
    fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
        self.0.read(part).map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
            if matches!(inner, Some(ureq::Error::Timeout(_))) {
                io::ErrorKind::TimedOut.into()
            } else {
                error
            }
        })
    }
}

fn bearer(token: &Plain) -> HeaderValue {
    let text = Zeroizing::new(format!("Bearer {}", token.expose()));
    // A token that can't stand in a header is none: the server says so.
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("Bearer -"));
    // So that whoever prints headers does not print it.
    value.set_sensitive(true);
    value
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Http({})", self.to)
    }
}

#[cfg(test)]
mod tests;
