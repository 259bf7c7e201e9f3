//! The message word for word, and times at their bounds.

use super::*;
use crate::checkpoint::Origin;
use crate::tree::Hash;

#[test]
fn the_message_is_that_of_the_specification() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let key = SigningKey::generate().unwrap();
    let name = KeyName::parse("witness.example").unwrap();
    let signature = cosign(&Checkpoint::parse(text).unwrap(), &name, &key, 1_679_315_147).unwrap();
    let (time, signature) = signature.bytes().split_at(8);
    assert_eq!(time, 1_679_315_147_u64.to_be_bytes());
    let message = format!("cosignature/v1\ntime 1679315147\n{text}");
    assert_eq!(coffer_encryption::verify(&key.public().unwrap(), message.as_bytes(), signature), Ok(()));
}

#[test]
fn the_time_is_signed() {
    let (key, checkpoint) = (SigningKey::generate().unwrap(), checkpoint());
    let public = key.public().unwrap();
    let signature = cosign(&checkpoint, checkpoint.origin.name(), &key, 5).unwrap();
    assert_eq!(verify(&public, &checkpoint.text(), signature.bytes()), Some(5));
    let mut later = signature.bytes().to_vec();
    later[7] = 6;
    assert_eq!(verify(&public, &checkpoint.text(), &later), None);
    for len in 0..72 {
        assert_eq!(verify(&public, &checkpoint.text(), &signature.bytes()[..len]), None, "{len} bytes");
    }
}

#[test]
fn times_end_before_2_to_the_63() {
    let (key, checkpoint) = (SigningKey::generate().unwrap(), checkpoint());
    let sign = |time| cosign(&checkpoint, checkpoint.origin.name(), &key, time);
    let text = checkpoint.text();
    let latest = i64::MAX.unsigned_abs();
    for time in [0, latest] {
        assert_eq!(verify(&key.public().unwrap(), &text, sign(time).unwrap().bytes()), Some(time));
    }
    assert_eq!(sign(latest + 1), Err(SignNoteError::Time));
    // Signed by somebody who does not mind: refused all the same.
    let signature = key.sign(message(&text, latest + 1).as_bytes()).unwrap();
    let bytes = [&(latest + 1).to_be_bytes()[..], &signature].concat();
    assert_eq!(verify(&key.public().unwrap(), &text, &bytes), None);
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: Origin::parse("log.example").unwrap(), size: 1, root: Hash::from_bytes([1; 32]) }
}
