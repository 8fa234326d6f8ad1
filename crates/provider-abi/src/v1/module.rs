//! The export of a shared library, and how the host opens it.

use abi_stable::{
    StableAbi,
    library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModule, RootModuleResult},
    package_version_strings,
    prefix_type::PrefixTypeTrait,
    sabi_types::VersionStrings,
    std_types::{RString, RVec},
};
use async_ffi::FfiFuture;

use super::{ProviderObject, Reply, WireInit};
use crate::OpenError;

/// The generation's number, as manifests name it.
pub const GENERATION: u32 = 1;

/// The functions of a library, before a provider has been made.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ModuleRef)))]
pub struct Module {
    /// The JSON Schema of the options.
    pub schema: extern "C" fn() -> Reply<RString>,
    /// The options of this overlay's base, made from the configured ones.
    pub base_options: extern "C" fn(options: RString) -> Reply<RString>,
    /// Makes the provider: one element, if there is no failure.
    #[sabi(last_prefix_field)]
    pub init: extern "C" fn(init: WireInit) -> FfiFuture<Reply<RVec<ProviderObject>>>,
}

impl RootModule for ModuleRef {
    abi_stable::declare_root_module_statics! {ModuleRef}
    const BASE_NAME: &'static str = "longshore_provider";
    const NAME: &'static str = "longshore-provider";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// The functions of a shared library that exports a provider. They never panic.
pub trait Entry: 'static {
    /// The JSON Schema of the options.
    fn schema() -> Reply<RString>;
    /// The options of this overlay's base.
    fn base_options(options: RString) -> Reply<RString>;
    /// Makes the provider: one element, if there is no failure.
    fn init(init: WireInit) -> FfiFuture<Reply<RVec<ProviderObject>>>;
}

/// The static that a shared library exports under the symbol in its manifest.
pub type Header = LibHeader;

/// The header of a library that exports `E`.
#[expect(unsafe_code, reason = "abi_stable's own macro, written out")]
pub const fn header<E: Entry>() -> Header {
    // SAFETY: `construct` returns a `PrefixRef<Module>`, erased by abi_stable itself, and `ModuleRef` is the root
    // module of exactly that type. The header is put into a static by the macro and lives as long as the process.
    unsafe { LibHeader::from_constructor::<ModuleRef>(construct::<E>, CheckTypeLayout::Yes) }
}

extern "C" fn construct<E: Entry>() -> RootModuleResult {
    __call_root_module_loader(module::<E>)
}

/// The module of a provider that is linked into this very binary.
pub fn module<E: Entry>() -> ModuleRef {
    Module { schema: schema::<E>, base_options: base_options::<E>, init: init::<E> }.leak_into_prefix()
}

extern "C" fn schema<E: Entry>() -> Reply<RString> {
    E::schema()
}

extern "C" fn base_options<E: Entry>(options: RString) -> Reply<RString> {
    E::base_options(options)
}

extern "C" fn init<E: Entry>(init: WireInit) -> FfiFuture<Reply<RVec<ProviderObject>>> {
    E::init(init)
}

/// Opens the module behind an exported header, after abi_stable has compared the layout of every type in it.
///
/// # Errors
///
/// The header is none, or its types are not those of this generation.
///
/// # Safety
///
/// `header` is the address of a symbol that a manifest of this generation names, in a library that stays loaded for
/// the rest of the process.
#[expect(unsafe_code, reason = "turns an address into a header")]
pub unsafe fn open(header: *const ()) -> Result<ModuleRef, OpenError> {
    // SAFETY: by this function's contract, which is that of `open_as`.
    unsafe { crate::header::open_as::<ModuleRef>(header) }
}
