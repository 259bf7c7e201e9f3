//! A buffer that leaves no copies behind when it grows.

pub use coffer_wire::WipedBuffer;
