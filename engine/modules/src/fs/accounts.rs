//! Users and groups of this machine, from `/etc/passwd` and `/etc/group`.
use std::fs::read_to_string;

/// One line of `/etc/passwd`, or as much of it as `/etc/group` has.
fn find(file: &str, wanted: impl Fn(&[&str]) -> bool) -> Option<(String, u32)> {
    let text = read_to_string(file).ok()?;
    text.lines().map(|line| line.split(':').collect::<Vec<_>>()).filter(|fields| fields.len() > 2).find_map(|fields| {
        let id = fields[2].parse().ok()?;
        wanted(&fields).then(|| (fields[0].to_owned(), id))
    })
}

fn name_of(file: &str, id: u32) -> String {
    let text = id.to_string();
    find(file, |fields| fields[2] == text).map_or(text.clone(), |(name, _)| name)
}

fn id_of(file: &str, name: &str) -> Option<u32> {
    name.parse().ok().or_else(|| find(file, |fields| fields[0] == name).map(|(_, id)| id))
}

/// The name of a user, or the number when nobody has it.
pub(crate) fn account_name(uid: u32) -> String {
    name_of("/etc/passwd", uid)
}

pub(crate) fn group_name(gid: u32) -> String {
    name_of("/etc/group", gid)
}

/// A user by number or name.
pub(super) fn uid(name: &str) -> Option<u32> {
    id_of("/etc/passwd", name)
}

pub(super) fn gid(name: &str) -> Option<u32> {
    id_of("/etc/group", name)
}
