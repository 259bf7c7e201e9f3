//! `/api/v1/events`: changes as they come, as server-sent events (WHATWG HTML, section 9.2).
//!
//! # Invariants
//! - What ends every stream is looked at before the vault is: a seal that comes between ends this one too.
//! - The entry is written before a place is taken: who may not watch learns nothing of how many do.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use coffer_engine::path::FolderPath;
use coffer_engine::{Actor, Op};
use coffer_wire::event::{LAST_EVENT_ID, MEDIA_TYPE};
use futures_util::stream::unfold;
use serde::Deserialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::events::Stream;
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    after: Option<u64>,
    prefix: Option<String>,
}

/// The changes at and below a folder that the caller may know of, behind a cursor or from now on.
pub(crate) async fn watch(call: Call) -> Result<Answer, Failure> {
    let mut endings = call.shared.endings.subscribe();
    let opened = *endings.borrow_and_update();
    let (op, query) = (call.op()?, call.query::<EventsQuery>()?);
    let folder = match query.prefix {
        Some(folder) => FolderPath::parse(&folder)?,
        None => FolderPath::root(),
    };
    // Who comes back asks with the same address, and says in the header how far he has come.
    let after = last_event_id(&call)?.or(query.after);
    let next = call.vault()?.secret_watch(&op, &folder, after).await?;
    let token = match op.actor {
        Actor::Token(token) => Some(token),
        _ => None,
    };
    let place = call.shared.streams.take(&op.tenant, token)?;
    let feed = call.shared.feeds.join(&call.shared, opened, &op.tenant, next);
    // Its entry is left; what is decided from now on has none to tell of.
    let op = Op { trail: None, ..op };
    let stream = Stream::new((Arc::clone(&call.shared), feed), (op, folder), next, endings, place);
    let parts = unfold(stream, |mut stream| async move {
        let part = stream.part().await?;
        Some((Ok::<_, Infallible>(part), stream))
    });
    Ok(Answer::of(MEDIA_TYPE, Body::from_stream(parts)))
}

/// The cursor in `Last-Event-ID`. An empty one is what a browser without one would say.
fn last_event_id(call: &Call) -> Result<Option<u64>, Failure> {
    let mut said = call.parts.headers.get_all(LAST_EVENT_ID).iter();
    let Some(first) = said.next() else { return Ok(None) };
    let cursor = first.to_str().ok().filter(|_| said.next().is_none());
    match cursor {
        Some("") => Ok(None),
        cursor => cursor.and_then(parsed).map(Some).ok_or_else(|| {
            Failure::invalid(
                "events.cursor",
                "`Last-Event-ID` is no cursor",
                "send the `id` of the last event, as it came; or none, for what comes from now on",
            )
        }),
    }
}

/// Digits and nothing else.
fn parsed(cursor: &str) -> Option<u64> {
    cursor.parse().ok().filter(|_| cursor.bytes().all(|digit| digit.is_ascii_digit()))
}
