//! The plugin manifest: properties of a provider that the host reads from the file, without running any of its code.
//!
//! A manifest is one line of JSON in the section `.longshore`. The export macro writes it at compile time; the host
//! reads it with an ELF parser. (ELF defines the format of sections named `.note.*`, and JSON is not in it.)

/// The version of the manifest's own format.
pub const FORMAT: u32 = 1;

/// The fields of a manifest.
pub struct ManifestSource {
    /// The provider's name, such as `aws-s3`.
    pub name: &'static str,
    /// The version of the package.
    pub version: &'static str,
    /// The package's name.
    pub package: &'static str,
    /// The name of the base, or empty.
    pub extends: &'static str,
    /// The exported symbol of generation 1.
    pub symbol: &'static str,
    /// The target triple.
    pub target: &'static str,
    /// The compiler's version.
    pub rustc: &'static str,
    /// A JSON array of the extensions' ids.
    pub extensions: &'static str,
}

impl ManifestSource {
    const fn parts(&self) -> [&'static str; 20] {
        [
            r#"{"longshore":1,"name":""#,
            self.name,
            r#"","version":""#,
            self.version,
            r#"","package":""#,
            self.package,
            r#"","extends":""#,
            self.extends,
            r#"","interface":""#,
            env!("CARGO_PKG_VERSION"),
            r#"","generations":[{"generation":1,"symbol":""#,
            self.symbol,
            r#""}],"target":""#,
            self.target,
            r#"","rustc":""#,
            self.rustc,
            r#"","extensions":"#,
            self.extensions,
            "}",
            "\n",
        ]
    }

    /// How many bytes the manifest has.
    pub const fn length(&self) -> usize {
        let parts = self.parts();
        let (mut length, mut index) = (0, 0);
        while index < parts.len() {
            length += parts[index].len();
            index += 1;
        }
        length
    }

    /// The manifest. `N` is [`ManifestSource::length`].
    ///
    /// # Panics
    ///
    /// At compile time, if a name is not one.
    pub const fn write<const N: usize>(&self) -> [u8; N] {
        assert!(is_name(self.name), "a provider's name is made of a-z, 0-9, `.`, `_` and `-`, and has no `..`");
        assert!(self.extends.is_empty() || is_name(self.extends), "`extends` names another provider");
        let parts = self.parts();
        let mut manifest = [0; N];
        let (mut at, mut index) = (0, 0);
        while index < parts.len() {
            let part = parts[index].as_bytes();
            let mut byte = 0;
            while byte < part.len() {
                manifest[at] = part[byte];
                at += 1;
                byte += 1;
            }
            index += 1;
        }
        manifest
    }
}

/// Whether `name` matches `[a-z0-9][a-z0-9._-]{0,63}` and has no `..`.
pub const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > 64 || !is_alphanumeric(bytes[0]) {
        return false;
    }
    let mut index = 1;
    while index < bytes.len() {
        let byte = bytes[index];
        let allowed = is_alphanumeric(byte) || byte == b'_' || byte == b'-' || byte == b'.';
        if !allowed || (byte == b'.' && bytes[index - 1] == b'.') {
            return false;
        }
        index += 1;
    }
    true
}

const fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_of_json() {
        const FACTS: ManifestSource = ManifestSource {
            name: "memory",
            version: "0.1.0",
            package: "p",
            extends: "",
            symbol: "s",
            target: "t",
            rustc: "r",
            extensions: r#"["list"]"#,
        };
        const NOTE: [u8; FACTS.length()] = FACTS.write();
        let interface = env!("CARGO_PKG_VERSION");
        assert_eq!(
            std::str::from_utf8(&NOTE).unwrap(),
            format!(
                "{{\"longshore\":1,\"name\":\"memory\",\"version\":\"0.1.0\",\"package\":\"p\",\"extends\":\"\",\
                 \"interface\":\"{interface}\",\"generations\":[{{\"generation\":1,\"symbol\":\"s\"}}],\
                 \"target\":\"t\",\"rustc\":\"r\",\"extensions\":[\"list\"]}}\n"
            )
        );
    }

    #[test]
    fn names_that_could_leave_a_folder_are_none() {
        for good in ["a", "aws-s3", "0.x_y", &"a".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".a", "-a", "A", "a/b", "a..b", "é", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
