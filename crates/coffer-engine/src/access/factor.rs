//! What the store keeps of a member's second factor.

use coffer_encryption::{TOTP_SECRET_BYTES, TotpSecret, totp_step};
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::limits::CODE_STEPS_AROUND;
use crate::time::Timestamp;

/// A second factor's record. It lies at its member.
#[derive(Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct FactorRecord {
    /// Another one with each secret.
    #[n(0)]
    id: ByteArray<16>,
    #[n(1)]
    secret: ByteArray<TOTP_SECRET_BYTES>,
    #[n(2)]
    made_ms: u64,
    /// When a first code of it was shown; `None`: none was, and it means nothing so far.
    #[n(3)]
    confirmed_ms: Option<u64>,
    /// The step whose code was shown last: neither that nor one before it is good again.
    #[n(4)]
    last_step: Option<u64>,
}

/// A code that was right when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RightCode {
    factor: [u8; 16],
    step: u64,
}

impl FactorRecord {
    pub(crate) fn new(id: [u8; 16], secret: &TotpSecret, now: Timestamp) -> Self {
        let secret = (*secret.expose()).into();
        Self { id: id.into(), secret, made_ms: now.millis(), confirmed_ms: None, last_step: None }
    }

    /// Whether it is asked for.
    pub(crate) fn stands(&self) -> bool {
        self.confirmed_ms.is_some()
    }

    /// What this text is a code of: a step around now that is later than any whose code was shown.
    pub(crate) fn right(&self, text: &str, now: Timestamp) -> Option<RightCode> {
        let step = totp_step(now.millis() / 1000);
        let around = step.saturating_sub(CODE_STEPS_AROUND)..=step.saturating_add(CODE_STEPS_AROUND);
        let step = TotpSecret::from_bytes(*self.secret).step_of(text, around)?;
        let code = RightCode { factor: *self.id, step };
        self.is_still(code).then_some(code)
    }

    /// This, once the code was shown. `None`: the code is of another secret, or was shown meanwhile, or a later one.
    pub(crate) fn shown(&self, code: RightCode) -> Option<Self> {
        self.is_still(code).then(|| Self { last_step: Some(code.step), ..self.clone() })
    }

    /// The same, from now on asked for.
    pub(crate) fn confirmed(self, now: Timestamp) -> Self {
        Self { confirmed_ms: Some(now.millis()), ..self }
    }

    fn is_still(&self, code: RightCode) -> bool {
        *self.id == code.factor && Some(code.step) > self.last_step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn code(step: u64) -> String {
        TotpSecret::from_bytes([7; 20]).code(step).to_string()
    }

    #[test]
    fn one_step_back_and_forth_and_none_again() {
        let record = FactorRecord::new([1; 16], &TotpSecret::from_bytes([7; 20]), NOW);
        let now = totp_step(1_000_000);
        let right = |record: &FactorRecord, step| record.right(&code(step), NOW);
        let good: Vec<u64> = (now - 3..=now + 3).filter(|step| right(&record, *step).is_some()).collect();
        assert_eq!(good, [now - 1, now, now + 1]);
        let shown = right(&record, now).unwrap();
        let after = record.shown(shown).unwrap();
        assert!(after.shown(shown).is_none(), "once");
        for earlier in [now - 1, now] {
            assert!(right(&after, earlier).is_none());
        }
        assert!(right(&after, now + 1).is_some());
        let another = FactorRecord::new([2; 16], &TotpSecret::from_bytes([7; 20]), NOW);
        assert!(another.shown(shown).is_none(), "of another secret");
        assert!(!after.stands() && after.confirmed(NOW).stands());
    }
}
