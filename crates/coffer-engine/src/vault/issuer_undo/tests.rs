//! What an issuer goes back to, against a list of all that it said.

use proptest::prelude::*;

use super::super::issuer_record::IssuerRecord;
use super::super::issuers::{IssuerChange, IssuerName, KeysFrom, NewIssuer};
use super::IssuerState;
use crate::jwt::Algorithm;
use crate::limits::{RULES_UNDO_MAX, RULES_UNDO_MAX_BYTES};
use crate::time::Timestamp;

fn record() -> IssuerRecord {
    let new = NewIssuer {
        name: IssuerName::parse("ci").unwrap(),
        issuer: "https://issuer.example".to_owned(),
        audiences: vec!["coffer".to_owned()],
        algorithms: vec![Algorithm::Es256],
        keys: KeysFrom::Discovery,
        leeway_seconds: 0,
        once: false,
        token_seconds: 60,
    };
    IssuerRecord::new(&new, Timestamp::from_millis(1)).unwrap()
}

/// A change, a removal, or taking one back.
#[derive(Debug, Clone)]
enum Step {
    Lives(u64),
    Audience(String),
    Remove,
    Undo,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u64..9).prop_map(Step::Lives),
        "[a-z]{1,4}".prop_map(Step::Audience),
        Just(Step::Remove),
        Just(Step::Undo),
    ]
}

proptest! {
    #[test]
    fn undoing_goes_back_through_all_that_it_said(steps in proptest::collection::vec(step(), 0..60)) {
        let now = Timestamp::from_millis(2);
        let (mut record, mut said) = (record(), vec![None]);
        for step in steps {
            let before = record.state();
            match step {
                Step::Undo => {
                    let wanted = said.pop();
                    prop_assert_eq!(record.undo(now), wanted.is_some());
                    prop_assert_eq!(record.state(), wanted.unwrap_or(before));
                    continue;
                }
                Step::Remove if record.is_trusted() => record.remove(now),
                Step::Lives(seconds) if record.is_trusted() => {
                    let change = IssuerChange { token_seconds: Some(seconds), ..IssuerChange::default() };
                    record.change(&change).unwrap();
                }
                Step::Audience(audience) if record.is_trusted() => {
                    let audiences = Some(vec![audience]);
                    record.change(&IssuerChange { audiences, ..IssuerChange::default() }).unwrap();
                }
                _ => continue,
            }
            if record.state() != before {
                record.remember(before.clone());
                said.push(before);
                said.drain(..said.len().saturating_sub(RULES_UNDO_MAX));
            }
            prop_assert_eq!(record.undo_steps(), said.len());
        }
    }
}

#[test]
fn what_is_gone_back_to_is_bounded_in_bytes() {
    let mut record = record();
    let large =
        IssuerState { key_set: Some(vec![b'x'; RULES_UNDO_MAX_BYTES / 3].into()), ..record.state().unwrap() };
    for _ in 0..9 {
        record.remember(Some(large.clone()));
    }
    assert_eq!(record.undo_steps(), 2);
}
