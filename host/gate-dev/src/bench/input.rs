//! Reports for the benchmarks: the same number gives the same bytes.

use std::fmt::Write as _;

/// Numbers that look like chance and are the same in every run: a linear congruential generator, with the constants of
/// Knuth's MMIX.
pub struct Numbers(u64);

impl Numbers {
    /// The numbers that begin with this one.
    pub fn from(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below another one.
    pub fn below(&mut self, end: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn words(&mut self, count: usize) -> String {
        let words = (0..count).filter_map(|_| WORDS.get(self.below(WORDS.len())));
        words.copied().collect::<Vec<_>>().join(" ")
    }
}

const WORDS: [&str; 24] = [
    "a",
    "allows",
    "attacker",
    "buffer",
    "by",
    "crafted",
    "denial",
    "document",
    "execute",
    "heap",
    "in",
    "input",
    "library",
    "memory",
    "of",
    "overflow",
    "parser",
    "possibly",
    "processed",
    "remote",
    "service",
    "that",
    "through",
    "validation",
];

/// How many layers the image has.
const LAYERS: usize = 12;

/// A Trivy report of an image with `n` vulnerabilities, about 1.4 KB each, a fiftieth of them high and none critical;
/// every third has a fix. Each has texts of its own, as in the databases of vulnerabilities; what repeats is what a
/// scanner repeats: packages, layers, the source.
pub fn trivy(n: usize) -> String {
    let mut numbers = Numbers::from(n as u64);
    let mut text = String::with_capacity(n * 1450 + 1000);
    text.push_str(concat!(
        r#"{"SchemaVersion":2,"CreatedAt":"2026-01-31T09:00:00Z","#,
        r#""ArtifactName":"registry.example/shop/api:1.4.2","ArtifactType":"container_image","#,
        r#""Metadata":{"OS":{"Family":"debian","Name":"12.9"},"#,
        r#""RepoTags":["registry.example/shop/api:1.4.2"]},"#,
        r#""Results":[{"Target":"registry.example/shop/api:1.4.2 (debian 12.9)","#,
        r#""Class":"os-pkgs","Type":"debian","Vulnerabilities":["#,
    ));
    for i in 0..n {
        let level = match i {
            i if i % 50 == 1 => "HIGH",
            i if i % 5 < 2 => "MEDIUM",
            _ => "LOW",
        };
        let (package, id) = (
            format!("package-{}", i / 40),
            format!("CVE-{}-{}", 2015 + i % 12, 10_000 + i),
        );
        let version = format!("{}.{}.{}-{}+deb12u{}", i % 4, i % 20, i % 30, i % 9, i % 6);
        let fixed = if i % 3 == 0 {
            format!(r#""FixedVersion":"{version}.1","#)
        } else {
            String::new()
        };
        let status = if i % 3 == 0 { "fixed" } else { "affected" };
        let (title, description) = (numbers.words(10), numbers.words(46));
        let layer = numbers.below(LAYERS);
        if i > 0 {
            text.push(',');
        }
        // Writing to a string does not fail.
        let _ = write!(
            text,
            concat!(
                r#"{{"VulnerabilityID":"{id}","PkgID":"{package}@{version}","PkgName":"{package}","#,
                r#""PkgIdentifier":{{"PURL":"pkg:deb/debian/{package}@{version}?arch=amd64&distro=debian-12.9","UID":"{i:016x}"}},"#,
                r#""InstalledVersion":"{version}",{fixed}"Status":"{status}","#,
                r#""Layer":{{"Digest":"sha256:{layer:064x}","DiffID":"sha256:{layer:064x}"}},"SeveritySource":"debian","#,
                r#""PrimaryURL":"https://avd.example/nvd/{id}","DataSource":{{"ID":"debian","Name":"Debian Security Tracker","URL":"https://security.example/tracker"}},"#,
                r#""Title":"{package}: {title}","Description":"{description}","Severity":"{level}","#,
                r#""CweIDs":["CWE-787"],"CVSS":{{"nvd":{{"V3Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","V3Score":7.5}}}},"#,
                r#""References":["https://nvd.example/vuln/detail/{id}","https://cve.example/CVERecord?id={id}"],"#,
                r#""PublishedDate":"2024-03-01T10:00:00Z","LastModifiedDate":"2025-07-02T11:30:00.123Z"}}"#,
            ),
            id = id,
            package = package,
            version = version,
            fixed = fixed,
            status = status,
            layer = layer,
            i = i,
            title = title,
            description = description,
            level = level,
        );
    }
    text.push_str("]}]}");
    text
}

/// A Trivy report with one vulnerability and an inventory of packages that makes it about so many bytes long.
pub fn trivy_inventory(bytes: usize) -> String {
    let package = r#"{"ID":"package@1.2.3","Name":"package","Identifier":{"PURL":"pkg:deb/debian/package@1.2.3"},"Version":"1.2.3","Arch":"amd64","InstalledFiles":["/usr/share/doc/package/copyright"]}"#;
    let packages = vec![package; bytes / package.len() + 1].join(",");
    let inventory = format!(r#""Packages":[{packages}],"Vulnerabilities":["#);
    trivy(1).replacen(r#""Vulnerabilities":["#, &inventory, 1)
}

/// A component with functions that nobody calls, about half a kilobyte each, in a module behind what was there: larger
/// to look at and to compile, the same to run.
pub fn padded(component: &[u8], functions: usize) -> Vec<u8> {
    let mut numbers = Numbers::from(functions as u64);
    let mut codes = leb(functions);
    for _ in 0..functions {
        let body = function(&mut numbers);
        codes.extend(leb(body.len()));
        codes.extend(body);
    }
    // All of the one type `i32 -> i32`.
    let mut of_type = leb(functions);
    of_type.resize(of_type.len() + functions, 0);
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 1, I32, 1, I32]),
        section(3, &of_type),
        section(10, &codes),
    ];
    [component.to_vec(), section(1, &module.concat())].concat()
}

const I32: u8 = 0x7f;
/// Locals of a made-up function besides its parameter.
const LOCALS: u8 = 8;

/// The body of a function: what arithmetic does to some locals, here and there under a condition.
fn function(numbers: &mut Numbers) -> Vec<u8> {
    const ADD_MUL_AND_XOR_ROTL: [u8; 5] = [0x6a, 0x6c, 0x71, 0x73, 0x77];
    let mut body = vec![1, LOCALS, I32];
    for statement in 0..48 {
        let local = |numbers: &mut Numbers| numbers.below(LOCALS.into()) as u8;
        let operator = |numbers: &mut Numbers| {
            let at = numbers.below(ADD_MUL_AND_XOR_ROTL.len());
            ADD_MUL_AND_XOR_ROTL.get(at).copied().unwrap_or(0x6a)
        };
        let condition = statement % 6 == 5;
        if condition {
            // local.get, if
            body.extend([0x20, local(numbers), 0x04, 0x40]);
        }
        // local.get, i32.const below 64, operator, local.get, operator, local.set
        body.extend([0x20, local(numbers), 0x41, numbers.below(64) as u8]);
        body.extend([operator(numbers), 0x20, local(numbers), operator(numbers)]);
        body.extend([0x21, local(numbers)]);
        if condition {
            body.push(0x0b);
        }
    }
    // local.get 0, end
    body.extend([0x20, 0, 0x0b]);
    body
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &*leb(content.len()), content].concat()
}

/// A number as WebAssembly writes it: seven bits a byte, the last without the eighth.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
