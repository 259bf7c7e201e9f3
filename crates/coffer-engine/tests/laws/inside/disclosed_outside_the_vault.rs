#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    use crate::access::Permit;
    use crate::audit::Receipt;
    use crate::secret::Secret;
    use crate::vault::disclose::{SealedVersion, disclose};

    fn leak(sealed: SealedVersion, permit: Permit, receipt: Receipt) -> Secret {
        disclose(sealed, permit, receipt).unwrap()
    }
}

fn main() {}
