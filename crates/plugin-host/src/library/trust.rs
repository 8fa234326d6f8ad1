//! The ownership rules for a library's file, and the errors when a file breaks them.
//!
//! A file, and each folder and symbolic link on the way to it, must belong to root, to the effective user, or to a user
//! in `LONGSHORE_TRUSTED_USERS`. No other user may have permission to write to them:
//!
//! - A file must not be world-writable. A folder may be world-writable only with the sticky bit (`/tmp`): other users
//!   cannot replace the existing entries of that folder, and the owner of each entry is checked too.
//! - A file may be group-writable only if all members of the group are trusted according to `/etc/passwd` and
//!   `/etc/group`. A umask of 002 makes every new file group-writable on systems where each user has a private group.
//!   If neither file lists the group, only the process's own group is accepted. If the file has an access control list
//!   (`setfacl`), the group's bits contain only the largest permission of the list, and the list itself is not read: a
//!   group-writable file is then refused.

use std::cell::LazyCell;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::accounts::Accounts;
use crate::hint::{Hint, HostCommand};

/// The users whose libraries may run, in addition to root and the effective user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// User ids.
    pub users: Vec<u32>,
}

/// The kind of the entry that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// The library itself.
    File,
    /// A folder on the way to it.
    Folder,
    /// A symbolic link on the way to it.
    Link,
}

/// Why a file may not be opened as a library.
#[derive(Debug, Error)]
pub enum RefusedError {
    /// Untrusted users could have written the file.
    #[error("`{}` is refused: {}{fault}", path.display(), which(*subject, at))]
    Untrusted {
        /// The path that the caller passed.
        path: PathBuf,
        /// The path that broke a rule: the file, or a folder or link on the way to it.
        at: PathBuf,
        /// The kind of `at`.
        subject: EntryKind,
        /// The rule.
        fault: Box<Fault>,
    },
    /// The path does not lead to a regular file.
    #[error("`{}` is {found}, and a library is a file", path.display())]
    NotAFile {
        /// The path that the caller passed.
        path: PathBuf,
        /// The actual kind of the file.
        found: &'static str,
    },
    /// The path leads through more than 40 symbolic links.
    #[error("`{}` has too many symbolic links on its way", path.display())]
    Links {
        /// The path that the caller passed.
        path: PathBuf,
    },
    /// The operating system refuses to open the file, or a folder or link on the way to it.
    #[error("`{}` cannot be opened", path.display())]
    Io {
        /// The path that could not be opened.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

/// The rule that was broken, with a command that fixes it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Untrusted users may write to the file.
    #[error("may be written by {by} (mode {mode:04o})")]
    Writable {
        /// The untrusted users: everybody, a group, or the users of an access control list.
        by: String,
        /// The permission bits.
        mode: u32,
        /// The `chmod` or `setfacl` to run.
        command: String,
    },
    /// An untrusted user owns the file.
    #[error("belongs to {owner}, who is neither root, nor {me} that runs this, nor a trusted user")]
    Owner {
        /// The owner's name and user id.
        owner: String,
        /// The owner's user id.
        uid: u32,
        /// The effective user.
        me: String,
        /// The `chown` to run.
        command: String,
    },
}

impl RefusedError {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Untrusted { fault, .. } => fault.hint(),
            Self::NotAFile { .. } => Some("name the library itself, or the provider by its name".into()),
            Self::Links { .. } => Some("name the file that they lead to".into()),
            Self::Io { source, .. } => Some(remedy(source)),
        }
    }
}

impl Fault {
    /// The command to run.
    pub fn hint(&self) -> Option<Hint> {
        Some(Hint::new(match self {
            Self::Writable { command, .. } => format!("run `{command}`"),
            Self::Owner { command, uid, .. } => {
                format!("run `{command}`, or trust that user: LONGSHORE_TRUSTED_USERS={uid}")
            }
        }))
    }
}

/// Owner, group and permission bits of an entry that is checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owned {
    pub(super) owner: u32,
    pub(super) group: u32,
    pub(super) mode: u32,
    /// Whether an access control list grants more permissions than the mode shows.
    pub(super) listed: bool,
}

/// The process's own identity, and the users that it trusts.
pub(super) struct OwnershipPolicy<'a> {
    pub(super) user: u32,
    pub(super) group: u32,
    pub(super) trust: &'a Trust,
    /// Read on first use: most checks do not need it.
    pub(super) accounts: LazyCell<Accounts, fn() -> Accounts>,
}

impl<'a> OwnershipPolicy<'a> {
    pub(super) fn of_process(trust: &'a Trust) -> Self {
        let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Self { user, group, trust, accounts: LazyCell::new(Accounts::of_system) }
    }

    /// Checks one file, folder or link against the rules. `path` appears in the command of the message.
    pub(super) fn check(&self, subject: EntryKind, owned: Owned, path: &Path) -> Result<(), Fault> {
        let path = quoted(path);
        if !self.trusts(owned.owner) {
            let (stranger, me) = (self.user_named(owned.owner), self.user_named(self.user));
            let name = self.accounts.user_name(self.user).unwrap_or_else(|| self.user.to_string());
            let flag = if subject == EntryKind::Link { "-h " } else { "" };
            let sudo = if self.user == 0 { "" } else { "sudo " };
            let command = format!("{sudo}chown {flag}{name} {path}");
            return Err(Fault::Owner { owner: stranger, uid: owned.owner, me, command });
        }
        // A link has no permissions of its own. In a folder with the sticky bit, only the owner of an entry can replace
        // it.
        if subject == EntryKind::Link || (subject == EntryKind::Folder && owned.mode & 0o1000 != 0) {
            return Ok(());
        }
        let everybody = owned.mode & 0o002 != 0;
        let group = owned.mode & 0o020 != 0 && (owned.listed || !self.trusts_group(owned.group));
        let (by, change) = match (everybody, group) {
            (false, false) => return Ok(()),
            (true, false) => ("everybody".to_owned(), "chmod o-w"),
            (true, true) => ("everybody".to_owned(), "chmod go-w"),
            (false, true) if owned.listed => ("those whom its access control list names".to_owned(), "setfacl -b"),
            (false, true) => (self.group_named(owned.group), "chmod g-w"),
        };
        let sudo = if self.user == 0 || self.user == owned.owner { "" } else { "sudo " };
        Err(Fault::Writable { by, mode: owned.mode, command: format!("{sudo}{change} {path}") })
    }

    fn trusts(&self, user: u32) -> bool {
        user == 0 || user == self.user || self.trust.users.contains(&user)
    }

    fn trusts_group(&self, group: u32) -> bool {
        match self.accounts.members(group) {
            Some(members) => members.into_iter().all(|member| self.trusts(member)),
            None => group == self.group,
        }
    }

    fn user_named(&self, user: u32) -> String {
        self.accounts.user_name(user).map_or_else(|| format!("user {user}"), |name| format!("`{name}` (user {user})"))
    }

    fn group_named(&self, group: u32) -> String {
        let name = self.accounts.group_name(group);
        name.map_or_else(|| format!("the group {group}"), |name| format!("the group `{name}`"))
    }
}

fn remedy(error: &std::io::Error) -> Hint {
    match error.kind() {
        std::io::ErrorKind::NotFound => Hint::new("look at the path").with_command(HostCommand::ListProviders),
        std::io::ErrorKind::PermissionDenied => {
            "let the user who runs this read it, and enter the folders on the way".into()
        }
        _ => "look at the path, and at what stands there".into(),
    }
}

/// The subject of the sentence, before "may be written by …" or "belongs to …".
fn which(subject: EntryKind, at: &Path) -> String {
    match subject {
        EntryKind::File => "it ".to_owned(),
        EntryKind::Folder => format!("on the way to it, the folder `{}` ", at.display()),
        EntryKind::Link => format!("on the way to it, the symbolic link `{}` ", at.display()),
    }
}

/// Quotes a path as one word of a shell command.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@:,=".contains(&byte);
    if text.bytes().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: u32 = 1000;

    fn policy(trust: &Trust) -> OwnershipPolicy<'_> {
        let accounts = || {
            Accounts::new(
                "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n",
                "root:x:0:\nstaff:x:50:\nme:x:1000:\nbob:x:1001:\nweb:x:33:me,bob\n",
            )
        };
        OwnershipPolicy { user: ME, group: 1000, trust, accounts: LazyCell::new(accounts) }
    }

    fn check(subject: EntryKind, owner: u32, group: u32, mode: u32) -> Result<(), Fault> {
        policy(&Trust::default()).check(subject, Owned { owner, group, mode, listed: false }, Path::new("/a b/x.so"))
    }

    fn hint(fault: &Fault) -> String {
        fault.hint().unwrap().to_string()
    }

    #[test]
    fn what_only_root_and_the_user_can_write_is_taken() {
        assert_eq!(check(EntryKind::File, ME, ME, 0o644), Ok(()));
        assert_eq!(check(EntryKind::File, 0, 0, 0o755), Ok(()));
        assert_eq!(check(EntryKind::Folder, 0, 0, 0o1777), Ok(()));
    }

    #[test]
    fn what_everybody_can_write_is_refused_with_the_command() {
        let fault = check(EntryKind::File, ME, ME, 0o646).unwrap_err();
        assert!(fault.to_string().contains("everybody (mode 0646)"), "{fault}");
        assert!(hint(&fault).contains("run `chmod o-w '/a b/x.so'`"), "{fault}");
        assert!(hint(&check(EntryKind::Folder, 0, 0, 0o777).unwrap_err()).contains("sudo chmod o-w"));
        assert!(check(EntryKind::File, 0, 0, 0o1646).is_err(), "the sticky bit says nothing on a file");
    }

    #[test]
    fn a_group_may_write_when_all_its_members_are_trusted() {
        assert_eq!(check(EntryKind::File, ME, 1000, 0o664), Ok(()), "a group of one's own");
        assert_eq!(check(EntryKind::Folder, 0, 50, 0o2775), Ok(()), "a group without members");
        let fault = check(EntryKind::File, ME, 33, 0o664).unwrap_err();
        assert!(fault.to_string().contains("the group `web`") && hint(&fault).contains("chmod g-w"), "{fault}");
        assert!(check(EntryKind::File, ME, 4242, 0o664).is_err(), "an unknown group");
        let bob = Trust { users: vec![1001] };
        assert_eq!(
            policy(&bob).check(
                EntryKind::File,
                Owned { owner: ME, group: 33, mode: 0o664, listed: false },
                Path::new("/x")
            ),
            Ok(())
        );
    }

    #[test]
    fn a_stranger_s_file_is_refused_until_he_is_trusted() {
        let fault = check(EntryKind::File, 1001, 1001, 0o644).unwrap_err();
        assert!(fault.to_string().contains("`bob` (user 1001)"), "{fault}");
        assert!(hint(&fault).contains("sudo chown me '/a b/x.so'"), "{fault}");
        assert!(hint(&check(EntryKind::Link, 1001, 1001, 0o777).unwrap_err()).contains("chown -h"));
        let bob = Trust { users: vec![1001] };
        assert_eq!(
            policy(&bob).check(
                EntryKind::File,
                Owned { owner: 1001, group: 1001, mode: 0o644, listed: false },
                Path::new("/x")
            ),
            Ok(())
        );
    }
}
