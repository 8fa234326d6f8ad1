//! The generations of the interface that this host knows, and the choice of one that the library offers.

use longshore_provider::host::Module;
use longshore_provider_abi::{OpenError, v1};

use super::error::GenerationError;
use crate::library::{Generation, LoadedLibrary, PluginManifest};

/// One generation that this host knows.
struct Known {
    number: u32,
    /// See [`v1::open`] for what the address must be.
    open: unsafe fn(*const ()) -> Result<Module, OpenError>,
}

/// Newest first.
const KNOWN: [Known; 1] = [Known { number: v1::GENERATION, open: open_v1 }];

/// The numbers of the generations that this host knows, newest first.
pub(crate) fn known() -> impl Iterator<Item = u32> {
    KNOWN.iter().map(|known| known.number)
}

/// The newest generation that both the host and the library know.
pub(super) fn choose(manifest: &PluginManifest) -> Result<(u32, &Generation), GenerationError> {
    let offered = |known: &Known| manifest.generations.iter().find(|offer| offer.generation == known.number);
    KNOWN.iter().find_map(|known| Some((known.number, offered(known)?))).ok_or_else(|| GenerationError::Unknown {
        offered: manifest.generations.iter().map(|offer| offer.generation).collect(),
        known: known().collect(),
        interface: manifest.interface.clone(),
    })
}

/// Opens the module behind `symbol`, whose layout must be that of the generation.
#[expect(unsafe_code, reason = "an address becomes a module")]
pub(super) fn open(number: u32, image: &'static LoadedLibrary, symbol: &str) -> Result<Module, GenerationError> {
    let header = image.symbol(symbol).map_err(|source| GenerationError::Symbol { source: Box::new(source) })?;
    let known = KNOWN.iter().find(|known| known.number == number);
    let known = known.expect("the number was chosen from this table");
    // SAFETY: `header` is the address of the symbol that the library's manifest names for this generation, and a loaded
    // library is never unmapped. A library is trusted code, because its owner was checked. If a manifest names a wrong
    // symbol, the magic bytes and the layout check detect that as far as possible.
    let module = unsafe { (known.open)(header) };
    module.map_err(|source| GenerationError::Layout { generation: number, source })
}

/// # Safety
///
/// As of [`v1::open`].
#[expect(unsafe_code, reason = "an address becomes a module")]
unsafe fn open_v1(header: *const ()) -> Result<Module, OpenError> {
    // SAFETY: by this function's contract.
    unsafe { v1::open(header) }.map(Module::loaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(generations: &[u32]) -> PluginManifest {
        let offers: Vec<String> = generations
            .iter()
            .map(|generation| format!(r#"{{"generation":{generation},"symbol":"of_{generation}"}}"#))
            .collect();
        let text = format!(
            r#"{{"longshore":1,"name":"a","version":"1.0.0","package":"a","extends":"","interface":"9.0.0",
            "generations":[{}],"target":"","rustc":"","extensions":[]}}"#,
            offers.join(",")
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn of_several_generations_the_known_one_is_chosen() {
        for offered in [&[1][..], &[9, 1], &[1, 9]] {
            let manifest = manifest(offered);
            let (number, offer) = choose(&manifest).unwrap();
            assert_eq!((number, offer.symbol.as_str()), (1, "of_1"), "{offered:?}");
        }
        assert!(matches!(choose(&manifest(&[9])), Err(GenerationError::Unknown { offered, .. }) if offered == [9]));
    }
}
