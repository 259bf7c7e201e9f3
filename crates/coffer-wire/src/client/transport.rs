//! One request in, one answer out: what lies between a client and whoever answers it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::WipedBuffer;
use crate::problem::MEDIA_TYPE;

/// Items that a server gives on one page.
pub const PAGE_MAX: usize = 10_000;
/// The most that is read of an answer that is one document, in bytes: 4,096 values of 1 MiB would be more, and nobody has them.
pub const DOCUMENT_MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The way to whoever answers. Blocking.
pub trait Transport {
    /// Sends a request and gives the head of its answer; the body is read when it is asked for.
    ///
    /// # Errors
    /// [`TransportError`]: nobody answered, or it is not known what.
    fn exchange(&self, request: Request) -> Result<Response, TransportError>;

    /// Whom it leads to, for errors.
    fn name(&self) -> String;

    /// How many items may be asked for on one page.
    fn page_max(&self) -> usize {
        PAGE_MAX
    }
}

/// What is asked.
pub struct Request {
    /// `GET`, and so on.
    pub method: &'static str,
    /// Whether the instance is asked, and not a tenant: each knows its own tokens.
    pub of_instance: bool,
    /// The path and the query, from `/api/v1` on or `/health`.
    pub target: String,
    /// Headers, but for the token's, which belongs to the transport.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Sent,
    /// The longest that the head of the answer may take.
    pub patience: Duration,
}

/// The body of a request.
pub enum Sent {
    /// None.
    Nothing,
    /// A JSON document.
    Document(Zeroizing<Vec<u8>>),
    /// A file, which is never whole in memory.
    File(SentFile),
}

/// A file that is sent.
pub struct SentFile {
    /// Its content, read while it is sent.
    pub content: Box<dyn Read + Send>,
    /// What it is.
    pub media_type: String,
}

/// What came back: its head, and a reader of its body.
pub struct Response {
    /// The status.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// The body.
    pub body: Box<dyn Read + Send>,
}

/// Headers of an answer, by their names in lower case.
#[derive(Default)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// These.
    pub fn of<'h>(all: impl Iterator<Item = (&'h str, &'h str)>) -> Self {
        Self(all.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect())
    }

    /// What a header says.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl Response {
    /// Whether it is a problem (RFC 9457).
    pub(super) fn is_problem(&self) -> bool {
        self.is_of(MEDIA_TYPE)
    }

    /// Whether the body is of this media type, whatever its parameters.
    pub(super) fn is_of(&self, media_type: &str) -> bool {
        let said = self.headers.get("content-type").unwrap_or_default();
        said.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
    }

    /// The body, to its end, in memory that is wiped. `None`: it is longer than a document may be.
    pub(super) fn read(self) -> io::Result<Option<WipedBuffer>> {
        let mut all = WipedBuffer::default();
        let mut part = Zeroizing::new(vec![0; 64 * 1024]);
        let mut body = self.body.take(DOCUMENT_MAX_BYTES.saturating_add(1));
        loop {
            match body.read(&mut part) {
                Ok(0) => break,
                Ok(length) => all.push(part.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let is_whole = u64::try_from(all.len()).unwrap_or(u64::MAX) <= DOCUMENT_MAX_BYTES;
        Ok(is_whole.then_some(all))
    }
}

/// Says nothing of what is sent: there may be a value in it.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Request(..)")
    }
}

/// The same.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, ..)", self.status)
    }
}

/// Why there is no answer, or none that can be used. None holds more than scheme, host and port of whoever was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Nobody could be asked: nothing was sent.
    #[error("{server} can't be reached: {cause}")]
    Unreachable {
        /// Who.
        server: String,
        /// What failed.
        cause: String,
    },
    /// It is not shown that it is who it should be: nothing was sent.
    #[error("{server} is not trusted: {cause}")]
    Untrusted {
        /// Who.
        server: String,
        /// What is wrong with its certificate, or with its TLS.
        cause: String,
    },
    /// No answer when the time was up.
    #[error("{server} did not answer in time: whether it was done is not known")]
    TooSlow {
        /// Who.
        server: String,
    },
    /// The connection ended before the answer did.
    #[error("the connection to {server} broke off: whether it was done is not known")]
    Lost {
        /// Who.
        server: String,
    },
    /// Whoever answers is no Coffer, or another one than this client knows.
    #[error("{server} does not answer as a Coffer server does: {what}")]
    NotCoffer {
        /// Who.
        server: String,
        /// What came.
        what: String,
    },
    /// An answer of more than [`DOCUMENT_MAX_BYTES`].
    #[error("{server} has more to say than fits into one answer")]
    TooLong {
        /// Who.
        server: String,
    },
    /// The system trusts nobody, or does not say whom.
    #[error("the system has no certificates of authorities to check https with")]
    NoRoots,
}

impl TransportError {
    /// A stable code, `noun.problem`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "server.unreachable",
            Self::Untrusted { .. } => "server.untrusted",
            Self::TooSlow { .. } => "server.no_answer",
            Self::Lost { .. } => "server.lost",
            Self::NotCoffer { .. } => "server.not_coffer",
            Self::TooLong { .. } => "answer.too_long",
            Self::NoRoots => "server.no_roots",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "check the address, and whether the server runs",
            Self::Untrusted { .. } => {
                "name the authority's certificate with COFFER_CACERT, or the server's own fingerprint with COFFER_FINGERPRINT; \
                 take both from whoever runs it, and not from the server"
            }
            Self::TooSlow { .. } | Self::Lost { .. } => "look whether it was done, and try again",
            Self::NotCoffer { .. } => "check the address: redirects are not followed",
            Self::TooLong { .. } => "ask for less at once: a smaller `--limit`, one folder, a shorter time",
            Self::NoRoots => "install the system's ca-certificates, or name an authority with COFFER_CACERT",
        }
    }
}
