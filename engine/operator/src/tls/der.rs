//! The few DER forms that a certificate is made of.

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const UTF8: u8 = 0x0c;
pub(super) const UTC_TIME: u8 = 0x17;
/// `[2]`, a DNS name among alternative names.
pub(super) const DNS_NAME: u8 = 0x82;

/// Tag, length, content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(8));
        out.extend(bytes);
    }
    out.extend_from_slice(content);
    out
}

pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// `[n]`, constructed.
pub(super) fn context(n: u8, content: &[u8]) -> Vec<u8> {
    element(0xa0 | n, content)
}

/// All bits are used.
pub(super) fn bit_string(bits: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bits].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_short_and_long() {
        for (length, head) in
            [(3, vec![4, 3]), (127, vec![4, 127]), (200, vec![4, 0x81, 200]), (700, vec![4, 0x82, 2, 188])]
        {
            let made = element(OCTET_STRING, &vec![0; length]);
            assert_eq!((made[..head.len()].to_vec(), made.len()), (head.clone(), head.len() + length));
        }
    }
}
