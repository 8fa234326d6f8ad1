//! A throw-away PostgreSQL server, for tests.
//!
//! Its cluster lies in a temporary folder, which goes when the process ends, however it ends. It listens on a socket in that
//! folder alone.

#![forbid(unsafe_code)]

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, OnceLock},
};

/// What to do on a machine without it.
const MISSING: &str = "PostgreSQL is not installed: run `apt-get install postgresql`";

/// Makes a cluster in a folder of its own, then obeys: `start`, `stop` (as by a crash), and the end of its input, at
/// which it removes everything. So nothing is left behind, however this process ends.
const KEEPER: &str = r#"
set -e
bin=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/longshore-postgres.XXXXXX")
server=
end() {
    [ -z "$server" ] || { kill -QUIT "$server"; wait "$server" || true; }
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
"$bin/initdb" -D "$folder/data" -U longshore -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 \
    || { cat "$folder/log" >&2; exit 1; }
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
fsync = off
max_connections = 200
shared_buffers = 32MB
END
while read -r command; do
    case $command in
        start)
            "$bin/postgres" -D "$folder/data" >>"$folder/log" 2>&1 </dev/null &
            server=$!
            until "$bin/pg_isready" -q -h "$folder" -d postgres; do
                kill -0 "$server" || { cat "$folder/log" >&2; exit 1; }
                sleep 0.05
            done
            ;;
        stop)
            kill -QUIT "$server"
            wait "$server" || true
            server=
            ;;
    esac
    echo "$folder"
done
"#;

/// A server, running unless it was stopped.
#[derive(Debug)]
pub struct Server {
    /// The folder of its socket.
    folder: String,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    _keeper: Child,
}

impl Server {
    /// The server that tests share; `None` when there is to be none.
    ///
    /// # Panics
    ///
    /// As for [`start`](Self::start).
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of one's own; `None` when there is to be none: a machine without PostgreSQL runs the other half of the
    /// tests, unless `LONGSHORE_TEST_POSTGRES` is `required`, as it is for `.ci/run`.
    pub fn start() -> Option<Self> {
        let required = env::var("LONGSHORE_TEST_POSTGRES").is_ok_and(|wish| wish == "required");
        let Some(bin) = newest_binaries() else {
            assert!(!required, "{MISSING}");
            notice();
            return None;
        };
        // initdb refuses root.
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", KEEPER, "keeper"]).arg(&bin).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = command.spawn().expect(MISSING);
        let pipes =
            (keeper.stdin.take().expect("it is piped"), BufReader::new(keeper.stdout.take().expect("it is piped")));
        let mut server = Self { folder: String::new(), pipes: Mutex::new(pipes), _keeper: keeper };
        server.folder = server.tell("start");
        Some(server)
    }

    /// Ends it as a crash does.
    pub fn crash(&self) {
        self.tell("stop");
    }

    /// Starts it again.
    pub fn resume(&self) {
        self.tell("start");
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://longshore@localhost/{database}?host={}", self.folder)
    }

    fn tell(&self, command: &str) -> String {
        let mut pipes = self.pipes.lock().expect("no holder of the lock panics");
        writeln!(pipes.0, "{command}").expect("the keeper reads");
        let mut line = String::new();
        pipes.1.read_line(&mut line).expect("the keeper answers");
        assert!(!line.is_empty(), "PostgreSQL does not start; see above");
        line.trim_end().to_owned()
    }
}

#[expect(clippy::print_stdout, reason = "a skipped test prints a line")]
fn notice() {
    println!("not run: {MISSING}");
}

/// Debian keeps the binaries of each version in a folder, out of the path.
fn newest_binaries() -> Option<PathBuf> {
    let versions =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let version = |bin: &PathBuf| {
        let name = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok());
        name.unwrap_or_default()
    };
    let debian = versions.filter(|bin| bin.join("initdb").is_file()).max_by_key(version);
    debian.or_else(|| env::split_paths(&env::var_os("PATH")?).find(|folder| folder.join("initdb").is_file()))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
