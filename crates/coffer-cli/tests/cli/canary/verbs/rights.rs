//! `coffer role`, `coffer policy`, `coffer group`, `coffer access`: who may do what, and why.

use super::super::{Mark, Stage};

const RULE: &[u8] = b"path \"prod/*\" { capabilities = [\"read\", \"list\"] }\n";

fn with_members(stage: &mut Stage) {
    stage.call("member create maya").leaves("member_create done").done();
    stage.call("group create ops").leaves("group_set done").done();
}

/// What is typed where a name belongs may be anything: it is not repeated.
fn says_no_word_again(stage: &mut Stage, verb: &str) {
    let value = stage.mark(Mark::text(&format!("typed after {verb}")));
    stage.call(verb).word(value.str()).fails("usage.invalid");
}

pub(crate) fn role_set(stage: &mut Stage) {
    let set = "role_set done";
    stage.call("role set deployer --right list --right rotate").leaves(set).done();
    stage.call("role set deployer --right list").leaves(set).done();
    stage.call("role set operator --right manage --instance").leaves("instance/role_set done").done();
    stage.call("role set owner --right list").leaves("role_set invalid").fails("role.built_in");
    stage.call("role set deployer --right fly").fails("role.right");
    stage.call("role set Deployer --right list").fails("access.name_invalid");
    stage.call("role set deployer").fails("usage.invalid");
    says_no_word_again(stage, "role set x --right list");
}

pub(crate) fn role_ls(stage: &mut Stage) {
    stage.call("role set deployer --right list").leaves("role_set done").done();
    stage.call("role ls").leaves("role_list done").done();
    stage.call("role ls --instance").leaves("instance/role_list done").done();
    says_no_word_again(stage, "role ls");
}

pub(crate) fn role_rm(stage: &mut Stage) {
    with_members(stage);
    stage.call("role set deployer --right list").leaves("role_set done").done();
    stage.call("role set operator --right list --instance").leaves("instance/role_set done").done();
    stage.call("role grant deployer maya --path dev/**").leaves("member_change done").done();
    stage.call("role rm deployer").leaves("role_remove mismatch").fails("access.in_use");
    stage.call("role revoke deployer maya --path dev/**").leaves("member_change done").done();
    stage.call("role rm deployer").leaves("role_remove done").done();
    stage.call("role rm operator --instance").leaves("instance/role_remove done").done();
    stage.call("role rm deployer").leaves("role_remove absent").fails("access.not_found");
    says_no_word_again(stage, "role rm deployer");
}

pub(crate) fn role_undo(stage: &mut Stage) {
    stage.call("role set deployer --right list").leaves("role_set done").done();
    stage.call("role set operator --right list --instance").leaves("instance/role_set done").done();
    stage.call("role rm deployer").leaves("role_remove done").done();
    stage.call("role undo deployer").leaves("role_undo done").done();
    stage.call("role undo deployer").leaves("role_undo done").done();
    stage.call("role undo deployer").leaves("role_undo absent").fails("undo.nothing");
    stage.call("role undo operator --instance").leaves("instance/role_undo done").done();
    says_no_word_again(stage, "role undo deployer");
}

pub(crate) fn role_grant(stage: &mut Stage) {
    with_members(stage);
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    let changed = "member_change done";
    for words in [
        "reader maya --path prod/**",
        "reader maya --path prod/** --from 10.0.0.0/8 --from 192.0.2.7 --until 8h --second-factor --method code",
    ] {
        stage.call(&format!("role grant {words}")).leaves(changed).done();
    }
    let hours = stage.call("role grant writer maya --path dev/A --hours").word("mon-fri 08:00-18:00");
    hours.leaves(changed).done();
    stage.call("role grant reader ops --group --path prod/**").leaves("group_set done").done();
    let operator = stage.call("role grant admin operator --instance --path **");
    operator.leaves("instance/member_change done").done();
    stage.call("role grant king maya --path **").leaves("member_change absent").fails("access.not_found");
    stage.call("role grant reader nobody --path **").leaves("member_change absent").fails("member.not_found");
    stage.call("role grant reader maya --path").word("").fails("pattern.empty");
    stage.call("role grant reader maya --path ** --until soon").fails("moment.invalid");
    stage.call("role grant reader maya --path ** --hours always").fails("grant.hours");
    stage.call("role grant reader maya --path ** --method magic").fails("grant.method");
    stage.call("role grant reader maya --path ** --from here").fails("network.invalid");
    let many = " --from ::1".repeat(33);
    let many = stage.call(&format!("role grant reader maya --path **{many}"));
    many.leaves("member_change invalid").fails("grant.conditions");
    says_no_word_again(stage, "role grant reader maya --path **");
}

pub(crate) fn role_revoke(stage: &mut Stage) {
    with_members(stage);
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("role revoke reader maya --path prod/**").leaves("member_change done").done();
    stage.call("role revoke reader ops --group --path prod/**").leaves("group_set done").done();
    let operator = stage.call("role revoke admin operator --instance --path **");
    operator.leaves("instance/member_change done").done();
    says_no_word_again(stage, "role revoke reader maya --path **");
}

pub(crate) fn policy_set(stage: &mut Stage) {
    let set = "policy_set done";
    stage.call("policy set ci -").stdin(RULE).leaves(set).done();
    stage.own_file("ci.hcl", RULE, &[]);
    stage.call("policy set ci ci.hcl --instance").leaves("instance/policy_set done").done();
    stage.call("policy set ci missing.hcl").fails("file.failed");
    stage.call("policy set CI -").stdin(RULE).fails("access.name_invalid");
    let value = stage.mark(Mark::text("a value in place of a policy"));
    stage.call("policy set ci -").stdin(&value.bytes).fails("policy.invalid");
    stage
        .call("policy set ci -")
        .stdin(b"path \"a//b\" { capabilities = [\"read\"] }")
        .fails("policy.pattern");
    stage.call("policy set ci -").stdin(&RULE.repeat(2)).fails("policy.twice");
    stage.call("policy set ci -").stdin(&vec![b' '; 64 * 1024 + 1]).fails("policy.too_long");
    let many: String =
        (0..1025).map(|at| format!("path \"p{at}\" {{ capabilities = [\"read\"] }}\n")).collect();
    stage.call("policy set ci -").stdin(many.as_bytes()).fails("policy.too_many_rules");
    says_no_word_again(stage, "policy set ci -");
}

pub(crate) fn policy_ls(stage: &mut Stage) {
    stage.call("policy set ci -").stdin(RULE).leaves("policy_set done").done();
    stage.call("policy ls").leaves("policy_list done").done();
    stage.call("policy ls --instance").leaves("instance/policy_list done").done();
    says_no_word_again(stage, "policy ls");
}

pub(crate) fn policy_get(stage: &mut Stage) {
    stage.call("policy set ci -").stdin(RULE).leaves("policy_set done").done();
    stage.call("policy set op - --instance").stdin(RULE).leaves("instance/policy_set done").done();
    stage.call("policy get ci").leaves("policy_get done").done();
    stage.call("policy get op --instance").leaves("instance/policy_get done").done();
    stage.call("policy get missing").leaves("policy_get absent").fails("access.not_found");
    says_no_word_again(stage, "policy get ci");
}

pub(crate) fn policy_rm(stage: &mut Stage) {
    stage.call("policy set ci -").stdin(RULE).leaves("policy_set done").done();
    stage.call("policy set op - --instance").stdin(RULE).leaves("instance/policy_set done").done();
    stage.call("policy rm ci").leaves("policy_remove done").done();
    stage.call("policy rm op --instance").leaves("instance/policy_remove done").done();
    says_no_word_again(stage, "policy rm ci");
}

pub(crate) fn policy_undo(stage: &mut Stage) {
    stage.call("policy set ci -").stdin(RULE).leaves("policy_set done").done();
    stage.call("policy set op - --instance").stdin(RULE).leaves("instance/policy_set done").done();
    stage.call("policy rm ci").leaves("policy_remove done").done();
    stage.call("policy undo ci").leaves("policy_undo done").done();
    stage.call("policy undo op --instance").leaves("instance/policy_undo done").done();
    says_no_word_again(stage, "policy undo ci");
}

pub(crate) fn policy_attach(stage: &mut Stage) {
    with_members(stage);
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("policy set ci -").stdin(RULE).leaves("policy_set done").done();
    stage.call("policy set op - --instance").stdin(RULE).leaves("instance/policy_set done").done();
    let when = "--from 10.0.0.0/8 --until 8h --second-factor --method code";
    stage.call(&format!("policy attach ci maya {when}")).leaves("member_change done").done();
    let hours = stage.call("policy attach ci maya --hours").word("mon 08:00-09:00");
    hours.leaves("member_change done").done();
    stage.call("policy attach ci ops --group").leaves("group_set done").done();
    stage.call("policy attach op operator --instance").leaves("instance/member_change done").done();
    stage.call("policy attach missing maya").leaves("member_change absent").fails("access.not_found");
    says_no_word_again(stage, "policy attach ci maya");
}

pub(crate) fn policy_detach(stage: &mut Stage) {
    with_members(stage);
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("policy detach ci maya").leaves("member_change done").done();
    stage.call("policy detach ci ops --group").leaves("group_set done").done();
    stage.call("policy detach ci operator --instance").leaves("instance/member_change done").done();
    says_no_word_again(stage, "policy detach ci maya");
}

pub(crate) fn group_create(stage: &mut Stage) {
    stage.call("group create ops").leaves("group_set done").done();
    stage.call("group create ops --instance").leaves("instance/group_set done").done();
    stage.call("group create Ops").fails("access.name_invalid");
    says_no_word_again(stage, "group create ops");
}

pub(crate) fn group_ls(stage: &mut Stage) {
    stage.call("group create ops").leaves("group_set done").done();
    stage.call("group ls").leaves("group_list done").done();
    stage.call("group ls --instance").leaves("instance/group_list done").done();
    says_no_word_again(stage, "group ls");
}

pub(crate) fn group_rm(stage: &mut Stage) {
    stage.call("group create ops").leaves("group_set done").done();
    stage.call("group create ops --instance").leaves("instance/group_set done").done();
    stage.call("group rm ops").leaves("group_remove done").done();
    stage.call("group rm ops --instance").leaves("instance/group_remove done").done();
    stage.call("group rm ops").leaves("group_remove absent").fails("access.not_found");
    says_no_word_again(stage, "group rm ops");
}

pub(crate) fn group_undo(stage: &mut Stage) {
    stage.call("group create ops").leaves("group_set done").done();
    stage.call("group create ops --instance").leaves("instance/group_set done").done();
    stage.call("group rm ops").leaves("group_remove done").done();
    stage.call("group undo ops").leaves("group_undo done").done();
    stage.call("group undo ops --instance").leaves("instance/group_undo done").done();
    says_no_word_again(stage, "group undo ops");
}

pub(crate) fn group_add(stage: &mut Stage) {
    with_members(stage);
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("group create operators --instance").leaves("instance/group_set done").done();
    stage.call("group add ops maya").leaves("member_change done").done();
    stage.call("group add operators operator --instance").leaves("instance/member_change done").done();
    stage.call("group add missing maya").leaves("member_change absent").fails("access.not_found");
    stage.call("group add ops nobody").leaves("member_change absent").fails("member.not_found");
    says_no_word_again(stage, "group add ops maya");
}

pub(crate) fn group_remove(stage: &mut Stage) {
    with_members(stage);
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("group add ops maya").leaves("member_change done").done();
    stage.call("group remove ops maya").leaves("member_change done").done();
    stage.call("group remove ops operator --instance").leaves("instance/member_change done").done();
    says_no_word_again(stage, "group remove ops maya");
}

pub(crate) fn access_explain(stage: &mut Stage) {
    with_members(stage);
    stage.call("role grant reader maya --path prod/**").leaves("member_change done").done();
    for words in ["maya read prod/db/URL", "maya read /prod/db/", "maya read"] {
        stage.call(&format!("access explain {words}")).leaves("access_explain done").done();
    }
    stage.call("access explain me read").leaves("access_explain_own done").done();
    let operators = stage.call("access explain me manage --instance");
    operators.leaves("instance/access_explain_own done").done();
    stage.call("access explain nobody read").leaves("access_explain absent").fails("member.not_found");
    stage.call("access explain maya fly").fails("role.right");
    says_no_word_again(stage, "access explain maya read prod/db/URL");
}

pub(crate) fn access_check(stage: &mut Stage) {
    with_members(stage);
    stage.call("access check me read prod/db/URL").leaves("access_explain_own done").done();
    stage.call("access check me manage --instance").leaves("instance/access_explain_own done").done();
    stage.call("access check maya read prod/db/URL").leaves("access_explain done").fails("access.no");
    says_no_word_again(stage, "access check me read prod/db/URL");
}

pub(crate) fn access_preview(stage: &mut Stage) {
    with_members(stage);
    for words in ["maya", "maya dev --recursive"] {
        stage.call(&format!("access preview {words}")).leaves("access_preview done").done();
    }
    stage.call("access preview nobody").leaves("access_preview absent").fails("member.not_found");
    says_no_word_again(stage, "access preview maya dev");
}

pub(crate) fn member_rm(stage: &mut Stage) {
    stage.call("member create shop").leaves("member_create done").done();
    stage.call("member create operator --instance").leaves("instance/member_create done").done();
    stage.call("member rm shop").leaves("member_remove done").done();
    stage.call("member rm operator --instance").leaves("instance/member_remove done").done();
    stage.call("member rm shop").leaves("member_remove absent").fails("member.not_found");
    says_no_word_again(stage, "member rm shop");
}
