//! The machine's own lists of users and groups, `/etc/passwd` and `/etc/group`. Users of a directory service are
//! not in them; what depends on these lists then errs on the side of refusing.

/// The text of both files; empty where one cannot be read.
pub(super) struct Accounts {
    passwd: String,
    group: String,
}

impl Accounts {
    pub(super) fn of_system() -> Self {
        let read = |path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Self { passwd: read("/etc/passwd").unwrap_or_default(), group: read("/etc/group").unwrap_or_default() }
    }

    #[cfg(test)]
    pub(super) fn new(passwd: &str, group: &str) -> Self {
        Self { passwd: passwd.into(), group: group.into() }
    }

    pub(super) fn user_name(&self, uid: u32) -> Option<String> {
        self.users().find(|user| user.uid == uid).map(|user| user.name.to_owned())
    }

    pub(super) fn group_name(&self, gid: u32) -> Option<String> {
        self.groups().find(|group| group.0 == gid).map(|group| group.1.to_owned())
    }

    /// The users of a group: those whose first group it is, and those that it lists. `None` when neither list
    /// knows the group, or it lists a user that is unknown.
    pub(super) fn members(&self, gid: u32) -> Option<Vec<u32>> {
        let mut members: Vec<u32> = self.users().filter(|user| user.gid == gid).map(|user| user.uid).collect();
        let listed: Vec<_> = self.groups().filter(|group| group.0 == gid).collect();
        if members.is_empty() && listed.is_empty() {
            return None;
        }
        for name in listed.iter().flat_map(|group| group.2.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
            members.push(self.users().find(|user| user.name == name)?.uid);
        }
        Some(members)
    }

    /// `name:password:uid:gid:…`, as passwd(5) has it.
    fn users(&self) -> impl Iterator<Item = User<'_>> {
        self.passwd.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let uid = fields.nth(1)?.parse().ok()?;
            Some(User { name, uid, gid: fields.next()?.parse().ok()? })
        })
    }

    /// `name:password:gid:user,user`, as group(5) has it.
    fn groups(&self) -> impl Iterator<Item = (u32, &str, &str)> {
        self.group.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let gid = fields.nth(1)?.parse().ok()?;
            Some((gid, name, fields.next().unwrap_or_default()))
        })
    }
}

struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
}
