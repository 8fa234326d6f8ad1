//! The columns of a file, and reading a file from them.

use crate::{DatabaseError, MediaFile, row::Row, stored_json::Formats};

/// The columns that [`read`] reads, in its order.
pub(super) const COLUMNS: &str = "id, document_id, name, alternative_text, caption, focal_point, width, height, \
    formats, hash, ext, mime, size_bytes, url, preview_url, provider, provider_metadata, created_at, updated_at, \
    published_at, object_key, path, etag, checksum, provider_chain";

/// The number of columns of a file: the index of the first column that a query appends.
pub(super) const COUNT: usize = 25;

/// The condition for rows that are visible files. A file stays visible while it is replaced, and becomes invisible when
/// its removal begins.
pub(super) const VISIBLE: &str = "state in ('ready', 'replacing')";

/// Reads a file from the columns of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> Result<MediaFile, DatabaseError> {
    Ok(MediaFile {
        id: row.int(0)?,
        document_id: row.text(1)?,
        name: row.text(2)?,
        alternative_text: row.optional_text(3)?,
        caption: row.optional_text(4)?,
        focal_point: row.json(5)?,
        width: row.fitting(6)?,
        height: row.fitting(7)?,
        formats: row.json::<Formats>(8)?.map(|formats| formats.0),
        hash: row.text(9)?,
        ext: row.text(10)?,
        mime: row.text(11)?,
        size_bytes: row.fitting(12)?.unwrap_or_default(),
        url: row.text(13)?,
        preview_url: row.optional_text(14)?,
        provider: row.text(15)?,
        provider_metadata: row.json(16)?,
        created_at: row.int(17)?,
        updated_at: row.int(18)?,
        published_at: row.int(19)?,
        is_url_signed: false,
        key: row.optional_text(20)?,
        path: row.optional_text(21)?,
        etag: row.optional_text(22)?,
        checksum: row.optional_text(23)?,
        provider_chain: row.json(24)?.unwrap_or_default(),
    })
}
