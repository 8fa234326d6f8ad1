//! Commands that a reader can try while the server runs.

use std::{env, path::Path};

use crate::{project::VARIABLES, serving::Serving, setup::Setup};

/// Environment variables that would change the project's configuration.
const OTHERS: [&str; 8] = [
    "AWS_ACL",
    "AWS_SIGNED_URL_EXPIRES",
    "CDN_ROOT_PATH",
    "CDN_URL",
    "ENV_PATH",
    "LONGSHORE_ENV",
    "LONGSHORE_PROVIDER_PATH",
    "NODE_ENV",
];

/// The commands, for another terminal.
pub(crate) fn text(setup: &Setup, serving: Option<&Serving>) -> String {
    let project = quoted(setup.project.path());
    let programs = quoted(setup.longshore.program.parent().expect("a program lies in a folder"));
    let set: Vec<&str> = VARIABLES.into_iter().chain(OTHERS).filter(|name| env::var_os(name).is_some()).collect();
    let unset = if set.is_empty() { String::new() } else { format!("    unset {}\n", set.join(" ")) };
    let server = serving.map(links).unwrap_or_default();
    format!(
        r#"{server}
The server and the project stay until Ctrl-C. In another terminal:

    cd {project}
    export PATH={programs}:"$PATH"
{unset}    longshore object ls
    longshore object put harbour.png --prefix copies # or any file that you have
    curl --output copy.png "$(longshore object url harbour.png)"
    longshore provider list
    longshore config show
    rm -r providers                                  # aws-s3 is the official provider again, and public
    sed -i 's/^provider = .*/provider = "aws-s3-private"/' config/plugins.toml

Everything is removed on Ctrl-C."#
    )
}

/// Requests to the running server.
fn links(serving: &Serving) -> String {
    let Serving { base, admin, token, .. } = serving;
    format!(
        r#"
The media library is at {base}, its metrics are at {admin}/metrics. With its token:

    export TOKEN={token}
    curl -H "Authorization: Bearer $TOKEN" {base}/api/upload/files
    curl -H "Authorization: Bearer $TOKEN" -F files=@harbour.png -F 'fileInfo={{"caption":"mine"}}' {base}/api/upload
"#
    )
}

/// For a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
