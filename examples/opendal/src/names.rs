//! The names of the options of each service. OpenDAL ignores unknown names, so the provider checks them.

use opendal::services;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, Visitor, value::Error},
};

/// The names of the options of `service`. `None` if the service is unknown.
pub(crate) fn names(service: &str) -> Option<&'static [&'static str]> {
    match service {
        "aliyun-drive" => fields::<services::AliyunDriveConfig>(),
        "azblob" => fields::<services::AzblobConfig>(),
        "azdls" => fields::<services::AzdlsConfig>(),
        "azfile" => fields::<services::AzfileConfig>(),
        "b2" => fields::<services::B2Config>(),
        "cos" | "cosn" => fields::<services::CosConfig>(),
        "dropbox" => fields::<services::DropboxConfig>(),
        "file" | "fs" => fields::<services::FsConfig>(),
        "gcs" => fields::<services::GcsConfig>(),
        "gdrive" => fields::<services::GdriveConfig>(),
        "koofr" => fields::<services::KoofrConfig>(),
        "memory" => fields::<services::MemoryConfig>(),
        "obs" => fields::<services::ObsConfig>(),
        "onedrive" => fields::<services::OnedriveConfig>(),
        "oss" => fields::<services::OssConfig>(),
        "pcloud" => fields::<services::PcloudConfig>(),
        "s3" => fields::<services::S3Config>(),
        "seafile" => fields::<services::SeafileConfig>(),
        "sftp" => fields::<services::SftpConfig>(),
        "swift" => fields::<services::SwiftConfig>(),
        "tos" => fields::<services::TosConfig>(),
        "upyun" => fields::<services::UpyunConfig>(),
        "vercel-blob" => fields::<services::VercelBlobConfig>(),
        "webdav" => fields::<services::WebdavConfig>(),
        "webhdfs" => fields::<services::WebhdfsConfig>(),
        "yandex-disk" => fields::<services::YandexDiskConfig>(),
        _ => None,
    }
}

/// The names of a struct's fields, as its `Deserialize` passes them to the deserializer.
fn fields<T: for<'de> Deserialize<'de>>() -> Option<&'static [&'static str]> {
    let mut recorder = FieldRecorder(None);
    let _ = T::deserialize(&mut recorder);
    recorder.0
}

/// A deserializer without data. It records the names of the fields.
struct FieldRecorder(Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for &mut FieldRecorder {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0 = Some(fields);
        Err(Error::custom("no data"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no data"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_service_has_option_names_and_a_row_in_the_readme() {
        const OTHER_NAMES: [&str; 2] = ["cosn", "file"];
        opendal::init_default_registry();
        for service in opendal::OperatorRegistry::get().schemes() {
            assert!(names(&service).is_some(), "`names` lacks `{service}`");
            let has_row = include_str!("../README.md").contains(&format!("\n| `{service}` | "));
            assert!(has_row || OTHER_NAMES.contains(&&*service), "README.md has no row for `{service}`");
        }
        assert!(names("fs").unwrap().contains(&"atomic_write_dir"));
        assert!(names("azblob").unwrap().contains(&"account_key"));
    }
}
