//! One POST, and what came back: with a limit for everything that the other side decides.
//!
//! # Invariants
//!
//! * One exchange takes at most the time limit: from the look-up of the name to the last byte of the answer.
//! * No redirect is followed, and no proxy is asked, whatever the environment says: what is sent goes where the settings
//!   say.
//! * TLS is aws-lc-rs, with the roots that the system trusts (or `SSL_CERT_FILE` and `SSL_CERT_DIR`, as with OpenSSL).

use std::io::Read;
use std::sync::OnceLock;
use std::time::Duration;

use coffer_wire::client::{self, WebTimes, web};
use ureq::Agent;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::{Response, StatusCode};

use super::Address;

/// The longest that one exchange may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The most that is read of an answer, in bytes.
pub const ANSWER_MAX_BYTES: u64 = 64 * 1024;

/// The way out. Made once: it keeps connections and the system's roots.
#[derive(Debug)]
pub struct Web {
    time_limit: Duration,
    plain: OnceLock<Option<Agent>>,
    /// The roots take a while to read: with the first exchange that needs them.
    secure: OnceLock<Option<Agent>>,
}

impl Default for Web {
    fn default() -> Self {
        Self::new()
    }
}

impl Web {
    /// With [`TIME_LIMIT`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_time_limit(TIME_LIMIT)
    }

    /// With another time limit for one exchange.
    #[must_use]
    pub fn with_time_limit(time_limit: Duration) -> Self {
        Self { time_limit, plain: OnceLock::new(), secure: OnceLock::new() }
    }

    /// Posts `body`, which is plain text.
    pub(super) fn post(&self, to: &Address, body: &str) -> Result<Answer, WebError> {
        let (agent, side) = match to.is_https() {
            true => (&self.secure, client::Web::Others),
            false => (&self.plain, client::Web::Here),
        };
        let times = WebTimes { whole: Some(self.time_limit), connect: None };
        let agent = agent.get_or_init(|| web(side, times).ok()).as_ref().ok_or(WebError::NoRoots)?;
        let request = agent.post(to.uri()).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        let response = request.send(body).map_err(|error| WebError::from_ureq(to, error))?;
        Ok(Answer { from: to.clone(), response })
    }
}

/// What came back: its head. The body is read when it is asked for.
pub(super) struct Answer {
    from: Address,
    response: Response<ureq::Body>,
}

impl Answer {
    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Whether the body says that it is of the type `wanted`.
    pub(super) fn is_of_type(&self, wanted: &str) -> bool {
        self.response.body().mime_type().is_some_and(|found| found.eq_ignore_ascii_case(wanted))
    }

    /// The body, to its end.
    pub(super) fn text(self) -> Result<String, WebError> {
        let from = self.from;
        let mut bytes = Vec::new();
        let mut reader = self.response.into_body().into_reader().take(ANSWER_MAX_BYTES.saturating_add(1));
        reader.read_to_end(&mut bytes).map_err(|error| WebError::from_ureq(&from, error.into()))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > ANSWER_MAX_BYTES {
            return Err(WebError::TooLong { from });
        }
        String::from_utf8(bytes).map_err(|_not_text| WebError::NotText { from })
    }

    /// The error that the status is, when nothing better can be said of it.
    pub(super) fn into_error(self) -> WebError {
        WebError::Status { status: self.status().as_u16(), from: self.from }
    }
}

/// Why an exchange failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// No answer, or only a part of one, when the time was up.
    #[error("{from} did not answer in time")]
    TooSlow {
        /// Who.
        from: Address,
    },
    /// More than [`ANSWER_MAX_BYTES`].
    #[error("the answer of {from} is longer than {ANSWER_MAX_BYTES} bytes")]
    TooLong {
        /// Who.
        from: Address,
    },
    /// Not UTF-8.
    #[error("the answer of {from} is not text")]
    NotText {
        /// Who.
        from: Address,
    },
    /// An answer with a status that is no success.
    #[error("{from} answered with status {status}{}", redirected(*status))]
    Status {
        /// Who.
        from: Address,
        /// The status.
        status: u16,
    },
    /// The system trusts nobody, or does not say whom.
    #[error("the system has no certificates of authorities to check https with; install its ca-certificates")]
    NoRoots,
    /// The name, the connection, TLS or HTTP failed.
    #[error("{from} can't be reached: {cause}")]
    Unreachable {
        /// Who.
        from: Address,
        /// What failed.
        cause: String,
    },
}

impl WebError {
    fn from_ureq(from: &Address, error: ureq::Error) -> Self {
        let from = from.clone();
        let cause = match error {
            ureq::Error::Timeout(_) => return Self::TooSlow { from },
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                return Self::TooSlow { from };
            }
            // These show addresses.
            ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => "not an address for this".to_owned(),
            error => error.to_string(),
        };
        Self::Unreachable { from, cause }
    }
}

fn redirected(status: u16) -> &'static str {
    if (300..400).contains(&status) { "; redirects are not followed" } else { "" }
}
