//! The one macro that exports a provider.

/// Exports a provider from a cdylib, together with the plugin manifest by which hosts identify it.
///
/// ```text
/// longshore_provider::export_provider!(Memory as "memory");
/// longshore_provider::export_provider!(Shelf as "shelf", extensions ["list"]);
/// longshore_provider::export_provider!(PrivateS3 as "aws-s3" extends "aws-s3");
/// ```
///
/// The name is the value of `upload.config.provider`. It consists of `a-z 0-9 . _ -`. With `extends`, the type
/// implements [`Overlay`](crate::Overlay), otherwise [`Provider`](crate::Provider). One library exports one provider.
/// The crate needs `crate-type = ["cdylib"]` (and `"rlib"`, if it has integration tests in `tests/`).
#[macro_export]
macro_rules! export_provider {
    ($overlay:ty as $name:literal extends $base:expr $(, extensions [$($extension:literal),* $(,)?])? $(,)?) => {
        $crate::__export!($crate::__private::Overlaid<$overlay>, $name, $base, [$($($extension),*)?]);
    };
    ($provider:ty as $name:literal $(, extensions [$($extension:literal),* $(,)?])? $(,)?) => {
        $crate::__export!($provider, $name, "", [$($($extension),*)?]);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($provider:ty, $name:literal, $base:expr, [$($extension:literal),*]) => {
        #[cfg(panic = "abort")]
        compile_error!(
            "a provider must be compiled with panic = \"unwind\": with \"abort\", its first panic would end the host"
        );

        // The compiler's error about a second export in one module contains this name.
        #[expect(dead_code, reason = "it is there to clash")]
        const ONE_LIBRARY_EXPORTS_ONE_PROVIDER: () = ();

        const _: () = {
            const LONGSHORE_PROVIDER_MANIFEST: $crate::__private::manifest::ManifestSource = $crate::__private::manifest::ManifestSource {
                name: $name,
                version: env!("CARGO_PKG_VERSION"),
                package: env!("CARGO_PKG_NAME"),
                extends: $base,
                symbol: concat!("longshore_provider_", env!("CARGO_CRATE_NAME")),
                target: $crate::__private::TARGET,
                rustc: $crate::__private::RUSTC,
                extensions: stringify!([$($extension),*]),
            };

            // `used` keeps the manifest through LTO and strip. Hosts read its section without loading the library.
            #[used]
            #[unsafe(link_section = ".longshore")]
            static LONGSHORE_PROVIDER_SECTION: [u8; LONGSHORE_PROVIDER_MANIFEST.length()] = LONGSHORE_PROVIDER_MANIFEST.write();

            #[unsafe(export_name = concat!("longshore_provider_", env!("CARGO_CRATE_NAME")))]
            static LONGSHORE_PROVIDER_HEADER: $crate::__private::v1::Header =
                $crate::__private::v1::header::<$crate::__private::Exported<$provider>>();
        };
    };
}
