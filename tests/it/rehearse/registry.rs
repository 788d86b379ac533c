//! Where images are pushed to: a registry of its own on this machine, or, where none is installed, the stand-in's folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use super::programs::program;
use crate::aws::{Request, ask};

pub(super) enum Registry {
    Real {
        process: Child,
        address: SocketAddr,
        skopeo: PathBuf,
    },
    Folder(PathBuf),
}

impl Registry {
    pub(super) fn start(folder: &Path) -> Self {
        let installed = program("docker-registry").zip(program("skopeo"));
        let Some((registry, skopeo)) = installed else {
            return Self::Folder(folder.join("registry"));
        };
        let config = folder.join("registry.yml");
        let storage = folder.join("registry");
        let said = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:0\n",
            storage.display()
        );
        fs::write(&config, said).unwrap();
        let mut process = Command::new(registry)
            .arg("serve")
            .arg(&config)
            .env_clear()
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("the registry did not start"));
            let line = line.unwrap();
            if let Some((_, rest)) = line.split_once("listening on ") {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':');
                break rest[..end.unwrap_or(rest.len())].parse().unwrap();
            }
        };
        // Who does not read on has it wait.
        thread::spawn(move || lines.for_each(drop));
        Self::Real {
            process,
            address,
            skopeo,
        }
    }

    pub(super) fn skopeo(&self) -> Option<&Path> {
        match self {
            Self::Real { skopeo, .. } => Some(skopeo),
            Self::Folder(_) => None,
        }
    }

    /// Its name in the names of images.
    pub(super) fn host(&self) -> String {
        match self {
            Self::Real { address, .. } => address.to_string(),
            Self::Folder(_) => "registry.example".to_owned(),
        }
    }

    /// The tags of a repository, with the digest behind each.
    pub(super) fn pushed(&self, repository: &str) -> BTreeMap<String, String> {
        match self {
            Self::Real { address, .. } => {
                let get = |path: &str| Request::new("GET", &format!("/v2/{repository}{path}"));
                let listed = ask(*address, &get("/tags/list")).unwrap();
                // Nothing was pushed yet.
                if listed.status == 404 {
                    return BTreeMap::new();
                }
                let tags = listed.as_json()["tags"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                let tags = tags.iter().map(|tag| tag.as_str().unwrap().to_owned());
                tags.map(|tag| {
                    let kind = "application/vnd.oci.image.manifest.v1+json";
                    let manifest = get(&format!("/manifests/{tag}")).with("accept", kind);
                    let answer = ask(*address, &manifest).unwrap();
                    let digest = answer.header("docker-content-digest").unwrap().to_owned();
                    (tag, digest)
                })
                .collect()
            }
            Self::Folder(folder) => {
                let entries = fs::read_dir(folder).into_iter().flatten();
                let tags = entries.map(|entry| {
                    let path = entry.unwrap().path();
                    let tag = path.file_name().unwrap().to_str().unwrap().to_owned();
                    (tag, fs::read_to_string(path).unwrap().trim().to_owned())
                });
                tags.collect()
            }
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        if let Self::Real { process, .. } = self {
            let _gone = process.kill();
            let _ended = process.wait();
        }
    }
}
