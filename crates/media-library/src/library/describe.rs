//! Filling in the fields of a file that is being stored.

use longshore_images::EncodedFormat;
use longshore_media_store::document_id;
use longshore_provider::Uploaded;

use crate::{FileInfo, Format, MediaFile, name};

/// A file that is not stored yet.
pub(super) fn new_file(named: name::Stored, mime: String, path: Option<String>, chain: &[String]) -> MediaFile {
    MediaFile {
        id: 0,
        document_id: document_id(),
        name: named.name,
        alternative_text: None,
        caption: None,
        focal_point: None,
        width: None,
        height: None,
        formats: None,
        hash: named.hash,
        ext: named.ext,
        mime,
        size_bytes: 0,
        url: String::new(),
        preview_url: None,
        provider: chain.first().cloned().unwrap_or_default(),
        provider_metadata: None,
        created_at: 0,
        updated_at: 0,
        published_at: 0,
        is_url_signed: false,
        key: None,
        path,
        etag: None,
        checksum: None,
        provider_chain: chain.to_vec(),
    }
}

/// Filling in the fields of a file.
pub(super) trait DescribeFile {
    /// Takes over the information about the file.
    fn describe(&mut self, info: &FileInfo);

    /// Takes over the information about a file that is replaced. The focal point belongs to the old picture.
    fn describe_replacement(&mut self, info: Option<&FileInfo>);

    /// A format of the file. Its hash ends in `stem`.
    fn format(&self, made: &EncodedFormat, stem: &str) -> Format;

    /// Takes over what the provider returned, with size and checksum of the bytes that it got.
    fn set_stored(&mut self, uploaded: Uploaded, sum: Option<(u64, String)>);
}

impl DescribeFile for MediaFile {
    fn describe(&mut self, info: &FileInfo) {
        if let Some(name) = info.name.as_deref().filter(|name| !name.is_empty()) {
            self.name = name::normalized(name);
        }
        for (mine, said) in [(&mut self.alternative_text, &info.alternative_text), (&mut self.caption, &info.caption)] {
            if said.is_some() {
                mine.clone_from(said);
            }
        }
        self.focal_point = info.focal_point.or(self.focal_point);
        for format in self.formats.iter_mut().flatten() {
            format.name = format!("{}_{}", format.format, self.name);
        }
    }

    fn describe_replacement(&mut self, info: Option<&FileInfo>) {
        self.focal_point = None;
        let Some(info) = info else { return };
        if info.cleared.alternative_text {
            self.alternative_text = None;
        }
        if info.cleared.caption {
            self.caption = None;
        }
        self.describe(info);
    }

    fn format(&self, made: &EncodedFormat, stem: &str) -> Format {
        Format {
            format: made.format.clone(),
            name: format!("{}_{}", made.format, self.name),
            hash: format!("{}_{stem}", made.format),
            ext: self.ext.clone(),
            mime: self.mime.clone(),
            path: self.path.clone(),
            width: made.width,
            height: made.height,
            size_bytes: made.bytes.len() as u64,
            url: String::new(),
            key: None,
            etag: None,
            provider_metadata: None,
        }
    }

    fn set_stored(&mut self, uploaded: Uploaded, sum: Option<(u64, String)>) {
        let (size, checksum) = sum.map_or((uploaded.size, None), |(size, checksum)| (Some(size), Some(checksum)));
        self.size_bytes = size.unwrap_or_default();
        self.checksum = checksum;
        self.key = Some(uploaded.key);
        self.url = uploaded.url;
        self.etag = uploaded.etag;
        self.provider_metadata = uploaded.provider_metadata;
    }
}

/// Takes over what the provider returned about a format.
pub(super) fn set_stored_format(format: &mut Format, uploaded: Uploaded) {
    format.key = Some(uploaded.key);
    format.url = uploaded.url;
    format.etag = uploaded.etag;
    format.provider_metadata = uploaded.provider_metadata;
}
