//! An X.509 certificate that signs itself.
use super::der::{
    DNS_NAME, INTEGER, OBJECT_ID, OCTET_STRING, SET, UTC_TIME, UTF8, bit_string, context, element, sequence,
};
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{EcdsaKeyPair, KeyPair};

/// 1.2.840.10045.4.3.2, ecdsa-with-SHA256.
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// 1.2.840.10045.2.1, ecPublicKey.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7, prime256v1.
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 2.5.4.3, commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 2.5.29.17, subjectAltName.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// UTCTime ends with the year 2049.
const NOT_BEFORE: &[u8] = b"200101000000Z";
const NOT_AFTER: &[u8] = b"491231235959Z";

/// For `host` and `localhost`.
pub(super) fn self_signed(key: &EcdsaKeyPair, random: &SystemRandom, host: &str) -> Result<Vec<u8>, Unspecified> {
    let mut serial = [0; 16];
    random.fill(&mut serial)?;
    // Positive, and of full length.
    serial[0] = serial[0] & 0x7f | 0x40;
    let algorithm = sequence(&[element(OBJECT_ID, ECDSA_WITH_SHA256)]);
    let name = common_name("rolewright-metrics");
    let body = sequence(&[
        context(0, &element(INTEGER, &[2])),
        element(INTEGER, &serial),
        algorithm.clone(),
        name.clone(),
        sequence(&[element(UTC_TIME, NOT_BEFORE), element(UTC_TIME, NOT_AFTER)]),
        name,
        public_key(key),
        context(3, &sequence(&[alternative_names(&[host, "localhost"])])),
    ]);
    let signature = key.sign(random, &body)?;
    Ok(sequence(&[body, algorithm, bit_string(signature.as_ref())]))
}

fn common_name(text: &str) -> Vec<u8> {
    let pair = sequence(&[element(OBJECT_ID, COMMON_NAME), element(UTF8, text.as_bytes())]);
    sequence(&[element(SET, &pair)])
}

fn public_key(key: &EcdsaKeyPair) -> Vec<u8> {
    let kind = sequence(&[element(OBJECT_ID, EC_PUBLIC_KEY), element(OBJECT_ID, PRIME256V1)]);
    sequence(&[kind, bit_string(key.public_key().as_ref())])
}

fn alternative_names(names: &[&str]) -> Vec<u8> {
    let ascii = names.iter().filter(|name| !name.is_empty() && name.is_ascii());
    let list: Vec<Vec<u8>> = ascii.map(|name| element(DNS_NAME, name.as_bytes())).collect();
    sequence(&[element(OBJECT_ID, ALTERNATIVE_NAMES), element(OCTET_STRING, &sequence(&list))])
}
