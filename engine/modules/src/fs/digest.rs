//! Checksums of files, by the names that Python gives the algorithms.
use sha2::Digest;
use std::path::Path;

pub(crate) const ALGORITHMS: &[&str] = &["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

/// The checksum in hexadecimal; `None` for an unknown algorithm.
pub(crate) fn digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    Some(match algorithm {
        "md5" => hex(&md5::Md5::digest(bytes)),
        "sha1" | "sha" => hex(&sha1::Sha1::digest(bytes)),
        "sha224" => hex(&sha2::Sha224::digest(bytes)),
        "sha256" => hex(&sha2::Sha256::digest(bytes)),
        "sha384" => hex(&sha2::Sha384::digest(bytes)),
        "sha512" => hex(&sha2::Sha512::digest(bytes)),
        _ => return None,
    })
}

/// The checksum of a regular file that can be read.
pub(crate) fn digest_of_file(algorithm: &str, path: &Path) -> Option<String> {
    if !path.is_file() {
        return None;
    }
    digest(algorithm, &std::fs::read(path).ok()?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
