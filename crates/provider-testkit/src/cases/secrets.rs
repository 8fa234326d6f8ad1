//! No error contains a secret.

use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, ListRequest, SignOptions,
    serde_json::{Value, json},
};

use super::options::marker;
use crate::{
    body,
    case::{Case, Need::Schema},
    content::content,
    context::{CaseContext, RecordedHandle},
    fields::{fields, with},
    outcome::{Check, describe, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[Case {
    id: "error.secrets",
    description: "no method puts a secret of the options into its error",
    rule: "an error names an option, never its value: clients and logs see errors",
    remedy: "do not format options, requests or signed URLs into an error; look at the causes too",
    needs: &[Schema],
    slow: false,
    check: |context| Box::pin(secrets(context)),
}];

async fn secrets(context: &CaseContext) -> Check {
    let schema = match context.target.schema() {
        Ok(schema) => schema,
        Err(error) => return fail_with("the schema of the options cannot be had", "a JSON Schema", describe(&error)),
    };
    let marker = marker(context);
    let mut tried = false;
    for field in fields(&schema).into_iter().filter(|field| field.is_secret() && field.takes("string")) {
        let Some(options) = with(context.target.options(), &field.path, json!(marker)) else { continue };
        // `options.secrets-kept` checks the errors of `init`.
        let Ok(handle) = context.open(&options).await else { continue };
        tried = true;
        for (method, error) in errors(context, &handle).await? {
            if format!("{error:?} {}", describe(&error)).contains(&marker) {
                let found = format!("{error:?}").replace(&marker, "<the secret>");
                return fail_with(format!("an error of `{method}` contains `{}`", field.name()), "no secret", found);
            }
        }
    }
    if tried { Ok(()) } else { skip("no option is a secret") }
}

/// The errors of all methods for missing files, refused keys, and bodies that break off.
async fn errors(context: &CaseContext, handle: &RecordedHandle) -> Check<Vec<(&'static str, Error)>> {
    let (call, upload) = (Call::new(), context.call().await?);
    let bytes = content(context.seed, 5000);
    let behind = ByteRange { start: 1 << 40, length: Some(1) };
    let mut errors = Vec::new();
    let mut add = |method, error: Option<Error>| errors.extend(error.map(|error| (method, error)));
    for file in [context.at("secrets.txt"), context.at("never.txt"), File::at(".."), File::default()] {
        let broken = Error::new(ErrorKind::BrokenBody, format!("broken, {}", body::WANTED));
        if !file.relative_key.as_deref().is_some_and(|key| key.ends_with("never.txt")) {
            let replaced = handle.replace(&file, &file, Body::from(bytes.clone()), &upload).await;
            add("upload", handle.upload(&file, Body::from(bytes.clone()), &upload).await.err());
            add("upload", handle.upload(&file, body::failing(&bytes, 1000, 2, broken), &upload).await.err());
            add("replace", replaced.err());
        }
        add("head", handle.head(&file, &call).await.err());
        add("open", handle.open(&file, None, &call).await.err());
        add("open", handle.open(&file, Some(behind), &call).await.err());
        add("url", handle.url(&file).await.err());
        add("get_signed_url", handle.get_signed_url(&file, &SignOptions::default()).await.err());
        add("delete", handle.delete(&file, &call).await.err());
    }
    let mut large = context.at("large.bin");
    large.size = Some(u64::MAX);
    add("check_file_size", handle.check_file_size(&large, 1).await.err());
    add("list", handle.list(&ListRequest::prefix(context.prefix()), &call).await.err());
    add("is_private", handle.is_private().await.err());
    add("health", handle.health(&call).await.err());
    add("extension", handle.extension("longshore.validate/unknown", Value::Null, None, &call).await.err());
    Ok(errors)
}
