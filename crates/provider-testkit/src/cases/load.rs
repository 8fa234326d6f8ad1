//! The shared library itself.

use std::time::Duration;

use longshore_provider::{Call, ErrorKind, host::PANIC, serde_json::Value};

use crate::{
    case::{
        Case,
        Need::{Library, Process},
    },
    content::content,
    context::CaseContext,
    outcome::{Check, Finding, describe, fail_with, skip},
    process, test_target,
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "load.now",
        description: "the system's loader takes the library, with every symbol resolved at once",
        rule: "libraries are opened with `RTLD_NOW`: what is missing is found at the start, not at a call",
        remedy: "link everything that you call; ship the libraries that it names, or link them statically",
        needs: &[Library],
        slow: false,
        check: |context| Box::pin(async { now(context) }),
    },
    Case {
        id: "load.note",
        description: "the manifest says who the provider is, in the form that others can compare",
        rule: "the manifest is written by `export_provider!` and by nothing else",
        remedy: "give the package a version of the form 1.2.3, and build it again",
        needs: &[Library],
        slow: false,
        check: |context| Box::pin(async { manifest(context) }),
    },
    Case {
        id: "load.static-tls",
        description: "the library takes no thread-local memory from the loader's small reserve",
        rule: "a library with `DF_STATIC_TLS` may not be loaded once a few others are",
        remedy: "build mimalloc with `local_dynamic_tls`, jemalloc with `disable_initial_exec_tls`, C with \
                 `-ftls-model=global-dynamic`",
        needs: &[Library],
        slow: false,
        check: |context| Box::pin(async { static_tls(context) }),
    },
    Case {
        id: "load.symbols",
        description: "the library exports its header and nothing else",
        rule: "what a library exports can meet what another one, or the host, has under the same name",
        remedy: "take out `#[unsafe(no_mangle)]`, also in dependencies; link C++ with `-fno-gnu-unique`",
        needs: &[Library],
        slow: false,
        check: |context| Box::pin(async { symbols(context) }),
    },
    Case {
        id: "load.time",
        description: "the library is looked at and loaded in a moment",
        rule: "the host reads the manifests of all libraries that it finds, and loads those that are configured, at its start",
        remedy: "do nothing in constructors of the library and nothing in its schema; build with `--release`",
        needs: &[Library],
        slow: false,
        check: |context| Box::pin(async { time(context) }),
    },
    Case {
        id: "load.unwinds",
        description: "a panic in the library is an error of the one call",
        rule: "a provider is compiled with `panic = \"unwind\"`, and leaves the panic hook alone",
        remedy: "take `panic = \"abort\"` out of the profile, and `std::panic::set_hook` out of the code",
        needs: &[],
        slow: false,
        check: |context| Box::pin(unwinds(context)),
    },
    Case {
        id: "load.quiet",
        description: "the provider prints nothing to standard output",
        rule: "standard output is the host's: with `--json` programs read it",
        remedy: "log with `tracing` or `log` instead of `println!` and `dbg!`",
        needs: &[Process],
        slow: false,
        check: |context| Box::pin(quiet(context)),
    },
];

fn library(context: &CaseContext) -> Check<&test_target::Library> {
    match context.target.library() {
        Some(library) => Ok(library),
        None => skip("it is about a built library"),
    }
}

fn now(context: &CaseContext) -> Check {
    match &library(context)?.refused {
        None => Ok(()),
        Some(refused) => fail_with("the library cannot be loaded", "every symbol resolved", refused),
    }
}

fn manifest(context: &CaseContext) -> Check {
    let library = library(context)?;
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let core = library.version.split(['-', '+']).next().unwrap_or_default();
    if core.split('.').count() != 3 || !core.split('.').all(number) {
        return fail_with("the version is none", "three numbers, as in `1.2.3`", format!("`{}`", library.version));
    }
    let mut extensions = library.extensions.clone();
    extensions.sort();
    if let Some([twice, ..]) = extensions.windows(2).find(|pair| pair[0] == pair[1]) {
        return fail_with("an extension is declared twice", "each once", format!("`{twice}`"));
    }
    Ok(())
}

fn static_tls(context: &CaseContext) -> Check {
    if library(context)?.static_tls {
        context.warn(
            Finding::new("the library takes thread-local memory from the loader's small reserve")
                .expected("no `DF_STATIC_TLS`", "`DF_STATIC_TLS`"),
        );
    }
    Ok(())
}

fn symbols(context: &CaseContext) -> Check {
    let library = library(context)?;
    let foreign = |(name, _): &&(String, bool)| !name.starts_with("longshore_provider_") && *name != library.header;
    if let Some((name, _)) = library.exports.iter().filter(foreign).find(|(_, unique)| *unique) {
        return fail_with("a symbol is shared by the whole process", "no unique symbols", format!("`{name}`"));
    }
    let names: Vec<String> = library.exports.iter().filter(foreign).map(|(name, _)| format!("`{name}`")).collect();
    if !names.is_empty() {
        let more = if names.len() > 8 { format!(" and {} more", names.len() - 8) } else { String::new() };
        let shown = names.into_iter().take(8).collect::<Vec<_>>().join(", ");
        context.warn(
            Finding::new("the library exports more than its header")
                .expected(format!("`{}` alone", library.header), format!("{shown}{more}")),
        );
    }
    Ok(())
}

fn time(context: &CaseContext) -> Check {
    /// Many times the duration for the largest library on a busy machine.
    const LOAD: Duration = Duration::from_millis(1200);
    const SCAN: Duration = Duration::from_millis(200);
    let library = library(context)?;
    for (what, took, most) in [
        ("reading its manifest", library.scanned_in, SCAN),
        ("loading it and making its schema", library.loaded_in, LOAD),
    ] {
        if took > most {
            let reason = format!("{what} takes long");
            context.warn(Finding::new(reason).expected(format!("at most {most:.1?}"), format!("{took:.1?}")));
        }
    }
    Ok(())
}

async fn unwinds(context: &CaseContext) -> Check {
    if let Some(library) = context.target.library() {
        let gnu = library.target.ends_with("-gnu");
        let raises = |name: &String| name.split('@').next() == Some("_Unwind_RaiseException");
        if gnu && !library.imports.iter().any(raises) {
            return fail_with(
                "the library cannot unwind: its first panic would end the host",
                "`panic = \"unwind\"`",
                "no use of `_Unwind_RaiseException`, as with `panic = \"abort\"`",
            );
        }
    }
    let handle = context.provider().await?;
    for _ in 0..3 {
        match handle.extension(PANIC, Value::Null, None, &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::Panic => {}
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                return skip("it was built with a `longshore-provider` that cannot be asked to panic");
            }
            Err(error) => return fail_with("a panic is another kind of error", "panic", describe(&error)),
            Ok(_) => return fail_with("a panic is no error", "panic", "an answer"),
        }
    }
    Ok(())
}

async fn quiet(context: &CaseContext) -> Check {
    let Some(before) = process::printed() else { return skip("standard output cannot be looked at here") };
    let stored = context.put("quiet.txt", content(context.seed, 700)).await?;
    let handle = context.provider().await?;
    let _ = context.try_read(&stored).await;
    let _ = handle.head(&context.at("never.txt"), &Call::new()).await;
    let _ = handle.health(&Call::new()).await;
    let _ = handle.delete(&stored.file, &Call::new()).await;
    let after = process::printed().unwrap_or(before);
    if after > before {
        return fail_with("the provider prints to standard output", "nothing", format!("{} bytes", after - before));
    }
    Ok(())
}
