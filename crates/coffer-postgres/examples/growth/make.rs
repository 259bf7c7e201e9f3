//! Makes a store of one size, and tells how long that took.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use coffer_encryption::Iterations;
use coffer_engine::block_on;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::secret::Value;
use coffer_engine::tenant::TenantName;
use coffer_engine::vault::{Expect, UpkeepSettings, Vault, Write};

use crate::place::Place;
use crate::row::Row;
use crate::{IN_FOLDER, names, op, open, path};

/// Secrets that one commit writes.
const AT_ONCE: usize = 1000;
/// How often entries go into their logs meanwhile: tenants that are made one after the other have their keys in memory then.
const UPKEEP_EVERY: Duration = Duration::from_secs(1);

/// Makes those from this one on. The one before may have been left half made.
pub(crate) fn make(place: &Place, from: usize, iterations: Iterations, row: &mut Row) {
    let vault = open(place, iterations);
    let mut names = names(row.tenants);
    if let Some(before) = from.checked_sub(1) {
        fill(&vault, &names[before], row.secrets);
    }
    let names = names.split_off(from);
    let (over, begun) = (AtomicBool::new(false), Instant::now());
    let wrote: Duration = thread::scope(|scope| {
        let upkeep = scope.spawn(|| {
            loop {
                // Once more after the last tenant.
                let is_last = over.load(Ordering::Acquire);
                block_on(vault.upkeep(&op("default"), UpkeepSettings { retention_days: 365 })).unwrap();
                if is_last {
                    break;
                }
                thread::park_timeout(UPKEEP_EVERY);
            }
        });
        let wrote = names.iter().map(|name| tenant(&vault, name, row.secrets)).sum();
        over.store(true, Ordering::Release);
        upkeep.thread().unpark();
        wrote
    });
    row.time("make a tenant and write its secrets", begun.elapsed() / names.len() as u32);
    row.time("write one, of many in a commit", wrote / (names.len() * row.secrets) as u32);
}

/// Makes one with its secrets. How long the writing took.
fn tenant(vault: &Vault, tenant: &TenantName, secrets: usize) -> Duration {
    block_on(vault.tenant_create(&op("default"), tenant)).unwrap();
    fill(vault, tenant, secrets)
}

/// Writes the secrets of one, of which a few say something about themselves.
fn fill(vault: &Vault, tenant: &TenantName, secrets: usize) -> Duration {
    let op = op(tenant.as_str());
    let numbers: Vec<usize> = (0..secrets).collect();
    let begun = Instant::now();
    for part in numbers.chunks(AT_ONCE) {
        let writes =
            part.iter().map(|number| (path(*number), Value::text(&format!("a value, number {number}"))));
        block_on(vault.set_all(&op, writes.collect())).unwrap();
    }
    let took = begun.elapsed();
    for number in numbers.iter().step_by(secrets.div_ceil(IN_FOLDER).saturating_mul(20)) {
        let metadata = MetadataPatch {
            owner: Some(Some(format!("team-{}", number % 7))),
            description: Some(Some("The orders database of the shop".to_owned())),
            add_tags: ["db".to_owned()].into(),
            ..MetadataPatch::default()
        };
        let write =
            Write { path: path(*number), value: None, references: false, expect: Expect::Anything, metadata };
        block_on(vault.set(&op, write)).unwrap();
    }
    took
}
