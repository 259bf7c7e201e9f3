#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    use crate::content::FileInfo;
    use crate::vault::disclose::{Content, SealedVersion};

    fn leak(sealed: &SealedVersion, file: FileInfo) -> Content {
        sealed.open_content(file).unwrap()
    }
}

fn main() {}
