//! Filling in the fields of a file that is being stored.

use longshore_images::EncodedFormat;
use longshore_provider::Uploaded;

use crate::{FileInfo, Format, MediaFile, name};

impl MediaFile {
    /// A file that is not stored yet.
    pub(super) fn new(named: name::Stored, mime: String, path: Option<String>, chain: &[String]) -> Self {
        Self {
            id: 0,
            document_id: name::document_id(),
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

    /// Takes over the information about the file.
    pub(super) fn describe(&mut self, info: &FileInfo) {
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

    /// Takes over the information about a file that is replaced. The focal point belongs to the old picture.
    pub(super) fn describe_replacement(&mut self, info: Option<&FileInfo>) {
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

    /// A format of the file. Its hash ends in `stem`.
    pub(super) fn format(&self, made: &EncodedFormat, stem: &str) -> Format {
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

    /// Takes over what the provider returned, with size and checksum of the bytes that it got.
    pub(super) fn stored_as(&mut self, uploaded: Uploaded, sum: Option<(u64, String)>) {
        let (size, checksum) = sum.map_or((uploaded.size, None), |(size, checksum)| (Some(size), Some(checksum)));
        self.size_bytes = size.unwrap_or_default();
        self.checksum = checksum;
        self.key = Some(uploaded.key);
        self.url = uploaded.url;
        self.etag = uploaded.etag;
        self.provider_metadata = uploaded.provider_metadata;
    }
}

impl Format {
    /// Takes over what the provider returned.
    pub(super) fn stored_as(&mut self, uploaded: Uploaded) {
        self.key = Some(uploaded.key);
        self.url = uploaded.url;
        self.etag = uploaded.etag;
        self.provider_metadata = uploaded.provider_metadata;
    }
}
