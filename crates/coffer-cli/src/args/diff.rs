//! `coffer diff`: what is meant by its arguments.

use clap::Args;
use coffer_engine::version_name::Label;
use coffer_wire::client::{Stage, Which};

/// `coffer diff`
#[derive(Debug, Args)]
#[command(
    after_help = "With one name, two versions of it; with two, two secrets. Fields are compared one by one. Values are masked,\n\
    and those that are no text are told by their length. Both are read as `coffer get` reads them, and each read\n\
    is logged.\n\n\
    Exit codes:\n  0 the same, 1 different, 5 failed; else as for every verb\n\n\
    Examples:\n  coffer diff API_KEY                       the version before, and the current one\n  \
    coffer diff API_KEY --from 3 --to 5 --reveal\n  coffer diff /staging/shop/DB /prod/shop/DB\n  coffer diff API_KEY --other-tenant acme/eu"
)]
pub struct Diff {
    /// The secret
    pub name: String,
    /// Another one, to compare it with
    pub other: Option<String>,
    /// Read the other one in this tenant: the same name there, unless another is said
    #[arg(long, value_name = "TENANT")]
    pub other_tenant: Option<String>,
    /// The version to compare from: a number, a label, or current, pending, previous [default: previous; current of two secrets]
    #[arg(long, value_name = "VERSION", value_parser = which)]
    pub from: Option<Which>,
    /// The version to compare with, in the same way [default: current]
    #[arg(long, value_name = "VERSION", value_parser = which)]
    pub to: Option<Which>,
    /// Show the values that differ
    #[arg(long)]
    pub reveal: bool,
}

impl Diff {
    /// The versions that are meant.
    #[must_use]
    pub fn versions(&self) -> [Which; 2] {
        let before = if self.other.is_some() || self.other_tenant.is_some() {
            Stage::Current
        } else {
            Stage::Previous
        };
        let or = |said: &Option<Which>, else_| said.clone().unwrap_or(else_);
        [or(&self.from, Which::Stage(before)), or(&self.to, Which::CURRENT)]
    }
}

fn which(text: &str) -> Result<Which, &'static str> {
    Ok(match text {
        "current" => Which::Stage(Stage::Current),
        "pending" => Which::Stage(Stage::Pending),
        "previous" => Which::Stage(Stage::Previous),
        text => match text.parse() {
            Ok(number) if number > 0 => Which::Version(number),
            Err(_) if Label::parse(text).is_ok() => Which::Label(text.to_owned()),
            _ => return Err("a version is a number from 1 on, a label, or current, pending or previous"),
        },
    })
}
