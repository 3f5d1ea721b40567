//! TLS for the metrics port, with a certificate of its own making: it keeps tokens secret, and proves nothing.
mod certificate;
mod der;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A fresh key and certificate, valid for as long as a process may live.
pub(crate) fn acceptor(host: &str) -> Result<TlsAcceptor, String> {
    let fail = |what: &dyn std::fmt::Display| format!("cannot make a certificate for metrics: {what}");
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|error| fail(&error))?;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).map_err(|error| fail(&error))?;
    let certificate = certificate::self_signed(&key, &random, host).map_err(|error| fail(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fail(&error))?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate)],
            PrivatePkcs8KeyDer::from(pkcs8.as_ref().to_vec()).into(),
        )
        .map_err(|error| fail(&error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustls_accepts_the_certificate() {
        assert!(acceptor("pod-1").is_ok());
    }
}
