//! The extension `list`.

use std::collections::BTreeSet;

use longshore_provider::{Call, ListPage, ListRequest, ListedObject};

use super::head::is_about_now;

use crate::{
    case::{
        Case,
        Need::{Head, List},
    },
    content::content,
    context::CaseContext,
    outcome::{Check, Finding, describe, fail, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "list.declared",
        description: "the extension `list` is declared if and only if it is there",
        rule: "an extension that a provider implements is named in its export: `extensions [\"list\"]`",
        remedy: "name `list` in `export_provider!`, or take it out",
        needs: &[],
        slow: false,
        check: |context| Box::pin(declared(context)),
    },
    Case {
        id: "list.all",
        description: "every stored file is listed once, with its size",
        rule: "`list` returns the files below the provider's root",
        remedy: "list what is stored, also in folders, and nothing else",
        needs: &[List],
        slow: false,
        check: |context| Box::pin(all(context)),
    },
    Case {
        id: "list.prefix",
        description: "a prefix need not end at a `/`",
        rule: "only keys that start with `prefix`, relative to the root; not necessarily at a `/`",
        remedy: "compare the beginning of the whole key",
        needs: &[List],
        slow: false,
        check: |context| Box::pin(prefix(context)),
    },
    Case {
        id: "list.pages",
        description: "pages follow each other without gaps or repetitions, and end",
        rule: "`after` is where the previous page ended, as its `next` said; `limit` is the largest number of files",
        remedy: "begin behind `after`, and return no `next` with the last page",
        needs: &[List],
        slow: false,
        check: |context| Box::pin(pages(context)),
    },
    Case {
        id: "list.keys",
        description: "a listed file has its full key and its key below the root",
        rule: "`key` is the full key, as the upload returned it; `relative_key` is the key below the root",
        remedy: "take the root off `relative_key`, and nothing off `key`",
        needs: &[List],
        slow: false,
        check: |context| Box::pin(keys(context)),
    },
    Case {
        id: "list.pattern",
        description: "a prefix with `*`, `?`, `[`, `_` or `%` is taken verbatim",
        rule: "only keys that start with `prefix`, relative to the root",
        remedy: "escape the prefix where your service or its database reads a pattern",
        needs: &[List],
        slow: false,
        check: |context| Box::pin(pattern(context)),
    },
    Case {
        id: "list.etag",
        description: "a listing has the ETag that `head` returns, each time",
        rule: "`etag` is the service's tag of this version, without quotes, wherever it is returned",
        remedy: "return the same tag from `list` and `head`, or none from `list`",
        needs: &[List, Head],
        slow: false,
        check: |context| Box::pin(etag(context)),
    },
    Case {
        id: "list.modified",
        description: "the time of the last change in a listing is about now",
        rule: "`ListedObject` says when this version was written",
        remedy: "mind seconds and milliseconds, and time zones",
        needs: &[List],
        slow: false,
        check: |context| Box::pin(modified(context)),
    },
];

async fn page(context: &CaseContext, request: &ListRequest) -> Check<ListPage> {
    match context.provider().await?.list(request, &Call::new()).await {
        Ok(page) => Ok(page),
        Err(error) => fail_with("listing fails", "a page", describe(&error)),
    }
}

/// The relative keys below `prefix`, from all pages.
async fn listed(context: &CaseContext, prefix: &str, limit: u32) -> Check<Vec<String>> {
    let mut request = ListRequest::prefix(prefix);
    request.limit = limit;
    let mut keys = Vec::new();
    for _ in 0..50 {
        let page = page(context, &request).await?;
        if limit > 0 && page.objects.len() > limit as usize {
            return fail_with("a page has more files than were asked for", limit, page.objects.len());
        }
        keys.extend(page.objects.into_iter().map(|object| object.relative_key));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(keys),
        }
    }
    fail_with("a listing of few files does not end", "a page without `next`", "50 pages with one")
}

async fn declared(context: &CaseContext) -> Check {
    let works = context.has_list().await?;
    let Some(extensions) = context.target.extensions() else { return Ok(()) };
    match (extensions.iter().any(|extension| extension == "list"), works) {
        (true, false) => fail_with("`list` is declared, and not there", "a page of a listing", "unsupported"),
        (false, true) => {
            context.warn(
                Finding::new("`list` is there, and not declared")
                    .expected("`extensions [\"list\"]` in `export_provider!`", "no such extension"),
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn all(context: &CaseContext) -> Check {
    let names = ["one.txt", "folder/two.txt", "folder/deeper/three.txt", "four five.txt"];
    for (number, name) in names.iter().enumerate() {
        context.put(name, content(context.seed, 20 + number)).await?;
    }
    let page = page(context, &ListRequest::prefix(context.prefix())).await?;
    let found: BTreeSet<(String, u64)> =
        page.objects.iter().map(|object| (object.relative_key.clone(), object.size)).collect();
    let expected: BTreeSet<(String, u64)> = names
        .iter()
        .enumerate()
        .map(|(number, name)| (format!("{}{name}", context.prefix()), 20 + number as u64))
        .collect();
    if let Some((key, size)) = expected.difference(&found).next() {
        return fail_with("a stored file is not listed", format!("`{key}` of {size} bytes"), told_keys(&found));
    }
    if let Some((key, size)) = found.difference(&expected).next() {
        return fail_with(
            "what was not stored is listed",
            "the files that were stored",
            format!("`{key}` of {size} bytes"),
        );
    }
    if page.objects.len() != expected.len() {
        return fail("a file is listed twice");
    }
    Ok(())
}

async fn prefix(context: &CaseContext) -> Check {
    for name in ["pre-a.txt", "pre-b/c.txt", "other.txt"] {
        context.put(name, content(context.seed, 25)).await?;
    }
    for (end, expected) in
        [("pre-", vec!["pre-a.txt", "pre-b/c.txt"]), ("pre-b", vec!["pre-b/c.txt"]), ("none", vec![])]
    {
        let mut found = listed(context, &format!("{}{end}", context.prefix()), 0).await?;
        found.sort();
        let expected: Vec<String> = expected.iter().map(|name| format!("{}{name}", context.prefix())).collect();
        if found != expected {
            let reason = format!("the keys that begin with `{end}` are not those that are listed");
            return fail_with(reason, quoted(&expected), quoted(&found));
        }
    }
    Ok(())
}

async fn pages(context: &CaseContext) -> Check {
    let mut expected = Vec::new();
    for number in 0..7 {
        let name = format!("page-{number}.txt");
        context.put(&name, content(context.seed, 25)).await?;
        expected.push(format!("{}{name}", context.prefix()));
    }
    for limit in [1, 3, 7] {
        let mut found = listed(context, context.prefix(), limit).await?;
        found.sort();
        if found != expected {
            let reason = format!("pages of {limit} do not give every file once");
            return fail_with(reason, quoted(&expected), quoted(&found));
        }
    }
    Ok(())
}

async fn keys(context: &CaseContext) -> Check {
    let stored = context.put("folder/keys.txt", content(context.seed, 25)).await?;
    let relative = format!("{}folder/keys.txt", context.prefix());
    let page = page(context, &ListRequest::prefix(context.prefix())).await?;
    let Some(object) = page.objects.first() else { return fail("a stored file is not listed") };
    if object.key != stored.uploaded.key {
        let expected = format!("`{}`", stored.uploaded.key);
        return fail_with(
            "a listed file has another key than the upload returned",
            expected,
            format!("`{}`", object.key),
        );
    }
    if object.relative_key != relative {
        let found = format!("`{}`", object.relative_key);
        return fail_with("a listed file has another relative key", format!("`{relative}`"), found);
    }
    Ok(())
}

async fn pattern(context: &CaseContext) -> Check {
    for name in ["glob-a.txt", "glob-b.txt"] {
        context.put(name, content(context.seed, 25)).await?;
    }
    for pattern in ["glob-*", "glob-?.txt", "glob-[ab]", "glob_a", "glob%", "*"] {
        let found = listed(context, &format!("{}{pattern}", context.prefix()), 0).await?;
        if !found.is_empty() {
            let reason = format!("the prefix `{pattern}` is read as a pattern");
            return fail_with(reason, "no key, as none begins with it", quoted(&found));
        }
    }
    Ok(())
}

async fn object(context: &CaseContext) -> Check<ListedObject> {
    let page = page(context, &ListRequest::prefix(context.prefix())).await?;
    page.objects.into_iter().next().map_or_else(|| fail("a stored file is not listed"), Ok)
}

async fn etag(context: &CaseContext) -> Check {
    let stored = context.put("etag.txt", content(context.seed, 500)).await?;
    for _ in 0..2 {
        let listed = object(context).await?.etag;
        let head = match context.provider().await?.head(&stored.file, &Call::new()).await {
            Ok(meta) => meta.etag,
            Err(error) => return fail_with("a stored file has no `head`", "its metadata", describe(&error)),
        };
        if let (Some(listed), Some(head)) = (listed, head)
            && listed != head
        {
            return fail_with("a listing has another ETag than `head`", head, listed);
        }
    }
    Ok(())
}

async fn modified(context: &CaseContext) -> Check {
    context.put("modified.txt", content(context.seed, 100)).await?;
    // Not every service reports this time.
    let Some(modified) = object(context).await?.last_modified else { return Ok(()) };
    is_about_now("the time of the last change in a listing", modified)
}

fn told_keys(keys: &BTreeSet<(String, u64)>) -> String {
    quoted(&keys.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>())
}

fn quoted(keys: &[String]) -> String {
    if keys.is_empty() {
        return "nothing".to_owned();
    }
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
