//! `coffer find` and `report`: names and numbers.

use super::super::{Mark, Stage};

pub(crate) fn find(stage: &mut Stage) {
    let told = "secret_find done";
    for words in [
        "find",
        "find a",
        "find nothing that is there",
        "find --in /dev --tag db --tag billing",
        "find --owner maya",
        "find --no-owner --trashed",
        "find --classification restricted",
        "find --classification none",
        "find --classification public",
        "find --classification internal",
        "find --classification confidential",
        "find --personal-data",
        "find --personal-data=true",
        "find --personal-data=false --residency eu",
        "find --expired --overdue",
        "find --expires-within 30d",
        "find --expires-within 2027-01-31",
        "find --older-than 90d",
        "find --unread-for 90d",
        "find --reused",
    ] {
        stage.call(words).leaves(told).done();
    }
    stage.call("find --same-as A").leaves(told).done();
    stage.call("find --same-as NOWHERE").leaves("secret_find absent").fails("secret.not_found");
    stage.call("find --owner maya --no-owner").fails("usage.invalid");
    stage.call("find --expired --expires-within 1d").fails("usage.invalid");
    stage.call("find --same-as A --reused").fails("usage.invalid");
    stage.call("find --older-than long").fails("moment.invalid");
    stage.call("find --unread-for long").fails("moment.invalid");
    stage.call("find --in a*b").fails("name.character");
    stage.call("find a b c d e f g h i j k l m n o p q").leaves("secret_find invalid").fails("search.words");
    // Whoever looks for a value by its text has it in his shell's history; no entry and no answer has it.
    let value = stage.mark(Mark::text("looked for"));
    stage.call("find").word(value.str()).leaves(told).done();
}

pub(crate) fn report(stage: &mut Stage) {
    let told = "secret_find done";
    for words in ["report", "report /dev", "report nothing/"] {
        stage.call(words).leaves(told).done();
    }
    stage.call("report a*b").fails("name.character");
    let value = stage.mark(Mark::text("typed after report"));
    stage.call("report /dev").word(value.str()).fails("usage.invalid");
}
