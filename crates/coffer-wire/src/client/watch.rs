//! Changes as they come.

use std::io::{self, Read};
use std::time::Duration;

use super::events::EventParser;
use super::{Client, ClientError, Target, TransportError};
use crate::event::{Event, MEDIA_TYPE};

/// What is read at once, in bytes.
const PIECE_BYTES: usize = 16 * 1024;

impl Client {
    /// The changes at and below a folder, those behind a cursor or those from now on: as they come, and without an end but that of the
    /// connection. Whoever comes back says the [`Events::cursor`].
    ///
    /// # Errors
    /// [`ClientError`]. A stream that breaks off fails as it is read.
    pub fn secret_watch(&self, folder: &str, after: Option<u64>) -> Result<Events, ClientError> {
        let folder = Some(folder).filter(|folder| !folder.is_empty());
        let target = Target::new("/api/v1/events").with("prefix", folder).with("after", after);
        let answer = self.good(self.get(target))?;
        if !answer.is_of(MEDIA_TYPE) {
            return Err(self.not_coffer("its answer is no stream of events"));
        }
        let server = self.transport.name();
        let (body, parser) = (answer.body, EventParser::default());
        let mut events = Events { body, parser, cursor: after, first: None, server };
        // The first that is told is where it begins: from then on nothing is missed, whatever becomes of the connection.
        while events.cursor.is_none() && events.first.is_none() && events.read()? {
            events.first = events.next_of_parsed();
        }
        Ok(events)
    }
}

/// Changes as they come. `None` when whoever sends them has ended.
pub struct Events {
    body: Box<dyn Read + Send>,
    parser: EventParser,
    cursor: Option<u64>,
    /// An event that came before anything else.
    first: Option<Result<Event, ClientError>>,
    server: String,
}

impl Events {
    /// Where to go on from: behind the last event that was given out, and behind what lies between that and the next one.
    #[must_use]
    pub fn cursor(&self) -> Option<u64> {
        self.cursor
    }

    /// How long to wait before coming back, where the server has said it.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.parser.retry_ms().map(Duration::from_millis)
    }

    /// The next event of what has come.
    fn next_of_parsed(&mut self) -> Option<Result<Event, ClientError>> {
        while let Some(block) = self.parser.next_block() {
            self.cursor = block.id.parse().ok().or(self.cursor);
            if let Some(data) = block.data {
                return Some(serde_json::from_str(&data).map_err(|_| self.not_coffer()));
            }
        }
        None
    }

    /// Takes what has come. `false`: whoever sends has ended.
    fn read(&mut self) -> Result<bool, ClientError> {
        let mut piece = vec![0; PIECE_BYTES];
        let read = loop {
            match self.body.read(&mut piece) {
                Ok(read) => break read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let server = self.server.clone();
                    return Err(match error.kind() {
                        io::ErrorKind::TimedOut => TransportError::TooSlow { server }.into(),
                        _ => TransportError::Lost { server }.into(),
                    });
                }
            }
        };
        self.parser.feed(piece.get(..read).unwrap_or_default()).map_err(|_| self.not_coffer())?;
        Ok(read > 0)
    }

    fn not_coffer(&self) -> ClientError {
        let what = "what it tells is no event".to_owned();
        TransportError::NotCoffer { server: self.server.clone(), what }.into()
    }
}

impl Iterator for Events {
    type Item = Result<Event, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            if let Some(event) = self.next_of_parsed() {
                return Some(event);
            }
            match self.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Says nothing of what has come.
impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Events({:?}, ..)", self.cursor)
    }
}
