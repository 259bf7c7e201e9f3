//! What those are told who watch: that something changed, and never to what.
//!
//! Events are sent as a stream of server-sent events (WHATWG HTML, section 9.2): `id` is the cursor, `event` the action, `data` an
//! [`Event`].

use serde::{Deserialize, Serialize};

use crate::Moment;
#[cfg(feature = "schema")]
use crate::shape;

/// The media type of a stream of events.
pub const MEDIA_TYPE: &str = "text/event-stream";
/// The header in which whoever comes back says which event was the last (WHATWG HTML, section 9.2.3).
pub const LAST_EVENT_ID: &str = "last-event-id";

/// One change of one secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Where to go on from: its place in the log.
    pub cursor: u64,
    /// What was done: `secret_set`, `secret_rotate`, `secret_label`, `secret_pin`, `secret_override`, `secret_remove`, `secret_undo`, `secret_destroy`.
    pub action: String,
    /// When the request was received.
    pub at: Moment,
    /// Where.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::secret_path"))]
    pub path: String,
    /// Which version, where it was about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Who did it: the id of a member.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub actor: String,
    /// How that was proved: `unlocker`, `token` or `identity`.
    pub via: String,
    /// The entry in the log that says so.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::entry_id"))]
    pub entry: String,
}
