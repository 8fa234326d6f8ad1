//! The extension `list`.

use std::collections::BTreeSet;

use longshore_provider::{Call, ListPage, ListRequest};

use crate::{
    bench::Bench,
    case::{Case, Need::List},
    content::content,
    outcome::{Check, Finding, fail, fail_with, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "list.declared",
        description: "the extension `list` is declared if and only if it is there",
        rule: "an extension that a provider answers is named in its export: `extensions [\"list\"]`",
        remedy: "name `list` in `export_provider!`, or take it out",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(declared(bench)),
    },
    Case {
        id: "list.all",
        description: "every stored file is listed once, with its size",
        rule: "`list` answers the files below the provider's root",
        remedy: "list what is stored, also in folders, and nothing else",
        needs: &[List],
        slow: false,
        check: |bench| Box::pin(all(bench)),
    },
    Case {
        id: "list.prefix",
        description: "a prefix need not end at a `/`",
        rule: "only keys that start with `prefix`, relative to the root; not necessarily at a `/`",
        remedy: "compare the beginning of the whole key",
        needs: &[List],
        slow: false,
        check: |bench| Box::pin(prefix(bench)),
    },
    Case {
        id: "list.pages",
        description: "pages follow each other without gaps or repetitions, and end",
        rule: "`after` is where the page before ended, as it said in `next`; `limit` is the most to answer",
        remedy: "begin behind `after`, and answer no `next` on the last page",
        needs: &[List],
        slow: false,
        check: |bench| Box::pin(pages(bench)),
    },
    Case {
        id: "list.keys",
        description: "a listed file has its full key and its key below the root",
        rule: "`key` is the full key, as the upload answered it; `relative_key` is the key below the root",
        remedy: "take the root off `relative_key`, and nothing off `key`",
        needs: &[List],
        slow: false,
        check: |bench| Box::pin(keys(bench)),
    },
];

async fn page(bench: &Bench, request: &ListRequest) -> Check<ListPage> {
    match bench.provider().await?.list(request, &Call::new()).await {
        Ok(page) => Ok(page),
        Err(error) => fail_with("listing fails", "a page", told(&error)),
    }
}

/// The relative keys below `prefix`, from all pages.
async fn listed(bench: &Bench, prefix: &str, limit: u32) -> Check<Vec<String>> {
    let mut request = ListRequest::prefix(prefix);
    request.limit = limit;
    let mut keys = Vec::new();
    for _ in 0..50 {
        let page = page(bench, &request).await?;
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

async fn declared(bench: &Bench) -> Check {
    let works = bench.has_list().await?;
    let Some(extensions) = bench.subject.extensions() else { return Ok(()) };
    match (extensions.iter().any(|extension| extension == "list"), works) {
        (true, false) => fail_with("`list` is declared, and not there", "a page of a listing", "unsupported"),
        (false, true) => {
            bench.warn(
                Finding::new("`list` is there, and not declared")
                    .expected("`extensions [\"list\"]` in `export_provider!`", "no such extension"),
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn all(bench: &Bench) -> Check {
    let names = ["one.txt", "folder/two.txt", "folder/deeper/three.txt", "four five.txt"];
    for (number, name) in names.iter().enumerate() {
        bench.put(name, content(bench.seed, 20 + number)).await?;
    }
    let page = page(bench, &ListRequest::prefix(bench.prefix())).await?;
    let found: BTreeSet<(String, u64)> =
        page.objects.iter().map(|object| (object.relative_key.clone(), object.size)).collect();
    let expected: BTreeSet<(String, u64)> = names
        .iter()
        .enumerate()
        .map(|(number, name)| (format!("{}{name}", bench.prefix()), 20 + number as u64))
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

async fn prefix(bench: &Bench) -> Check {
    for name in ["pre-a.txt", "pre-b/c.txt", "other.txt"] {
        bench.put(name, content(bench.seed, 25)).await?;
    }
    for (end, expected) in
        [("pre-", vec!["pre-a.txt", "pre-b/c.txt"]), ("pre-b", vec!["pre-b/c.txt"]), ("none", vec![])]
    {
        let mut found = listed(bench, &format!("{}{end}", bench.prefix()), 0).await?;
        found.sort();
        let expected: Vec<String> = expected.iter().map(|name| format!("{}{name}", bench.prefix())).collect();
        if found != expected {
            let reason = format!("the keys that begin with `{end}` are not those that are listed");
            return fail_with(reason, quoted(&expected), quoted(&found));
        }
    }
    Ok(())
}

async fn pages(bench: &Bench) -> Check {
    let mut expected = Vec::new();
    for number in 0..7 {
        let name = format!("page-{number}.txt");
        bench.put(&name, content(bench.seed, 25)).await?;
        expected.push(format!("{}{name}", bench.prefix()));
    }
    for limit in [1, 3, 7] {
        let mut found = listed(bench, bench.prefix(), limit).await?;
        found.sort();
        if found != expected {
            let reason = format!("pages of {limit} do not give every file once");
            return fail_with(reason, quoted(&expected), quoted(&found));
        }
    }
    Ok(())
}

async fn keys(bench: &Bench) -> Check {
    let stored = bench.put("folder/keys.txt", content(bench.seed, 25)).await?;
    let relative = format!("{}folder/keys.txt", bench.prefix());
    let page = page(bench, &ListRequest::prefix(bench.prefix())).await?;
    let Some(object) = page.objects.first() else { return fail("a stored file is not listed") };
    if object.key != stored.uploaded.key {
        let expected = format!("`{}`", stored.uploaded.key);
        return fail_with(
            "a listed file has another key than the upload answered",
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

fn told_keys(keys: &BTreeSet<(String, u64)>) -> String {
    quoted(&keys.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>())
}

fn quoted(keys: &[String]) -> String {
    if keys.is_empty() {
        return "nothing".to_owned();
    }
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
