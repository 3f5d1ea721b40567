//! Zip archives as far as roles meet them: stored and deflated entries, names in UTF-8, less than 4 GiB.
use super::format::{Content, Entry};
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{Error, Read, Result, Write};
use std::path::PathBuf;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LINK: u32 = 0o120_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const KIND: u32 = 0o170_000;
/// Midnight of the first day that the format knows: the same content gives the same bytes.
const TIME: [u16; 2] = [0, 0x21];

fn broken(what: &str) -> Error {
    Error::other(format!("broken zip archive: {what}"))
}

fn u16_at(bytes: &[u8], at: usize) -> Result<usize> {
    let part = bytes.get(at..at + 2).ok_or_else(|| broken("it ends too early"))?;
    Ok(usize::from(u16::from_le_bytes([part[0], part[1]])))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32> {
    let part = bytes.get(at..at + 4).ok_or_else(|| broken("it ends too early"))?;
    Ok(u32::from_le_bytes([part[0], part[1], part[2], part[3]]))
}

fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8]> {
    let end = at.checked_add(length).ok_or_else(|| broken("an impossible length"))?;
    bytes.get(at..end).ok_or_else(|| broken("it ends too early"))
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Entry>> {
    // A comment of at most 64 KiB may follow the end record.
    let last = bytes.len().checked_sub(22).ok_or_else(|| broken("it is too short"))?;
    let first = last.saturating_sub(65_535);
    let end = (first..=last).rev().find(|at| u32_at(bytes, *at).is_ok_and(|mark| mark == END));
    let end = end.ok_or_else(|| broken("it has no directory"))?;
    let count = u16_at(bytes, end + 10)?;
    let mut at = u32_at(bytes, end + 16)? as usize;
    if count == 0xffff || at == 0xffff_ffff {
        return Err(Error::other("zip archives of 4 GiB or of more than 65534 entries are not supported"));
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let (entry, next) = record(bytes, at)?;
        entries.push(entry);
        at = next;
    }
    Ok(entries)
}

/// One record of the directory, and where the next one begins.
fn record(bytes: &[u8], at: usize) -> Result<(Entry, usize)> {
    if u32_at(bytes, at)? != CENTRAL {
        return Err(broken("a record of its directory is missing"));
    }
    let (name_length, extra, comment) = (u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?);
    let name = String::from_utf8_lossy(slice(bytes, at + 46, name_length)?).into_owned();
    let attributes = u32_at(bytes, at + 38)? >> 16;
    let content = if name.ends_with('/') {
        Content::Folder
    } else {
        let data = data(bytes, at, &name)?;
        if attributes & KIND == LINK {
            Content::Link(PathBuf::from(String::from_utf8_lossy(&data).into_owned()))
        } else {
            Content::File(data)
        }
    };
    let default = if content == Content::Folder { 0o755 } else { 0o644 };
    let mode = if attributes & 0o7777 == 0 { default } else { attributes & 0o7777 };
    Ok((Entry { name, content, mode, modified: None }, at + 46 + name_length + extra + comment))
}

fn data(bytes: &[u8], at: usize, name: &str) -> Result<Vec<u8>> {
    if u16_at(bytes, at + 8)? & 1 == 1 {
        return Err(Error::other(format!("'{name}' is encrypted")));
    }
    let (packed, size) = (u32_at(bytes, at + 20)? as usize, u32_at(bytes, at + 24)?);
    let local = u32_at(bytes, at + 42)? as usize;
    if u32_at(bytes, local)? != LOCAL {
        return Err(broken("an entry is not where its directory says"));
    }
    let start = local + 30 + u16_at(bytes, local + 26)? + u16_at(bytes, local + 28)?;
    let packed = slice(bytes, start, packed)?;
    let mut data = Vec::new();
    match u16_at(bytes, at + 10)? {
        0 => data.extend_from_slice(packed),
        // One byte more than announced is enough to see that it lies.
        8 => _ = DeflateDecoder::new(packed).take(u64::from(size) + 1).read_to_end(&mut data)?,
        method => return Err(Error::other(format!("'{name}' is packed by method {method}, which is not supported"))),
    }
    let mut crc = Crc::new();
    crc.update(&data);
    if data.len() != size as usize || crc.sum() != u32_at(bytes, at + 16)? {
        return Err(broken(&format!("the checksum of '{name}' is wrong")));
    }
    Ok(data)
}

pub(super) fn write(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let (kind, data) = match &entry.content {
            Content::Folder => (FOLDER, Vec::new()),
            Content::File(bytes) => (FILE, bytes.clone()),
            Content::Link(target) => (LINK, target.to_string_lossy().into_owned().into_bytes()),
        };
        let folder = kind == FOLDER && !entry.name.ends_with('/');
        let name = if folder { format!("{}/", entry.name) } else { entry.name.clone() };
        let head = head(&name, &data)?;
        let offset = small(out.len())?;
        out.extend(LOCAL.to_le_bytes());
        out.extend(&head.fields);
        out.extend(name.as_bytes());
        out.extend(&head.packed);
        directory.extend(CENTRAL.to_le_bytes());
        // Made by version 2.0 on Unix, so that the mode counts.
        directory.extend([20, 3]);
        directory.extend(&head.fields);
        // No comment, first disk, no internal attributes.
        directory.extend([0; 6]);
        directory.extend(((kind | entry.mode) << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).map_err(|_| Error::other("a zip archive holds at most 65535 entries"))?;
    let (start, length) = (small(out.len())?, small(directory.len())?);
    out.extend(directory);
    out.extend(END.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    Ok(out)
}

struct Head {
    /// What an entry and its record in the directory have in common.
    fields: Vec<u8>,
    packed: Vec<u8>,
}

fn head(name: &str, data: &[u8]) -> Result<Head> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data)?;
    let deflated = encoder.finish()?;
    let (method, packed) = if deflated.len() < data.len() { (8_u16, deflated) } else { (0, data.to_vec()) };
    let mut crc = Crc::new();
    crc.update(data);
    let name_length = u16::try_from(name.len()).map_err(|_| Error::other(format!("{name} is too long a name")))?;
    let mut fields = Vec::new();
    // Version 2.0, names in UTF-8.
    fields.extend([20, 0, 0, 8]);
    fields.extend(method.to_le_bytes());
    fields.extend(TIME.iter().flat_map(|part| part.to_le_bytes()));
    fields.extend(crc.sum().to_le_bytes());
    fields.extend(small(packed.len())?.to_le_bytes());
    fields.extend(small(data.len())?.to_le_bytes());
    fields.extend(name_length.to_le_bytes());
    fields.extend([0; 2]);
    Ok(Head { fields, packed })
}

fn small(number: usize) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::other("zip archives of 4 GiB are not supported"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let entry = |name: &str, content: Content, mode| Entry { name: name.into(), content, mode, modified: None };
        let entries = [
            entry("d/", Content::Folder, 0o750),
            entry("d/ü", Content::File(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_vec()), 0o600),
            entry("e", Content::File(Vec::new()), 0o644),
            entry("l", Content::Link("d/x".into()), 0o777),
        ];
        let bytes = write(&entries).unwrap();
        let back = read(&bytes).unwrap();
        for (entry, back) in entries.iter().zip(&back) {
            assert_eq!((&entry.name, &entry.content, entry.mode), (&back.name, &back.content, back.mode));
        }
        assert_eq!(back.len(), entries.len());
        // No prefix and no changed byte brings it down.
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err());
            let mut changed = bytes.clone();
            changed[length] ^= 0xff;
            let _ = read(&changed);
        }
    }

    /// Written by Python's `zipfile`.
    const FOREIGN: &str = "504b030414000000080083182250d58064980b0000003600000007000000612f622e747874cb48cdc9c957c820\
        910400504b0102140314000000080083182250d58064980b00000036000000070000000000000000000000a081\
        00000000612f622e747874504b0506000000000100010035000000300000000000";

    #[test]
    fn others_archives_are_read() {
        let digits: Vec<u8> = FOREIGN.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
        let entries = read(&bytes).unwrap();
        assert_eq!((entries.len(), entries[0].name.as_str(), entries[0].mode), (1, "a/b.txt", 0o640));
        assert_eq!(entries[0].content, Content::File("hello ".repeat(9).into_bytes()));
    }
}
