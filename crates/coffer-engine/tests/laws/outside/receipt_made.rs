#![allow(warnings)]
use coffer_engine::audit::Receipt;
use coffer_engine::entry_id::EntryId;
use coffer_engine::tenant::TenantId;

fn forge(entry: EntryId) -> Receipt {
    Receipt { entry, tenant: TenantId::INSTANCE, path: String::new(), version: None, row: [0; 16], place: 0 }
}

fn main() {}
