//! This machine: its name, and who runs here.
use rolewright_run::TaskContext;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Text of a file under `/proc`, `/etc` or the like; empty when there is none.
pub(crate) fn text_of(cx: &TaskContext<'_>, path: &str) -> String {
    let bytes = cx.system.read_file(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The name the machine has for itself.
pub(crate) fn node_name(cx: &TaskContext<'_>) -> String {
    let name = text_of(cx, "/proc/sys/kernel/hostname").trim().to_owned();
    if !name.is_empty() {
        return name;
    }
    cx.system.env("HOSTNAME").unwrap_or_else(|| "localhost".to_owned())
}

/// The user this process runs as.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    pub(crate) uid: u32,
    pub(crate) effective_uid: u32,
    pub(crate) gid: u32,
    pub(crate) effective_gid: u32,
    groups: Vec<u32>,
}

impl Who {
    pub(crate) fn current() -> Self {
        Self::parse(&std::fs::read_to_string("/proc/self/status").unwrap_or_default())
    }

    fn parse(status: &str) -> Self {
        let numbers = |name: &str| -> Vec<u32> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().split_whitespace().filter_map(|word| word.parse().ok()).collect()
        };
        let (uids, gids) = (numbers("Uid:"), numbers("Gid:"));
        let at = |all: &[u32], index: usize| all.get(index).copied().unwrap_or_default();
        Self {
            uid: at(&uids, 0),
            effective_uid: at(&uids, 1),
            gid: at(&gids, 0),
            effective_gid: at(&gids, 1),
            groups: numbers("Groups:"),
        }
    }

    /// Whether mode bits (read 4, write 2, execute 1) let this user in.
    pub(crate) fn may(&self, file: &Metadata, bit: u32) -> bool {
        let mode = file.mode();
        if self.effective_uid == 0 {
            return bit != 1 || file.is_dir() || mode & 0o111 != 0;
        }
        let shift = if file.uid() == self.effective_uid {
            6
        } else if file.gid() == self.effective_gid || self.groups.contains(&file.gid()) {
            3
        } else {
            0
        };
        (mode >> shift) & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_from_proc() {
        let who = Who::parse("Name:\tx\nUid:\t10\t11\t11\t11\nGid:\t20\t21\t21\t21\nGroups:\t5 6 \n");
        assert_eq!((who.uid, who.effective_uid, who.gid, who.effective_gid), (10, 11, 20, 21));
        assert_eq!(who.groups, [5, 6]);
    }
}
