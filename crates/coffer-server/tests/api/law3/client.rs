//! HTTP/1.1 over one connection, by hand: nothing between the test and the moment at which a request is sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value as Json;

pub(super) struct Client {
    stream: BufReader<TcpStream>,
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) request: String,
    pub(super) body: String,
}

impl Client {
    pub(super) fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    pub(super) fn ask(&mut self, token: &str, method: &str, target: &str, body: &str) -> Reply {
        self.ask_in(None, token, method, target, body)
    }

    /// The same in a tenant that is named.
    pub(super) fn ask_in(
        &mut self,
        tenant: Option<&str>,
        token: &str,
        method: &str,
        target: &str,
        body: &str,
    ) -> Reply {
        let named = tenant.map(|tenant| format!("x-coffer-tenant: {tenant}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\n{named}authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut length, mut id) = (0, 0, String::new());
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().unwrap();
            } else if let Some(rest) = line.strip_prefix("x-request-id: ") {
                id = rest.to_owned();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        Reply { status, request: id, body: String::from_utf8(body).unwrap() }
    }

    /// Asks for what has to succeed.
    pub(super) fn done(&mut self, token: &str, method: &str, target: &str, body: &str) -> Json {
        let reply = self.ask(token, method, target, body);
        assert!((200..300).contains(&reply.status), "{method} {target}: {} {}", reply.status, reply.body);
        serde_json::from_str(&reply.body).unwrap_or_default()
    }
}
