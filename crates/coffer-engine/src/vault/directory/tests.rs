//! Pages of names, against all of them.

use proptest::prelude::*;

use super::super::list::ListPart;
use super::super::tenants::TenantInfo;
use super::Directory;
use crate::tenant::TenantName;

fn name() -> impl Strategy<Value = TenantName> {
    // What sorts before a slash, and behind it.
    "(a|b|a-x|a0)(/(a|b|a-x)){0,2}".prop_map(|raw| TenantName::parse(&raw).unwrap())
}

proptest! {
    #[test]
    fn all_pages_together_are_all_that_lie_below_in_the_order_of_names(
        names in proptest::collection::btree_set("(a|b|a-x|a0)(/(a|b|a-x)){0,2}", 0..40),
        below in proptest::collection::vec(name(), 0..3),
        limit in 1_usize..7,
    ) {
        let tenants: Vec<TenantInfo> = names.iter().map(|raw| TenantInfo {
            name: TenantName::parse(raw).unwrap(),
            suspended: None,
            locked: None,
            residency: None,
        }).collect();
        let below: Vec<&TenantName> = below.iter().collect();
        let is_wanted = |one: &&TenantInfo| below.iter().all(|above| one.name.is_below(above));
        let wanted: Vec<TenantInfo> = tenants.iter().filter(is_wanted).cloned().collect();
        let directory = Directory { marker: None, tenants: tenants.clone() };
        let (mut shown, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = directory.page(&below, ListPart { after: after.as_deref(), limit });
            prop_assert!(page.tenants.len() <= limit && (page.tenants.len() == limit || !page.more));
            after = page.tenants.last().map(|last| last.name.as_str().to_owned());
            shown.extend(page.tenants);
            if !page.more {
                break;
            }
        }
        prop_assert_eq!(shown, wanted);
    }
}
