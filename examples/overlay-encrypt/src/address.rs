//! URLs of encrypted files.
//!
//! A URL of the base leads to encrypted bytes, unless it leads to the host: a path such as `/uploads/photo.png`, which
//! the host answers by reading through its provider. Every other URL is marked, so that no browser opens it and shows
//! nonsense: `https://…` becomes `encrypted+https://…`. The base gets its own URLs back without the mark.

use std::borrow::Cow;

use longshore_provider::File;

const MARK: &str = "encrypted+";

/// The URL of an encrypted file that its base sees at `url`.
pub(crate) fn marked(url: String) -> String {
    if leads_to_the_host(&url) { url } else { format!("{MARK}{url}") }
}

/// Whether `url` is served by the host, which decrypts.
pub(crate) fn leads_to_the_host(url: &str) -> bool {
    url.starts_with('/') && !url.starts_with("//")
}

/// `file` as the base knows it.
pub(crate) fn of_base(file: &File) -> Cow<'_, File> {
    match file.url.as_deref().and_then(|url| url.strip_prefix(MARK)) {
        None => Cow::Borrowed(file),
        Some(url) => {
            let url = Some(url.to_owned());
            let mut file = file.clone();
            file.url = url;
            Cow::Owned(file)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_lead_elsewhere_than_to_the_host_are_marked() {
        assert_eq!(marked("/uploads/a.png".into()), "/uploads/a.png");
        for url in ["https://media.example.org/a.png", "//cdn.example.org/a.png", "https://memory.invalid/a.png"] {
            let mut file = File::stored("a.png");
            file.url = Some(marked(url.into()));
            assert_eq!(file.url.as_deref(), Some(format!("encrypted+{url}").as_str()));
            assert_eq!(of_base(&file).url.as_deref(), Some(url));
        }
    }
}
