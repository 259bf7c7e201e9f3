//! What can be taken back of a record that an earlier version has written.

use super::*;

#[test]
fn what_was_kept_of_quotas_alone_is_taken_back_after_all_that_is_newer() {
    let quota = |secrets| Quota { secrets: Some(secrets), ..Quota::default() };
    let now = Timestamp::from_millis(1);
    let mut record = TenantRecord::new(&TenantName::default_tenant(), now);
    record.quota = Some(quota(2));
    record.undo = vec![Quota::default(), quota(1)];
    record.set(TenantSettings { synced_reads: true, ..TenantSettings::default() });
    assert_eq!(record.undo_steps(), 3);
    assert!(record.undo());
    assert_eq!((record.quota(), record.settings()), (quota(2), TenantSettings::default()));
    assert!(record.undo());
    assert_eq!(record.quota(), quota(1));
    assert!(record.undo() && !record.undo());
    assert_eq!(record.quota(), Quota::default());
}

#[test]
fn the_oldest_changes_are_forgotten_those_of_an_earlier_version_first() {
    let quota = |secrets| Quota { secrets: Some(secrets), ..Quota::default() };
    let mut record = TenantRecord::new(&TenantName::default_tenant(), Timestamp::from_millis(1));
    record.undo = vec![Quota::default(); TENANT_UNDO_MAX];
    for secrets in 1..=u64::try_from(TENANT_UNDO_MAX).unwrap() {
        record.limit(quota(secrets));
        assert_eq!(record.undo_steps(), 16);
    }
    assert!(record.undo.is_empty());
}
