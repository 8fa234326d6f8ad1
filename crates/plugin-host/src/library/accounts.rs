//! The machine's local lists of users and groups, `/etc/passwd` and `/etc/group`. Users of a directory service are not
//! in them. Checks that depend on these lists then refuse the file.

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

    /// The users of a group: the users whose primary group it is, and the members that it lists. `None` if neither list
    /// contains the group, or if the group lists an unknown user.
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

    /// The entries `name:password:uid:gid:…` in the format of passwd(5).
    fn users(&self) -> impl Iterator<Item = User<'_>> {
        self.passwd.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let uid = fields.nth(1)?.parse().ok()?;
            Some(User { name, uid, gid: fields.next()?.parse().ok()? })
        })
    }

    /// The entries `name:password:gid:user,user` in the format of group(5).
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
