//! The certificate authorities that connections trust.

use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::TrustStore;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin};

/// Bytes of a file of authorities; a whole system's file has a quarter of a million.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A file of certificate authorities, and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bundle {
    pub(super) path: PathBuf,
    /// `AWS_CA_BUNDLE` and the like.
    pub(super) named_by: String,
}

/// The trusted certificates: only those of the file, as in the AWS CLI, else those that the system trusts. The system's
/// trust store reads `SSL_CERT_DIR` itself.
///
/// # Errors
/// The file cannot be read, or has no certificate.
pub(super) fn trusted(bundle: Option<&Bundle>) -> Result<TrustStore, Failure> {
    let Some(bundle) = bundle else { return Ok(TrustStore::default()) };
    let pem = read(&bundle.path).map_err(|reason| {
        Failure::failed(
            codes::AWS_UNREACHABLE,
            format!(
                "the file `{}`, set by `{}`, cannot be used: {reason}",
                bundle.path.display(),
                bundle.named_by
            ),
            "name a file of PEM certificates, which begin with `-----BEGIN CERTIFICATE-----`",
        )
    })?;
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

/// The usable certificates of a file, as PEM. The HTTP client ends the process if it cannot parse one; other programs
/// skip it.
fn read(path: &Path) -> Result<String, String> {
    let bytes = input::read(path, Origin::Own, LARGEST).map_err(|refusal| refusal.to_string())?;
    let mut roots = RootCertStore::empty();
    let mut pem = String::new();
    for certificate in CertificateDer::pem_slice_iter(&bytes).flatten() {
        let text = STANDARD.encode(&certificate);
        if roots.add(certificate).is_ok() {
            pem.push_str(&format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"));
        }
    }
    if pem.is_empty() { Err("it contains no certificate".to_owned()) } else { Ok(pem) }
}
