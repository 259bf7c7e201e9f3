//! Files that secrets hold: sent while they are read, and read while they come.

use std::io::{self, Read};
use std::time::Duration;

use zeroize::Zeroizing;

use super::secrets::{Expect, Which};
use super::transport::{Sent, SentFile};
use super::{Client, ClientError, Target, TransportError, message};
use crate::Moment;
use crate::secret::{MetadataChange, Written};

const CONTENT: &str = "/api/v1/content/";
/// What changes about the secret besides.
const METADATA: &str = "x-coffer-metadata";
/// When the secret expires.
const EXPIRES: &str = "x-coffer-expires";
/// The longest that a file may take on its way to the server: as long as the server gives the largest, and then some.
const SENDING: Duration = Duration::from_secs(1_100);
/// What is read at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

impl Client {
    /// Reads one version of a secret that holds a file. Its content comes while it is read.
    ///
    /// # Errors
    /// [`ClientError`]. A content that breaks off fails as it is read.
    pub fn secret_get_file(&self, path: &str, which: &Which) -> Result<FileContent, ClientError> {
        let answer = self.good(self.get(which.of(Target::new(CONTENT).below(path))))?;
        let said = |name| answer.headers.get(name);
        let version = said("etag").and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        let bytes = said("content-length").and_then(|bytes| bytes.parse().ok());
        let (Some(version), Some(bytes)) = (version, bytes) else {
            return Err(self.not_coffer("its answer is no file of a secret"));
        };
        let media_type = said("content-type").unwrap_or_default().to_owned();
        let expires = said(EXPIRES).and_then(Moment::parse);
        let server = self.transport.name();
        let piece = Zeroizing::new(vec![0; PIECE_BYTES]);
        Ok(FileContent { version, bytes, media_type, expires, left: bytes, body: answer.body, piece, server })
    }

    /// Writes a file into a secret: a new version whose content is read while it is sent.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_set_file(
        &self,
        path: &str,
        file: SentFile,
        (metadata, replace): (&MetadataChange, bool),
        expect: Expect,
    ) -> Result<Written, ClientError> {
        let target = expect.at(Target::new(CONTENT).below(path).when("replace", replace));
        let mut request = expect.of(self.request("PUT", target));
        (request.body, request.patience) = (Sent::File(file), SENDING);
        if !metadata.is_empty() {
            // No type of the wire's refuses to be written.
            let metadata = serde_json::to_string(metadata).unwrap_or_default();
            request = request.header(METADATA, message::encoded(&metadata));
        }
        self.json(request)
    }
}

/// A file as it comes.
pub struct FileContent {
    /// Which version this is.
    pub version: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// What they are.
    pub media_type: String,
    /// When the secret expires, or has expired.
    pub expires: Option<Moment>,
    left: u64,
    body: Box<dyn Read + Send>,
    piece: Zeroizing<Vec<u8>>,
    server: String,
}

impl FileContent {
    /// The next piece, lent; `None` behind the last: then it was all there.
    ///
    /// # Errors
    /// [`ClientError`] when it breaks off: what came before is not the file.
    pub fn next_piece(&mut self) -> Result<Option<&[u8]>, ClientError> {
        let length = loop {
            match self.body.read(&mut self.piece) {
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(error.kind())),
            }
        };
        match self.left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)) {
            Some(0) if length == 0 => return Ok(None),
            Some(left) if length > 0 => self.left = left,
            // Less came than was said, or more.
            _ => return Err(self.broken(io::ErrorKind::UnexpectedEof)),
        }
        Ok(self.piece.get(..length))
    }

    fn broken(&self, kind: io::ErrorKind) -> ClientError {
        let server = self.server.clone();
        match kind {
            io::ErrorKind::TimedOut => TransportError::TooSlow { server }.into(),
            _ => TransportError::Lost { server }.into(),
        }
    }
}

/// Says nothing of what it holds.
impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileContent({} bytes, ..)", self.bytes)
    }
}
