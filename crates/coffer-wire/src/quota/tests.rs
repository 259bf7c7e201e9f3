//! What a header says of quotas.

use super::Near;

fn near(resource: &str, used: u64, limit: u64) -> Near {
    Near { resource: resource.to_owned(), used, limit }
}

#[test]
fn what_is_said_is_understood() {
    let all = [near("secrets", 85, 100), near("bytes", u64::MAX, u64::MAX), near("members", 4, 5)];
    assert_eq!(Near::all(&Near::header(&all)), all);
    assert_eq!(Near::header(&all[..1]), "secrets;used=85;limit=100");
}

#[test]
fn what_is_not_understood_is_passed_over() {
    let text =
        "tokens;used=1;limit=2, secrets;used=x;limit=1, versions;limit=9, , bytes; used=8;more=1; limit=10";
    assert_eq!(Near::all(text), [near("bytes", 8, 10)]);
    assert_eq!(Near::all(""), []);
    assert_eq!(Near::all(&"bytes;used=1;limit=1,".repeat(99)).len(), 4, "a header does not fill the screen");
}
