//! What is measured at one size.

use std::time::{Duration, Instant};

use coffer_encryption::Iterations;
use coffer_engine::block_on;
use coffer_engine::path::FolderPath;
use coffer_engine::tenant::TenantName;
use coffer_engine::vault::{ListPart, Search, UpkeepSettings, Vault};
use coffer_engine::version::Which;

use crate::place::Place;
use crate::row::Row;
use crate::{IN_FOLDER, op, open, path};

/// Tenants whose indexes are made for what is searched afterwards.
const SEARCHED: usize = 1000;

/// Measures the store that lies there.
pub(crate) fn measure(place: &Place, tenants: &[TenantName], row: &mut Row) {
    let secrets = row.secrets;
    row.number("bytes on the disk, for each", place.bytes() / row.all() as u64);
    let begun = Instant::now();
    let vault = open(place, Iterations::DEFAULT);
    block_on(vault.get(&op(tenants[0].as_str()), &path(secrets / 2), Which::CURRENT)).unwrap();
    row.time("open the store and read one", begun.elapsed());
    // The log in order, as a server's upkeep leaves it; that also keeps it in order, on a thread of its own.
    for what in ["upkeep, the first", "upkeep, when nothing is due"] {
        let begun = Instant::now();
        block_on(vault.upkeep(&op("default"), UpkeepSettings { retention_days: 365 })).unwrap();
        row.time(what, begun.elapsed());
    }
    row.number("memory, opened", resident_bytes());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut pick = move || (dice.below(tenants.len()), dice.below(secrets));
    // Each tenant's keys are derived once; that is what cold_start shows.
    let times = |count: usize, pick: &mut dyn FnMut() -> (usize, usize), run: &dyn Fn(&str, usize)| {
        let took = (0..count).map(|_| {
            let (tenant, number) = pick();
            let name = tenants[tenant].as_str();
            warm(&vault, name);
            let begun = Instant::now();
            run(name, number);
            begun.elapsed()
        });
        let mut took: Vec<Duration> = took.collect();
        took.sort_unstable();
        (took[took.len() / 2], took[took.len() * 99 / 100])
    };
    let get =
        |tenant: &str, number| drop(block_on(vault.get(&op(tenant), &path(number), Which::CURRENT)).unwrap());
    let batch = |tenant: &str, number: usize| {
        let first = number / IN_FOLDER * IN_FOLDER;
        let wanted: Vec<_> =
            (first..(first + IN_FOLDER).min(secrets)).map(|number| (path(number), Which::CURRENT)).collect();
        assert!(!block_on(vault.get_all(&op(tenant), &wanted)).unwrap().is_empty());
    };
    let list = |tenant: &str, number: usize| {
        assert!(
            !block_on(vault.list(&op(tenant), &path(number).folder(), false)).unwrap().secrets.is_empty()
        );
    };
    let page = |tenant: &str, number: usize| {
        let after = path(number);
        let part = ListPart { after: Some(after.as_str()), limit: 1000 };
        block_on(vault.list_part(&op(tenant), &FolderPath::parse("prod").unwrap(), true, part)).unwrap();
    };
    let find = |tenant: &str, number: usize| {
        let words = match number % 3 {
            0 => vec![format!("{number:06}")],
            1 => vec!["orders".to_owned(), "DB".to_owned()],
            _ => vec!["nothing says this".to_owned()],
        };
        let part = ListPart { after: None, limit: 100 };
        block_on(vault.find(&op(tenant), &Search { words, ..Search::default() }, part)).unwrap();
    };
    let report = |tenant: &str, _| {
        block_on(vault.report(&op(tenant), &FolderPath::root())).unwrap();
    };
    row.times("read one at random", times(2000, &mut pick, &get));
    row.times("read a folder of 100", times(200, &mut pick, &batch));
    row.times("list a folder of 100", times(200, &mut pick, &list));
    let first = tenants[0].as_str();
    warm(&vault, first);
    let begun = Instant::now();
    find(first, 0);
    row.time("the first search of a tenant", begun.elapsed());
    if tenants.len() > 1 {
        // As many tenants as are open at once. The index of whoever is asked for afterwards is there, or is made.
        tenants.iter().take(SEARCHED).for_each(|tenant| find(tenant.as_str(), 0));
    }
    row.number("memory, with a thousand tenants searched", resident_bytes());
    row.times("list 1,000 of all", times(100, &mut pick, &page));
    row.times("find", times(1000, &mut pick, &find));
    row.times("report", times(200, &mut pick, &report));
}

/// Has the tenant's keys in memory: what deriving them costs is in what opening a store costs.
fn warm(vault: &Vault, tenant: &str) {
    block_on(vault.get(&op(tenant), &path(0), Which::CURRENT)).unwrap();
}

/// Memory of this process that is in use, of Linux.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Numbers without a pattern that a cache would like (xorshift64, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}
