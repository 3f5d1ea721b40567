//! Just enough of tar to hand files to a pod.
use std::path::Path;

const BLOCK: usize = 512;

/// An archive of one file, or of a directory and all below it; members are placed at `target`.
pub(super) fn archive(source: &Path, target: &str) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    add(&mut out, source, target.trim_start_matches('/'))?;
    end(&mut out);
    Ok(out)
}

/// An archive of one file that is there as text only.
pub(super) fn archive_content(content: &[u8], target: &str) -> Vec<u8> {
    let mut out = Vec::new();
    member(&mut out, target.trim_start_matches('/'), content, 0o644, b'0');
    end(&mut out);
    out
}

fn add(out: &mut Vec<u8>, source: &Path, target: &str) -> std::io::Result<()> {
    let metadata = std::fs::metadata(source)?;
    let mode = mode(&metadata);
    if !metadata.is_dir() {
        member(out, target, &std::fs::read(source)?, mode, b'0');
        return Ok(());
    }
    member(out, &format!("{target}/"), &[], mode, b'5');
    let mut entries: Vec<_> = std::fs::read_dir(source)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        add(out, &entry.path(), &format!("{target}/{}", entry.file_name().to_string_lossy()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn mode(metadata: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode(metadata: &std::fs::Metadata) -> u32 {
    if metadata.is_dir() { 0o755 } else { 0o644 }
}

fn member(out: &mut Vec<u8>, name: &str, content: &[u8], mode: u32, kind: u8) {
    // Names that do not fit into the header go before it, as GNU's tar has it.
    if name.len() > 99 {
        let mut long = name.as_bytes().to_vec();
        long.push(0);
        header(out, "././@LongLink", long.len(), 0o644, b'L');
        padded(out, &long);
    }
    header(out, name, content.len(), mode, kind);
    padded(out, content);
}

fn header(out: &mut Vec<u8>, name: &str, size: usize, mode: u32, kind: u8) {
    let mut block = [0_u8; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.as_bytes()[..name.len().min(99)]);
    put(100, format!("{mode:07o}\0").as_bytes());
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, &size_field(size));
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.extend_from_slice(&block);
}

/// Octal, or binary where that is too short (8 GiB).
fn size_field(size: usize) -> [u8; 12] {
    let mut field = [0_u8; 12];
    let text = format!("{size:011o}\0");
    if text.len() == 12 {
        field.copy_from_slice(text.as_bytes());
    } else {
        field[0] = 0x80;
        field[4..].copy_from_slice(&(size as u64).to_be_bytes());
    }
    field
}

fn padded(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn end(out: &mut Vec<u8>) {
    out.resize(out.len() + 2 * BLOCK, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn tar_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("source");
        let deep = "d".repeat(60);
        std::fs::create_dir_all(source.join(&deep)).unwrap();
        std::fs::write(source.join("a"), "text").unwrap();
        std::fs::write(source.join(&deep).join("e".repeat(60)), [0_u8; 1000]).unwrap();
        let target = directory.path().join("target");
        std::fs::create_dir(&target).unwrap();
        for archive in [archive(&source, "/x/y").unwrap(), archive_content(b"content", "x/z")] {
            let mut tar =
                Command::new("tar").args(["-xmf", "-"]).current_dir(&target).stdin(Stdio::piped()).spawn().unwrap();
            tar.stdin.take().unwrap().write_all(&archive).unwrap();
            assert!(tar.wait().unwrap().success());
        }
        assert_eq!(std::fs::read_to_string(target.join("x/y/a")).unwrap(), "text");
        assert_eq!(std::fs::read(target.join("x/y").join(&deep).join("e".repeat(60))).unwrap().len(), 1000);
        assert_eq!(std::fs::read_to_string(target.join("x/z")).unwrap(), "content");
    }
}
