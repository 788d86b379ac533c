//! The emulator over TLS: a policy that refuses requests without it, is obeyed there too.

use std::path::PathBuf;
use std::process::Child;

use tempfile::TempDir;

use crate::server::start;

/// Makes a certificate for itself, and ends when the pipe to it closes.
const PROGRAM: &str = "
import datetime, ipaddress, os, sys, threading
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.server import main

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
folder = sys.argv[1]
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, '127.0.0.1')])
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)
address = x509.IPAddress(ipaddress.ip_address('127.0.0.1'))
builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
builder = builder.add_extension(x509.SubjectAlternativeName([address]), False)
builder = builder.add_extension(x509.BasicConstraints(True, None), True)
pem = serialization.Encoding.PEM
with open(folder + '/certificate.pem', 'wb') as file:
    file.write(builder.sign(key, hashes.SHA256()).public_bytes(pem))
with open(folder + '/key.pem', 'wb') as file:
    file.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
main(['-p', '0', '-s', '-c', folder + '/certificate.pem', '-k', folder + '/key.pem'])
";

pub(super) struct Emulator {
    /// `https://127.0.0.1:5000`
    pub(super) address: String,
    /// The one to believe.
    pub(super) certificate: PathBuf,
    child: Child,
    _folder: TempDir,
}

/// A new one, that knows nothing yet.
pub(super) fn emulator() -> Option<Emulator> {
    let folder = TempDir::new().unwrap();
    let (child, address) = start(&["-c", PROGRAM, folder.path().to_str().unwrap()])?;
    Some(Emulator {
        address,
        certificate: folder.path().join("certificate.pem"),
        child,
        _folder: folder,
    })
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
