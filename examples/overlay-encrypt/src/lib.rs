//! An overlay that encrypts files on their way to any base: `cargo build -p longshore-example-overlay-encrypt`, copy the
//! library into `providers/encrypted/` beside `config/`, and say `provider = "encrypted"`. The rest is in README.md.
//!
//! Whoever has the storage has neither the content of the files nor a way to change it unnoticed; names, content types,
//! times and sizes are as plain as before. Bodies are encrypted and decrypted while they flow, a few segments at a time,
//! and a range reads only the segments that have it. `src/format.rs` says how the stored bytes look.

#![forbid(unsafe_code)]

mod address;
mod format;
mod keys;
mod options;
mod read;
mod seal;
mod unseal;

use longshore_provider::{
    Base, Body, ByteRange, Call, Error, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened, Overlay, Result,
    SignOptions, SignedUrl, Uploaded, serde_json::Value,
};

pub use self::options::{EncryptOptions, Encryption};
use self::{address::leads_to_the_host, format::Layout, keys::MasterKey};

/// The provider that is extended. The manifest inside the library tells it to the host, so it is fixed when this is built:
/// change it here, or with `ENCRYPTED_BASE=aws-s3 cargo build …`.
const BASE: &str = match option_env!("ENCRYPTED_BASE") {
    Some(base) => base,
    None => "local",
};

/// A provider that encrypts every file before its base stores it.
pub struct Encrypted {
    base: Base,
    key: MasterKey,
    allow_plaintext: bool,
    /// Whether the base's files are private: then nothing may be written that others can read, encrypted or not.
    private: bool,
}

impl Overlay for Encrypted {
    type Options = EncryptOptions;

    async fn init(options: EncryptOptions, base: Base, _: InitContext) -> Result<Self> {
        let key = options.encryption.master_key()?;
        let private = base.is_private().await?;
        if private && base.url(&File::named("any", "")).await.is_ok_and(|url| leads_to_the_host(&url)) {
            // The host would hand out, decrypted, what the base wants signatures for.
            return Err(Error::invalid_options(
                "a private provider whose URLs lead to the host cannot be encrypted by this overlay",
            ));
        }
        Ok(Self { base, key, allow_plaintext: options.encryption.allow_plaintext, private })
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn base_options(options: Value) -> Result<Value> {
        Ok(options::of_base(options))
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let (file, body) = self.encrypted(file, body)?;
        self.base.upload(&file, body, &self.call(call)).await.map(decrypted)
    }

    async fn replace(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let (new, body) = self.encrypted(new, body)?;
        self.base.replace(&new, &address::of_base(old), body, &self.call(call)).await.map(decrypted)
    }

    async fn delete(&self, file: &File, call: &Call) -> Result<()> {
        self.base.delete(&address::of_base(file), call).await
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        let file = address::of_base(file);
        match range {
            None => self.open_whole(&file, call).await,
            Some(range) => self.open_part(&file, range, call).await,
        }
    }

    async fn head(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        self.known_of(&address::of_base(file), call).await
    }

    async fn url(&self, file: &File) -> Result<String> {
        self.base.url(&address::of_base(file)).await.map(address::marked)
    }

    /// Never, as there are no URLs to sign: a signature of the base's would open encrypted bytes.
    async fn is_private(&self) -> Result<bool> {
        Ok(false)
    }

    async fn get_signed_url(&self, file: &File, _: &SignOptions) -> Result<SignedUrl> {
        let url = self.url(file).await?;
        if leads_to_the_host(&url) {
            return Ok(SignedUrl::unsigned(url));
        }
        Err(Error::unsupported("URLs for reading: what is stored is encrypted, so read it through the host"))
    }

    /// Sizes assume that all files are encrypted. To look into each file would cost a request for each.
    async fn list(&self, request: &ListRequest, call: &Call) -> Result<ListPage> {
        let mut page = self.base.list(request, call).await?;
        for object in &mut page.objects {
            object.size = Layout::of_stored(object.size).map_or(object.size, Layout::plain);
        }
        Ok(page)
    }

    /// None: the base's own would see, or show, encrypted bytes.
    async fn extension(&self, id: &str, _: Value, _: Option<Body>, _: &Call) -> Result<(Value, Option<Body>)> {
        Err(Error::unsupported(format_args!("the extension `{id}`")))
    }
}

impl Encrypted {
    /// The file and body for the base: another size, and the same name.
    fn encrypted<'a>(&self, file: &'a File, body: Body) -> Result<(std::borrow::Cow<'a, File>, Body)> {
        let (header, cipher) = self.key.new_file()?;
        let body = seal::sealed(&header, cipher, body)?;
        let mut file = address::of_base(file);
        if let Some(size) = file.size {
            file.to_mut().size = Layout::of_plain(size).map(Layout::stored);
        }
        Ok((file, body))
    }

    /// The call as the base would get it without this overlay, which says that nothing is private.
    fn call(&self, call: &Call) -> Call {
        call.clone().with_private(call.private || self.private)
    }
}

/// The base's result, with the size that the caller sees.
fn decrypted(mut uploaded: Uploaded) -> Uploaded {
    uploaded.size = uploaded.size.and_then(Layout::of_stored).map(Layout::plain);
    uploaded.url = address::marked(uploaded.url);
    uploaded
}

longshore_provider::export_provider!(Encrypted as "encrypted" extends BASE, extensions ["list"]);
