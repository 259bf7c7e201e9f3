use std::sync::Arc;

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::*;

type Waiting<'t> = std::pin::Pin<Box<dyn Future<Output = Turn> + 't>>;

const LINES: [Line; 3] = [Line::from_static("a"), Line::from_static("b"), Line::from_static("c")];

fn ask(turns: &Turns, line: usize) -> (Option<Turn>, Option<Waiting<'_>>) {
    let mut waiting: Waiting<'_> = Box::pin(async move { turns.take(&LINES[line]).await });
    match waiting.as_mut().now_or_never() {
        Some(turn) => (Some(turn), None),
        None => (None, Some(waiting)),
    }
}

#[test]
fn who_asks_little_stands_behind_one_of_each_other() {
    let turns = Turns::new(1);
    let (held, _) = ask(&turns, 0);
    let mut flood: Vec<_> = (0..100).map(|_| ask(&turns, 0).1.unwrap()).collect();
    let mut quiet = ask(&turns, 1).1.unwrap();
    drop(held);
    let first = flood[0].as_mut().now_or_never().expect("the line that was there first");
    assert!(quiet.as_mut().now_or_never().is_none());
    drop(first);
    let second = quiet.as_mut().now_or_never().expect("and then the other, before the ninety-nine");
    assert!(flood[1].as_mut().now_or_never().is_none());
    drop(second);
    assert!(flood[1].as_mut().now_or_never().is_some());
}

#[test]
fn a_turn_that_nobody_takes_any_more_goes_on() {
    let turns = Turns::new(1);
    let (held, _) = ask(&turns, 0);
    let gone: Vec<_> = (0..1000).map(|_| ask(&turns, 0).1.unwrap()).collect();
    let mut last = ask(&turns, 0).1.unwrap();
    drop(gone);
    drop(held);
    let turn = last.as_mut().now_or_never().expect("the one who stayed");
    drop(turn);
    assert!(ask(&turns, 2).0.is_some(), "and then it is free");
}

proptest! {
    /// Whatever comes, goes, and gives up: never more at work than there are turns, none is idle while somebody waits, and none is lost.
    #[test]
    fn no_turn_is_lost_or_made(free in 1_usize..4, steps in proptest::collection::vec((0_u8..4, 0_u8..3, any::<prop::sample::Index>()), 0..200)) {
        let turns = Turns::new(free);
        let (mut held, mut waiting) = (Vec::new(), Vec::new());
        for (step, line, which) in steps {
            match step {
                0 | 1 => {
                    let (turn, waits) = ask(&turns, usize::from(line));
                    held.extend(turn);
                    waiting.extend(waits);
                }
                2 if !held.is_empty() => drop(held.swap_remove(which.index(held.len()))),
                3 if !waiting.is_empty() => drop(waiting.swap_remove(which.index(waiting.len()))),
                _ => {}
            }
            let mut still = Vec::new();
            for mut one in waiting {
                match one.as_mut().now_or_never() {
                    Some(turn) => held.push(turn),
                    None => still.push(one),
                }
            }
            waiting = still;
            prop_assert!(held.len() <= free);
            prop_assert!(waiting.is_empty() || held.len() == free, "nobody waits beside a free turn");
        }
        drop(waiting);
        drop(held);
        let inner = Arc::clone(&turns.0);
        let inner = inner.lock().unwrap();
        prop_assert!(inner.free == free && inner.waiting.is_empty() && inner.order.is_empty());
    }
}
