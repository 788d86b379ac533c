//! Where evidence is kept: in a directory, or in S3.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gate_core::code::Code;
use gate_core::ports::Store;
use gate_evidence::DirectoryStore;
use gate_evidence::s3::{self, KeySource, Keys, NoKeys, S3Store, Settings};

use crate::aws::Aws;
use crate::failure::{Failure, Result};

/// Where evidence is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A directory.
    Directory(PathBuf),
    /// Below a prefix of a bucket.
    S3(s3::Place),
}

impl Place {
    /// What `--evidence` names: a path, `file:` with a path, or `s3://BUCKET/PREFIX`.
    pub(crate) fn named(path: &Path) -> Result<Self> {
        Self::read(path).map_err(|error| {
            let message = format!("`--evidence {}`: {error}", path.display());
            Failure::new(Code::ConfigInvalid, message)
                .help("name a directory, or a bucket as in `s3://evidence-bucket/shop`")
        })
    }

    /// What the profile says, from its folder; `.gate` there if it says nothing.
    pub(crate) fn of_profile(
        store: Option<&Path>,
        folder: &Path,
    ) -> std::result::Result<Self, String> {
        let named = store.unwrap_or(Path::new(".gate"));
        Ok(match Self::read(named)? {
            Self::Directory(path) => Self::Directory(folder.join(path)),
            place @ Self::S3(_) => place,
        })
    }

    fn read(path: &Path) -> std::result::Result<Self, String> {
        // A path that is no text is no address.
        let text = path.to_str().unwrap_or_default();
        if path.as_os_str().is_empty() {
            return Err("it is empty".to_owned());
        }
        if let Some(rest) = text.strip_prefix("file:") {
            let named = match rest.strip_prefix("//") {
                Some(rest) if !rest.starts_with('/') => {
                    return Err("a file on another host can't be opened".to_owned());
                }
                Some(rest) => rest,
                None => rest,
            };
            if named.is_empty() {
                return Err("it is empty".to_owned());
            }
            return Ok(Self::Directory(named.into()));
        }
        if text.starts_with("s3:") {
            let place = text.parse().map(Self::S3);
            return place.map_err(|error: s3::NotAPlace| error.to_string());
        }
        match text.split_once("://") {
            Some((scheme, _)) if !scheme.contains('/') => {
                Err(format!("`{scheme}:` is no kind of store"))
            }
            _ => Ok(Self::Directory(path.to_path_buf())),
        }
    }

    /// Opens it. A directory asks nothing of AWS.
    pub(crate) fn open(&self, aws: &Aws) -> Result<Box<dyn Store>> {
        let place = match self {
            Self::Directory(root) => return Ok(Box::new(DirectoryStore::new(root))),
            Self::S3(place) => place.clone(),
        };
        let connection = aws.connection()?;
        let way = connection.way_to_s3();
        let settings = Settings {
            region: connection.region().to_owned(),
            endpoint: way.endpoint,
            fips: way.fips,
            dual_stack: way.dual_stack,
            certificates: way.certificates,
            proxy: way.proxy,
            no_proxy: way.no_proxy,
        };
        let source = Arc::new(Source(connection.key_source()));
        let store = S3Store::open(place, &settings, source);
        Ok(Box::new(store?))
    }
}

/// Credentials of the connection, for the store.
#[derive(Debug)]
struct Source(gate_aws::KeySource);

impl KeySource for Source {
    fn keys(&self) -> std::result::Result<Keys, NoKeys> {
        let keys = self.0.keys().map_err(|error| NoKeys {
            why: error.cause.to_string(),
            help: error.help(),
        })?;
        Ok(Keys {
            id: keys.id,
            secret: keys.secret,
            token: keys.token,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_directory_and_an_address_is_what_it_says() {
        let of = |text: &str| Place::named(Path::new(text));
        for (text, directory) in [
            (".gate", ".gate"),
            ("/mnt/audit/.gate", "/mnt/audit/.gate"),
            ("file:evidence", "evidence"),
            ("file:/mnt/audit", "/mnt/audit"),
            ("file:///mnt/audit", "/mnt/audit"),
            ("a:b", "a:b"),
            ("a/b://c", "a/b://c"),
        ] {
            assert_eq!(
                of(text).unwrap(),
                Place::Directory(directory.into()),
                "{text}"
            );
        }
        let Place::S3(place) = of("s3://evidence-bucket/shop").unwrap() else {
            panic!("a directory");
        };
        assert_eq!(place.to_string(), "s3://evidence-bucket/shop");
        for text in [
            "",
            "file:",
            "file://host/a",
            "s3:bucket",
            "s3://B",
            "gs://bucket",
            "https://a",
        ] {
            let error = of(text).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid, "{text}");
        }
    }

    #[test]
    fn the_profile_s_directory_lies_beside_it() {
        let of =
            |text: Option<&str>| Place::of_profile(text.map(Path::new), Path::new("here")).unwrap();
        assert_eq!(of(None), Place::Directory("here/.gate".into()));
        assert_eq!(of(Some("a")), Place::Directory("here/a".into()));
        assert_eq!(of(Some("/a")), Place::Directory("/a".into()));
        assert!(matches!(of(Some("s3://evidence")), Place::S3(_)));
    }
}
