//! Whether a statement's product is the package that was found, or what is judged.

use std::borrow::Cow;

use crate::digest::Digest;
use crate::finding::{Software, UNNAMED};
use crate::fingerprint::purl_name;
use crate::request::Subject;

/// Kinds of package URL that name an image.
const IMAGES: [&str; 2] = ["pkg:oci/", "pkg:docker/"];

/// Whether a product is a package that was found: the package itself, where it is a part of the product named with it
/// in that product alone; or an image, whatever is in it.
pub(super) fn means(said: &Software, found: &Software, subject: Option<&Subject>) -> bool {
    let is_subject = |product: &str| subject.is_some_and(|subject| is_subject(product, subject));
    if is_package(said, found) {
        return said.path.as_deref().is_none_or(is_subject);
    }
    let image = said.purl.as_deref().filter(|_| said.path.is_none());
    image.is_some_and(|image| is_image(image) && is_subject(image))
}

/// Whether a product is one version, or one image by its digest.
pub(super) fn is_exact(said: &Software) -> bool {
    let mut names = [&said.path, &said.purl].into_iter().flatten();
    versions(said).next().is_some() || names.any(|name| decoded(name).contains(SHA256))
}

/// Name for name, and version for version where the product has one. Qualifiers and subpaths are no part of it.
fn is_package(said: &Software, found: &Software) -> bool {
    let same = match (&said.purl, &found.purl) {
        (Some(said), Some(found)) => decoded(purl_name(said)) == decoded(purl_name(found)),
        (Some(_), None) => false,
        (None, _) => {
            !said.name.is_empty()
                && *said.name != *UNNAMED
                && said.name == found.name
                && (said.ecosystem.is_none() || said.ecosystem == found.ecosystem)
        }
    };
    let mut said = versions(said).peekable();
    same && (said.peek().is_none() || said.any(|said| versions(found).any(|found| found == said)))
}

/// The versions of a package: its own, and that of its package URL, which may be written otherwise.
fn versions(software: &Software) -> impl Iterator<Item = Cow<'_, str>> {
    let of_purl = software.purl.as_deref().and_then(|purl| {
        let rest = purl.get(purl_name(purl).len()..)?.strip_prefix('@')?;
        rest.split(['?', '#']).next().map(decoded)
    });
    let own = software.version.as_deref().map(Cow::Borrowed);
    own.into_iter()
        .chain(of_purl.filter(|_| !software.purl.as_deref().is_some_and(is_image)))
        .filter(|version| !version.is_empty())
}

fn is_image(purl: &str) -> bool {
    IMAGES.iter().any(|kind| purl.starts_with(kind))
}

const SHA256: &str = "sha256:";

/// Whether a product's name is the subject's: by its digest where it has one, else by repository and tag, as far as it
/// names them.
fn is_subject(product: &str, subject: &Subject) -> bool {
    if let Some(at) = decoded(product).find(SHA256) {
        let digest = decoded(product);
        let digest = digest.get(at..).unwrap_or_default();
        let end = digest.find(['?', '#', '&']).unwrap_or(digest.len());
        let named = digest
            .get(..end)
            .and_then(|text| text.parse::<Digest>().ok());
        return named.is_some() && named == subject.digest;
    }
    let (repository, tag) = repository_and_tag(&subject.name);
    let below = |whole: &str, part: &str| {
        let rest = whole.strip_suffix(part);
        !part.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let Some(kind) = IMAGES.iter().find(|kind| product.starts_with(**kind)) else {
        // Any other package URL names no image.
        let (said, said_tag) = repository_and_tag(product);
        let other = said_tag.is_some() && tag.is_some() && said_tag != tag;
        return !product.starts_with("pkg:") && !other && below(repository, said);
    };
    let name = decoded(purl_name(product));
    let name = name.get(kind.len()..).unwrap_or_default();
    let qualifiers = product.split_once('?').map_or("", |(_, rest)| rest);
    let qualifiers = qualifiers.split('#').next().unwrap_or_default();
    let mut qualifiers = qualifiers.split('&');
    let place = qualifiers.find_map(|qualifier| qualifier.strip_prefix("repository_url="));
    let place = place.map(decoded);
    let there = place.is_none_or(|place| {
        let rest = repository.strip_prefix(&*place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || place.ends_with('/'))
    });
    there && below(repository, name)
}

/// A name of an image taken apart. A port is no tag.
fn repository_and_tag(name: &str) -> (&str, Option<&str>) {
    let name = name.split(['@', '?', '#']).next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

/// A part of a package URL without percent encoding; as it is where that gives no text.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|code| *first == b'%' && code.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_by_its_digest_or_as_far_as_it_is_named() {
        let digest = Digest::of(b"image");
        let subject = |name: &str| Subject {
            name: name.to_owned(),
            digest: Some(digest),
        };
        let escaped = digest.to_string().replace(':', "%3a");
        for (product, name, is) in [
            (
                format!("pkg:oci/x@{digest}"),
                "registry.example/shop/api",
                true,
            ),
            (format!("pkg:oci/x@{escaped}?arch=arm64"), "api", true),
            (
                format!("pkg:oci/api@{}", Digest::of(b"other")),
                "api",
                false,
            ),
            ("pkg:oci/api@sha256:00".to_owned(), "api", false),
            (
                "pkg:oci/api".to_owned(),
                "registry.example/shop/api:1.0",
                true,
            ),
            ("pkg:oci/pi".to_owned(), "registry.example/shop/api", false),
            ("pkg:oci/".to_owned(), "registry.example/shop/", false),
            (
                "pkg:oci/api?repository_url=registry.example%2Fshop".to_owned(),
                "registry.example/shop/api",
                true,
            ),
            (
                "pkg:oci/api?repository_url=registry.example/shop/api&arch=arm64".to_owned(),
                "registry.example/shop/api",
                true,
            ),
            (
                "pkg:oci/api?repository_url=registry.example/bank".to_owned(),
                "registry.example/shop/api",
                false,
            ),
            ("pkg:npm/api".to_owned(), "api", false),
            (
                "shop/api".to_owned(),
                "registry.example:5000/shop/api",
                true,
            ),
            ("bank/api".to_owned(), "registry.example/shop/api", false),
            ("registry.example/shop/api".to_owned(), "api", false),
            (
                "shop/api:1.0".to_owned(),
                "registry.example/shop/api:1.0",
                true,
            ),
            (
                "shop/api:1.0".to_owned(),
                "registry.example/shop/api:2.0",
                false,
            ),
            (String::new(), "", false),
        ] {
            assert_eq!(is_subject(&product, &subject(name)), is, "{product} {name}");
        }
    }

    #[test]
    fn a_package_is_named_by_its_url_and_version() {
        let software = |purl: Option<&str>, name: &str, version: Option<&str>| Software {
            name: name.into(),
            purl: purl.map(Into::into),
            version: version.map(Into::into),
            ..Software::default()
        };
        let deb = |version: &str| format!("pkg:deb/debian/zlib1g@{version}");
        for (said, found, is) in [
            (
                software(Some(&deb("1%3A1.2")), "zlib1g", None),
                software(Some(&deb("1:1.2")), "zlib1g", Some("1:1.2")),
                true,
            ),
            (
                software(Some("pkg:rpm/a/b@1.1-9?epoch=1"), "b", Some("1.1-9")),
                software(Some("pkg:rpm/a/b@1.1-9?epoch=1"), "b", Some("1:1.1-9")),
                true,
            ),
            (
                software(Some("pkg:npm/%40shop/a@1"), "@shop/a", Some("1")),
                software(Some("pkg:npm/@shop/a@1"), "@shop/a", Some("1")),
                true,
            ),
            // The version stands beside the package URL, and is another.
            (
                software(Some("pkg:npm/a"), "a", Some("2")),
                software(Some("pkg:npm/a@1"), "a", Some("1")),
                false,
            ),
            (
                software(Some("pkg:npm/a"), "a", Some("vers:npm/<2")),
                software(Some("pkg:npm/a@1"), "a", Some("1")),
                false,
            ),
            (
                software(Some("pkg:npm/a"), "a", None),
                software(None, "a", Some("1")),
                false,
            ),
            (
                software(None, UNNAMED, None),
                software(None, UNNAMED, None),
                false,
            ),
        ] {
            assert_eq!(is_package(&said, &found), is, "{said:?} {found:?}");
        }
    }
}
