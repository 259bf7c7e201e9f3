//! Who gives way.

use rustix::process::getpriority_process;

use super::*;
use crate::block_on::block_on;

#[test]
fn only_the_thread_that_gives_way_does() {
    let before = getpriority_process(None).unwrap();
    let work = || {
        give_way();
        getpriority_process(None).unwrap()
    };
    assert_eq!(block_on(on_its_own_thread("test", work)), Some(NICE.max(before)));
    assert_eq!(getpriority_process(None).unwrap(), before);
}
