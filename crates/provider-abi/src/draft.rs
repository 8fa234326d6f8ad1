//! A draft of the next generation. It proves that two generations work side by side.
//!
//! No macro exports it, and hosts look for it only in tests. A real generation 2 would be a module
//! `v2`, frozen like [`v1`], that reuses the types of `v1` which have not changed.

use abi_stable::{
    StableAbi,
    library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModule, RootModuleResult},
    package_version_strings,
    prefix_type::PrefixTypeTrait,
    sabi_types::VersionStrings,
    std_types::RString,
};

use crate::{OpenError, v1};

/// The generation's number: never that of a released one.
pub const GENERATION: u32 = 1_000_000;

/// All of generation 1, and one function more.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ModuleRef)))]
pub struct Module {
    /// The module of generation 1.
    pub v1: v1::ModuleRef,
    /// A sentence about the library.
    #[sabi(last_prefix_field)]
    pub motto: extern "C" fn() -> RString,
}

impl RootModule for ModuleRef {
    abi_stable::declare_root_module_statics! {ModuleRef}
    const BASE_NAME: &'static str = "longshore_provider_draft";
    const NAME: &'static str = "longshore-provider";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// The interface of a shared library that offers this generation beside generation 1.
pub trait Entry: v1::Entry {
    /// A sentence about the library.
    fn motto() -> RString;
}

/// The header of a library that exports `E`.
#[expect(unsafe_code, reason = "abi_stable's own macro, written out")]
pub const fn header<E: Entry>() -> v1::Header {
    // SAFETY: `construct` returns a `PrefixRef<Module>`, erased by abi_stable itself, and `ModuleRef` is the root
    // module of exactly that type. The header is put into a static and lives as long as the process.
    unsafe { LibHeader::from_constructor::<ModuleRef>(construct::<E>, CheckTypeLayout::Yes) }
}

extern "C" fn construct<E: Entry>() -> RootModuleResult {
    __call_root_module_loader(|| Module { v1: v1::module::<E>(), motto: motto::<E> }.leak_into_prefix())
}

extern "C" fn motto<E: Entry>() -> RString {
    E::motto()
}

/// Opens the module behind an exported header, as [`v1::open`] does.
///
/// # Errors
///
/// The header is none, or its types are not those of this generation.
///
/// # Safety
///
/// As for [`v1::open`].
#[expect(unsafe_code, reason = "turns an address into a header")]
pub unsafe fn open(header: *const ()) -> Result<ModuleRef, OpenError> {
    // SAFETY: by this function's contract, which is that of `open_as`.
    unsafe { crate::header::open_as::<ModuleRef>(header) }
}
