//! `longshore files check`

use std::fmt;

use clap::Args;
use indicatif::BinaryBytes;
use longshore_media_library::{CheckDepth, CheckEvent, FindQuery, Finding, FindingKind};
use serde::Serialize;

use super::{Context, ExitCode, Failure};
use crate::{
    library::{self, Access},
    print::Inline,
};

/// Compare the table with the stored objects
///
/// Reports rows without their objects, objects of the wrong size, and objects that no row names, each with the command
/// that mends it. Nothing is changed, and a server may run meanwhile. The exit code is 1 if anything is wrong.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Also read every file, and compare its checksum
    #[arg(long)]
    checksum: bool,
}

/// A finding, as a line of JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    finding: &'static str,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    message: String,
    fix: String,
}

impl Check {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let depth = if self.checksum { CheckDepth::Checksums } else { CheckDepth::Sizes };
        library::run(context, Access::Reading, async |library| {
            let bar = context.print.counter("checking files", library.count(&FindQuery::default()).await?);
            let main = library.registry().main().name();
            let mut printed = Ok(());
            let totals = library.check(depth, |event| match event {
                CheckEvent::Progress(files) => bar.set_position(files),
                CheckEvent::Finding(finding) if printed.is_ok() => {
                    printed = context.print.block(&Record::new(finding, main));
                }
                CheckEvent::Finding(_) => {}
            });
            let totals = totals.await?;
            bar.finish_and_clear();
            printed?;
            let (files, objects, findings) = (totals.files, totals.objects, totals.findings);
            context.print.note(&format!("checked {files} files with {objects} objects: {findings} findings"));
            Ok(if findings == 0 { ExitCode::Done } else { ExitCode::Failed })
        })
        .await
    }
}

impl Record {
    /// `main` is the name of the configured provider, the only one that `longshore object` works on.
    fn new(finding: Finding, main: &str) -> Self {
        let Finding { kind, provider, file, format, key } = finding;
        let (id, name) = file.unzip();
        let (finding, message) = described(&kind);
        let fix = fix(&kind, &provider, main, id, key.as_deref());
        Self { finding, provider, id, name, format, key, message, fix }
    }
}

/// The name of the kind for programs, and what was found.
fn described(kind: &FindingKind) -> (&'static str, String) {
    match kind {
        FindingKind::Missing => ("missing", "the object is not stored".to_owned()),
        FindingKind::WrongSize { expected, found } => {
            ("wrongSize", format!("the object has {found} bytes, and its row says {expected}"))
        }
        FindingKind::WrongChecksum { expected, found } => {
            ("wrongChecksum", format!("the checksum of the stored bytes is {found}, and its row says {expected}"))
        }
        FindingKind::Orphan { size } => ("orphan", format!("no row names this object of {}", BinaryBytes(*size))),
        FindingKind::Failed(error) => ("failed", format!("the object cannot be looked up: {error}")),
        FindingKind::NotLoaded => ("notLoaded", "the provider that stored the file is not loaded".to_owned()),
        FindingKind::CannotTell => {
            ("cannotTell", "the provider neither lists nor looks up objects: its files are not checked".to_owned())
        }
        kind => ("other", format!("{kind:?}")),
    }
}

/// What to do.
fn fix(kind: &FindingKind, provider: &str, main: &str, id: Option<i64>, key: Option<&str>) -> String {
    let id = id.unwrap_or_default();
    match kind {
        FindingKind::Missing => {
            format!(
                "store the file again with `longshore files replace {id} FILE`, or give it up with `longshore files rm {id}`"
            )
        }
        FindingKind::WrongSize { .. } | FindingKind::WrongChecksum { .. } => {
            format!("store the right bytes with `longshore files replace {id} FILE`")
        }
        FindingKind::Orphan { .. } if provider != main => {
            format!("if nothing else uses the object, remove it from the storage of `{provider}`")
        }
        FindingKind::Orphan { .. } => {
            let key = key.unwrap_or_default().replace('\'', r"'\''");
            format!("if nothing else uses the object, remove it with `longshore object rm -- '{key}'`")
        }
        FindingKind::NotLoaded => format!("configure the provider `{provider}`, and check again"),
        FindingKind::CannotTell => "none: this provider has no such methods".to_owned(),
        _ => "check again once the provider responds".to_owned(),
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { finding, provider, id, name, format, key, message, fix } = self;
        write!(f, "{finding}")?;
        if let (Some(id), Some(name)) = (id, name) {
            write!(f, "  file {id} `{}`", Inline(name))?;
        }
        if let Some(format) = format {
            write!(f, ", format `{}`", Inline(format))?;
        }
        if let Some(key) = key {
            write!(f, "  {}", Inline(key))?;
        }
        write!(f, "  ({})\n  {}\n  fix: {}", Inline(provider), Inline(message), Inline(fix))
    }
}
