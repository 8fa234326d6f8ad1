//! `longshore files duplicates`

use std::fmt;

use clap::Args;
use indicatif::BinaryBytes;
use longshore_media_library::Duplicate;
use serde::Serialize;

use super::{Context, ExitCode, Failure};
use crate::library;

/// List files that have the same bytes as another file
///
/// The largest come first, and the files of one content together. Size and checksum (CRC-64/NVME) are compared, which
/// rules out chance, but not a deliberate forgery. Rows that were imported have no checksum yet.
#[derive(Debug, Args)]
pub(crate) struct Duplicates {}

/// Files of one content.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    size_in_bytes: u64,
    checksum: &'a str,
    files: Vec<FileName<'a>>,
}

#[derive(Serialize)]
struct FileName<'a> {
    id: i64,
    name: &'a str,
}

impl Duplicates {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        library::with_table(context, async |table| {
            let duplicates = table.duplicates().await?;
            let mut spare = 0;
            for group in duplicates.chunk_by(|a, b| (a.size_bytes, &a.checksum) == (b.size_bytes, &b.checksum)) {
                spare += group[0].size_bytes * (group.len() as u64 - 1);
                context.print.record(&Record::new(group))?;
            }
            let (files, spare) = (duplicates.len(), BinaryBytes(spare));
            context.print.note(&format!("{files} files have the bytes of another one; the copies take {spare}"));
            Ok(ExitCode::Done)
        })
        .await
    }
}

impl<'a> Record<'a> {
    fn new(group: &'a [Duplicate]) -> Self {
        let files = group.iter().map(|file| FileName { id: file.id, name: &file.name }).collect();
        Self { size_in_bytes: group[0].size_bytes, checksum: &group[0].checksum, files }
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12}", BinaryBytes(self.size_in_bytes).to_string())?;
        self.files.iter().try_for_each(|file| write!(f, "  {} {}", file.id, file.name))
    }
}
