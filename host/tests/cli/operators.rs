//! Runs the commands of the README and of the pages for operators literally.

use std::{
    fs,
    os::unix::fs::symlink,
    process::{Command, Output},
};

use rustix::process::Signal;

use crate::{project::Project, s3, serve::Server};

const PNG: &[u8] = include_bytes!("files/red.png");

/// The lines of the first block of commands in a page that contains `part`.
#[track_caller]
pub(crate) fn commands(page: &str, part: &str) -> Vec<String> {
    let text = fs::read_to_string(longshore_test_artifacts::workspace().join(page)).unwrap();
    let mut blocks = vec![Vec::new()];
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(command) => blocks.last_mut().unwrap().push(command.to_owned()),
            None => blocks.push(Vec::new()),
        }
    }
    let has_part = |block: &Vec<String>| block.iter().any(|line| line.contains(part));
    blocks.into_iter().find(has_part).unwrap_or_else(|| panic!("{page} has no command with {part:?}"))
}

/// Runs commands in the project's folder, with the built `longshore` in the path.
fn shell(project: &Project, script: &str) -> Output {
    let binaries = project.path(".bin");
    if !binaries.exists() {
        fs::create_dir(&binaries).unwrap();
        symlink(env!("CARGO_BIN_EXE_longshore"), binaries.join("longshore")).unwrap();
    }
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", script]).current_dir(project.path("")).env_clear();
    command.env("PATH", format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap()));
    command.output().unwrap()
}

#[track_caller]
pub(crate) fn run(project: &Project, script: &str) -> String {
    let output = shell(project, script);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}\n{stdout}{stderr}");
    stdout.into_owned()
}

pub(crate) fn has(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success()
}

#[test]
fn the_commands_of_the_readme_work() {
    let project = Project::empty();
    // The program is built already. The server is started below, on a free port.
    let is_here = |line: &&String| !line.starts_with("cargo ") && !line.starts_with("longshore serve");
    let lines = commands("README.md", "longshore init");
    let setup: Vec<_> = lines.iter().filter(is_here).cloned().collect();
    let token = run(&project, &format!("{}\necho $TOKEN", setup.join("\n")));
    let token = token.lines().last().unwrap();
    assert!(token.starts_with("lst_"), "{token}");

    let folder = project.path("my-project");
    for name in ["photo.png", "other.png"] {
        fs::write(folder.join(name), PNG).unwrap();
    }
    let server = Server::start(&project, &["--project", "my-project"]);
    if has("curl") {
        for line in commands("README.md", "curl ") {
            let line = line.replace("127.0.0.1:1337", &server.api.to_string()).replace(".jpg", ".png");
            let answer =
                run(&project, &format!("cd my-project; TOKEN={token}; {line}").replace("curl ", "curl -sS -f "));
            assert!(answer.contains("\"mime\":\"image/png\""), "{line}: {answer}");
        }
    }
    fs::create_dir(folder.join("photos")).unwrap();
    fs::write(folder.join("photos/a.png"), PNG).unwrap();
    let text = fs::read_to_string(longshore_test_artifacts::workspace().join("README.md")).unwrap();
    for command in ["longshore files upload photos/ --path summer", "longshore object put photo.jpg"] {
        assert!(text.contains(command), "the README has {command:?}");
        run(&project, &format!("cd my-project; {command}").replace(".jpg", ".png"));
    }
    assert!(run(&project, "cd my-project; longshore files list").contains("a.png"));
    server.stop(&project, Signal::TERM).expect(0);
}

/// The steps of `contrib/README.md` that need neither systemd nor another user, below a folder in place of `/`.
#[test]
fn the_steps_for_systemd_make_a_valid_configuration() {
    for (provider, variables) in
        [("aws-s3", "AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=a AWS_ACCESS_SECRET=b AWS_BUCKET=media"), ("local", "")]
    {
        let project = Project::empty();
        let pages = ["longshore --project", "sed -i 's|^#file", "sed -i 's|^directory"];
        let pages = &pages[..if provider == "local" { 3 } else { 2 }];
        for line in pages.iter().flat_map(|part| steps(part)) {
            let line = line.replace("--provider aws-s3", &format!("--provider {provider}"));
            run(
                &project,
                &line.replace("/etc/", "etc/").replace("/var/", &format!("{}/", project.path("var").display())),
            );
        }
        let checked = run(&project, &format!("cd etc/longshore; {variables} longshore config check"));
        assert!(checked.starts_with("the configuration is right"), "{checked}");
        let shown = run(&project, &format!("cd etc/longshore; {variables} longshore config show --no-load"));
        let database = format!("database.file = \"{}\"", project.path("var/lib/longshore/longshore.db").display());
        assert!(shown.contains(&database), "{shown}");
    }
}

/// The commands of a block that make folders, write the configuration and change it.
fn steps(part: &str) -> Vec<String> {
    let lines = commands("contrib/README.md", part).into_iter().map(|line| line.trim_start().to_owned());
    let runs_here =
        |line: &String| ["longshore --project", "sed ", "install -d"].iter().any(|start| line.starts_with(start));
    lines.filter(runs_here).map(|line| line.replace("-o longshore -g longshore ", "")).collect()
}

#[test]
fn the_commands_of_the_encrypting_example_work() {
    let page = "examples/overlay-encrypt/README.md";
    let project = Project::empty();
    project.copy_library("longshore-example-overlay-encrypt", "providers/encrypted");
    let options =
        ["[upload.config]", "[upload.config.providerOptions]", "encryption]"].map(|part| commands(page, part));
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    project.write("config/plugins.toml", options.concat().join("\n"));
    project.write(".env", format!("ENCRYPTION_KEY={key}\n"));
    project.write("photo.png", PNG);
    let lines = ["mkdir -p uploads", "longshore object put"].map(|part| commands(page, part)).concat();
    let is_run = |line: &String| !["openssl", "validate", "xxd"].iter().any(|other| line.contains(other));
    let lines: Vec<_> = lines.into_iter().filter(is_run).collect();
    run(&project, &lines.join("\n"));
    assert!(fs::read(project.path("uploads/photo.png")).unwrap().starts_with(b"\x89LSENC"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_private_s3_example_work() {
    let page = "examples/private-aws-s3/README.md";
    let manifest = longshore_test_artifacts::workspace().join("examples/private-aws-s3/Cargo.toml");
    let library = longshore_test_artifacts::library("private-aws-s3");
    let built = tokio::task::block_in_place(|| longshore_test_artifacts::stand_alone(&manifest)).join(&library);
    assert!(commands(page, "cp ").iter().any(|line| line.contains(&library)), "{page} copies {library}");
    let server = s3::server().await;
    let project = s3::project(&server, "aws-s3");
    project.write(&format!("providers/aws-s3/{library}"), fs::read(built).unwrap());
    project.write("photo.png", PNG);
    let printed: Vec<String> = tokio::task::block_in_place(|| {
        commands(page, "longshore provider list").iter().map(|line| run(&project, line)).collect()
    });
    for (output, part) in
        printed.iter().zip(["providers/aws-s3", "base          aws-s3", "photo.png", "X-Amz-Expires=60"])
    {
        assert!(output.contains(part), "{part}: {output}");
    }
}
