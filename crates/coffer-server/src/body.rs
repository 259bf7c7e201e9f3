//! A request's body: read within its limits, looked over, and only then parsed.
//!
//! # Invariants
//! - What it says is repeated nowhere: an error names the place, not what stands there.
//! - The bytes are wiped when they were parsed. (Hyper's own buffer is not: see `docs/threats.md`.)

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::SizeHint;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::{Zeroize as _, Zeroizing};

use crate::failure::Failure;
use crate::limits::{BODY_DEPTH_MAX, BODY_TIME, BODY_VALUES_MAX, FILE_PACE_BYTES, NUMBER_MAX_BYTES};

/// The JSON document that these bytes are.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    check(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| not_as_wanted(&error))
}

/// Reads a body of at most `most` bytes.
pub(crate) async fn read(mut body: Body, most: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let told = told_size(&body, most)?;
    // Its size is known in advance where the client tells it; else it grows, at most to the limit.
    let room = told.exact().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let all = async {
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| broken())?.into_data() else { continue };
            if bytes.len().saturating_add(data.len()) > most {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&data);
        }
        Ok(())
    };
    timeout(BODY_TIME, all).await.map_err(|_| too_slow())??;
    Ok(bytes)
}

/// Hands a body of at most `most` bytes on, piece by piece. It may be long, and come slowly, but not stand still.
pub(crate) async fn pass_on(
    mut body: Body,
    most: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    told_size(&body, most)?;
    let (began, mut came) = (Instant::now(), 0_usize);
    loop {
        let due =
            later(began, BODY_TIME.saturating_add(time_for(came))).min(later(Instant::now(), BODY_TIME));
        let Some(frame) = timeout_at(due, body.frame()).await.map_err(|_| too_slow())? else { return Ok(()) };
        let Ok(data) = frame.map_err(|_| broken())?.into_data() else { continue };
        came = came.saturating_add(data.len());
        if came > most {
            return Err(too_large(most));
        }
        let taken = take(&data);
        wipe(data);
        taken?;
    }
}

/// The longest that so many bytes of a file may take.
pub(crate) fn time_for(bytes: usize) -> Duration {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    Duration::from_secs(bytes.checked_div(FILE_PACE_BYTES).unwrap_or(bytes))
}

/// Forgets a part of a body, where nobody else has it.
pub(crate) fn wipe(part: Bytes) {
    if let Ok(mut part) = part.try_into_mut() {
        part.zeroize();
    }
}

fn told_size(body: &Body, most: usize) -> Result<SizeHint, Failure> {
    let told = hyper::body::Body::size_hint(body);
    let most_bytes = u64::try_from(most).unwrap_or(u64::MAX);
    if told.lower() > most_bytes { Err(too_large(most)) } else { Ok(told) }
}

fn later(from: Instant, after: Duration) -> Instant {
    from.checked_add(after).unwrap_or(from)
}

fn too_slow() -> Failure {
    let detail = "the body did not come in time";
    Failure::new(StatusCode::REQUEST_TIMEOUT, "body.too_slow", detail, "send it faster")
}

/// One pass before the parser: how deep, how many, how long. Whether it is JSON at all the parser says.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Failure> {
    let (mut depth, mut values, mut number) = (0_usize, 0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        if in_text {
            (in_text, escaped) = match (escaped, byte) {
                (true, _) => (true, false),
                (false, b'\\') => (true, true),
                (false, b'"') => (false, false),
                (false, _) => (true, false),
            };
            continue;
        }
        number = if matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') {
            number.saturating_add(1)
        } else {
            0
        };
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => {
                depth = depth.saturating_add(1);
                values = values.saturating_add(1);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values = values.saturating_add(1),
            _ => {}
        }
        if depth > BODY_DEPTH_MAX || values > BODY_VALUES_MAX || number > NUMBER_MAX_BYTES {
            return Err(Failure::invalid(
                "body.too_complex",
                "the body is nested too deeply, holds too many values, or a number that is too long",
                "send less at once",
            ));
        }
    }
    Ok(())
}

/// serde's own text repeats what it found, which may be a secret in the wrong place.
fn not_as_wanted(error: &serde_json::Error) -> Failure {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_data() {
        let fix = "`/api/v1/openapi.json` says which members this route takes";
        return Failure::invalid(
            "body.invalid",
            format!("the body is not what this route takes ({place})"),
            fix,
        );
    }
    Failure::invalid("body.not_json", format!("the body is not JSON ({place})"), "send one JSON document")
}

fn too_large(most: usize) -> Failure {
    let detail = format!("the body is larger than {most} bytes");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", detail, "send less at once")
}

fn broken() -> Failure {
    Failure::invalid("body.broken", "the body broke off", "send it again")
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use hyper::body::Frame;

    use super::*;

    async fn said(body: impl Into<Body>) -> Result<serde_json::Value, &'static str> {
        read(body.into(), 100_000).await.and_then(|bytes| parse(&bytes)).map_err(|failure| failure.code)
    }

    #[tokio::test]
    async fn t_d1_limits_come_before_the_parser() {
        let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9));
        assert_eq!(said(deep).await, Err("body.too_complex"));
        assert_eq!(said("[".repeat(90_000)).await, Err("body.too_complex"));
        assert_eq!(said(format!("[{}1]", "1,".repeat(40_000))).await, Err("body.too_complex"));
        assert_eq!(said("1".repeat(33)).await, Err("body.too_complex"));
        assert_eq!(said("1".repeat(100_001)).await, Err("body.too_large"));
        assert_eq!(
            said("\"[[[[[[[[[[\\\"[[[[\"").await,
            Ok("[[[[[[[[[[\"[[[[".into()),
            "in a text it is text"
        );
    }

    #[test]
    fn what_is_wrong_is_not_repeated() {
        for body in ["{\"version\": marked}", "\"marked", "", "\u{0}", "nul"] {
            let failure = parse::<coffer_wire::secret::Destroy>(body.as_bytes()).unwrap_err();
            assert_eq!(failure.code, "body.not_json", "{body}");
            assert!(!format!("{failure:?}").contains("marked"), "{failure:?}");
        }
        for body in ["{\"version\": \"marked\"}", "{\"marked\": 1}", "[\"marked\"]", "7"] {
            let failure = parse::<coffer_wire::secret::Destroy>(body.as_bytes()).unwrap_err();
            assert_eq!(failure.code, "body.invalid", "{body}");
            assert!(!format!("{failure:?}").contains("marked"), "{failure:?}");
        }
    }

    /// A body whose second half comes late.
    struct Slow {
        parts: Vec<&'static str>,
        pause: Pin<Box<tokio::time::Sleep>>,
    }

    impl hyper::body::Body for Slow {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            if self.parts.len() == 1 {
                ready!(self.pause.as_mut().poll(context));
            }
            Poll::Ready(self.parts.pop().map(|part| Ok(Frame::data(Bytes::from(part)))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn t_d3_a_body_may_take_its_time_but_not_for_ever() {
        for (seconds, expected) in [(15, Ok(())), (25, Err("body.too_slow"))] {
            let pause = Box::pin(tokio::time::sleep(Duration::from_secs(seconds)));
            let slow = Slow { parts: vec![r#""slow"}"#, r#"{"value":"#], pause };
            assert_eq!(said(Body::new(slow)).await.map(drop), expected, "{seconds} s");
        }
    }

    /// A body of so many pieces of a KiB, each of which comes after a pause.
    fn paced(pieces: usize, pause: Duration) -> Body {
        Body::from_stream(futures_util::stream::unfold(pieces, move |left| async move {
            tokio::time::sleep(pause).await;
            Some((Ok::<_, std::convert::Infallible>(vec![7; 1024]), left.checked_sub(1)?))
        }))
    }

    async fn passed_on(body: Body, most: usize) -> Result<usize, &'static str> {
        let mut came = Vec::new();
        let passed = pass_on(body, most, |piece| {
            came.extend_from_slice(piece);
            Ok(())
        });
        passed.await.map(|()| came.len()).map_err(|failure| failure.code)
    }

    #[tokio::test(start_paused = true)]
    async fn t_d3_a_file_may_come_slowly_as_long_as_it_comes() {
        let millis = Duration::from_millis;
        // 20 KiB a second, for longer than any other body may take.
        assert_eq!(passed_on(paced(2000, millis(50)), usize::MAX).await, Ok(2000 * 1024));
        // 10 KiB a second is too slow in the long run, and a stop of 21 seconds is one at any time.
        assert_eq!(passed_on(paced(2000, millis(100)), usize::MAX).await, Err("body.too_slow"));
        assert_eq!(passed_on(paced(1, millis(21_000)), usize::MAX).await, Err("body.too_slow"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_too_large_is_not_read_to_its_end() {
        assert_eq!(passed_on(paced(usize::MAX, Duration::ZERO), 10_000).await, Err("body.too_large"));
        assert_eq!(passed_on(Body::from(vec![7; 10_001]), 10_000).await, Err("body.too_large"));
        assert_eq!(passed_on(Body::from(vec![7; 10_000]), 10_000).await, Ok(10_000));
    }
}
