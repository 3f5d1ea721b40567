//! tar, tar.gz and zip: reading and writing entries.
use super::zip;
use crate::failure::Failure;
use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Tar,
    TarGz,
    Zip,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Folder,
    File(Vec<u8>),
    Link(PathBuf),
}

/// What an archive holds under one name.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// As the archive has it; folders may end in a slash.
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) mode: u32,
    /// Seconds since 1970; none where the archive knows no zone.
    pub(super) modified: Option<u64>,
}

impl Entry {
    /// Where it goes below a folder; names that lead out of it are refused.
    pub(super) fn path(&self) -> Result<PathBuf, Failure> {
        let path = Path::new(&self.name);
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if path.components().all(inside) {
            return Ok(path.components().filter(|part| matches!(part, Component::Normal(_))).collect());
        }
        Err(format!("the archive holds '{}', which leads out of the destination: nothing was extracted", self.name)
            .into())
    }
}

impl Format {
    /// By its first bytes, whatever its name is.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if bytes.starts_with(&[0x1f, 0x8b]) {
            Some(Self::TarGz)
        } else if bytes.get(257..262) == Some(b"ustar") {
            Some(Self::Tar)
        } else {
            None
        }
    }

    pub(super) fn handler(self) -> &'static str {
        match self {
            Self::Tar => "TarArchive",
            Self::TarGz => "TgzArchive",
            Self::Zip => "ZipArchive",
        }
    }

    pub(super) fn read(self, bytes: &[u8]) -> std::io::Result<Vec<Entry>> {
        match self {
            Self::Tar => read_tar(bytes),
            Self::TarGz => read_tar(MultiGzDecoder::new(bytes)),
            Self::Zip => zip::read(bytes),
        }
    }

    pub(super) fn write(self, entries: &[Entry]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Tar => write_tar(entries, Vec::new()),
            Self::TarGz => gzip(&write_tar(entries, Vec::new())?),
            Self::Zip => zip::write(entries),
        }
    }
}

/// The same content gives the same bytes: no time and no name in the head.
pub(super) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

pub(super) fn gunzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut out)?;
    Ok(out)
}

fn read_tar(reader: impl Read) -> std::io::Result<Vec<Entry>> {
    let mut archive = tar::Archive::new(reader);
    let mut entries = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let content = if kind.is_dir() {
            Content::Folder
        } else if kind.is_symlink() {
            Content::Link(entry.link_name()?.unwrap_or_default().into_owned())
        } else if kind.is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            Content::File(bytes)
        } else if kind.is_pax_global_extensions() {
            continue;
        } else {
            let name = entry.path()?.display().to_string();
            return Err(std::io::Error::other(format!("'{name}' is neither file, folder nor symbolic link")));
        };
        entries.push(Entry {
            name: entry.path()?.to_string_lossy().into_owned(),
            content,
            mode: entry.header().mode()? & 0o7777,
            modified: Some(entry.header().mtime()?),
        });
    }
    Ok(entries)
}

fn write_tar(entries: &[Entry], out: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(out);
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(entry.mode);
        header.set_mtime(entry.modified.unwrap_or_default());
        match &entry.content {
            Content::Folder => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_size(0);
                builder.append_data(&mut header, &entry.name, std::io::empty())?;
            }
            Content::File(bytes) => {
                header.set_size(bytes.len() as u64);
                builder.append_data(&mut header, &entry.name, bytes.as_slice())?;
            }
            Content::Link(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                builder.append_link(&mut header, &entry.name, target)?;
            }
        }
    }
    builder.into_inner()
}
