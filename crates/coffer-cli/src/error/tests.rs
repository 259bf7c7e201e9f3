use std::io;

use super::{CliError, Exit};

fn denied() -> CliError {
    CliError::new(Exit::Refused, "access.denied", "reading prod/db/URL needs `read`", "ask maya@acme")
        .with_request(Some("01JD".into()), Some("48213".into()))
}

#[test]
fn it_reads_as_the_product_shows_it() {
    assert_eq!(
        denied().to_string(),
        "error[access.denied]: reading prod/db/URL needs `read`\n  fix: ask maya@acme\n  request: 01JD    audited as entry 48213"
    );
}

#[test]
fn json_has_the_same_and_leaves_out_what_is_not_there() {
    let json = serde_json::to_value(denied()).unwrap();
    assert_eq!(json["code"], "access.denied");
    assert_eq!(json["audited"], "48213");
    let plain = serde_json::to_value(CliError::new(Exit::Usage, "a.b", "c", "d")).unwrap();
    assert_eq!(plain, serde_json::json!({ "code": "a.b", "cause": "c", "fix": "d" }));
}

#[test]
fn details_follow_the_cause() {
    let error = CliError::new(Exit::Usage, "dotenv.invalid", "2 lines", "mend them")
        .with_details(["line 1: a".to_owned(), "line 2: b".to_owned()]);
    assert_eq!(
        error.to_string(),
        "error[dotenv.invalid]: 2 lines\n  line 1: a\n  line 2: b\n  fix: mend them"
    );
}

#[test]
fn names_cannot_drive_the_terminal() {
    let error = CliError::new(Exit::NotFound, "secret.not_found", "no secret \u{1b}[2Jx\r\u{202e}", "");
    assert_eq!(error.to_string(), "error[secret.not_found]: no secret \\u{1b}[2Jx\\r\\u{202e}");
}

/// A script that asks whether something differs is not told so by a failure.
#[test]
fn in_diff_one_means_different() {
    let failed = |exit| CliError::new(exit, "a.b", "", "").in_diff().exit.code();
    for exit in [Exit::Failure, Exit::Usage, Exit::NotFound, Exit::Refused, Exit::Unavailable, Exit::Conflict]
    {
        assert_ne!(failed(exit), 1, "{exit:?}");
    }
    assert_eq!([failed(Exit::Failure), failed(Exit::Refused)], [5, 4]);
}

#[test]
fn in_run_small_codes_belong_to_the_command() {
    assert_eq!(denied().in_run().exit.code(), 125);
    let missing = CliError::new(Exit::NoSuchCommand, "run.no_command", "", "");
    assert_eq!(missing.in_run().exit.code(), 127);
}

#[test]
fn a_closed_pipe_is_not_a_failure_to_talk_about() {
    let error = CliError::io("stdout", &io::Error::from(io::ErrorKind::BrokenPipe));
    assert_eq!(error.exit, Exit::BrokenPipe);
}
