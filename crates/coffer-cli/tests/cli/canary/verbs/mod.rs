//! The plays: for each verb, every call of it that ends in a way of its own.

pub(super) mod about;
pub(super) mod audit;
pub(super) mod backup;
pub(super) mod changes;
pub(super) mod compare;
pub(super) mod diff;
pub(super) mod factor;
pub(super) mod files;
pub(super) mod find;
pub(super) mod import;
pub(super) mod init;
pub(super) mod issuers;
pub(super) mod keep;
pub(super) mod keys;
pub(super) mod members;
pub(super) mod names;
pub(super) mod promote;
pub(super) mod prove;
pub(super) mod publish;
pub(super) mod reads;
pub(super) mod references;
pub(super) mod rights;
pub(super) mod run;
pub(super) mod served;
pub(super) mod set;
pub(super) mod sign;
