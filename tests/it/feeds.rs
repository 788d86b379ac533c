//! Feeds, from the file that was published to the one that gates read.

use std::fs;
use std::path::PathBuf;

use gate_core::digest::Digest;

use crate::gate::{Folder, each, workspace};

fn published(name: &str) -> PathBuf {
    workspace().join("tests/feeds").join(name)
}

/// Imports a feed of `tests/feeds/` into a folder, and gives the answer.
fn imported(folder: &Folder, kind: &str, name: &str) -> serde_json::Value {
    let source = published(name).display().to_string();
    let ran = folder.gate(&["feed", "import", kind, &source, "--format", "json"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
    ran.json()
}

#[test]
fn what_was_published_is_imported_and_shown() {
    for (kind, name, title, count) in [
        (
            "epss",
            "epss.csv",
            "EPSS v2025.03.14 of 2025-11-20T00:00:00Z",
            6,
        ),
        (
            "epss",
            "epss.csv.gz",
            "EPSS v2025.03.14 of 2025-11-20T00:00:00Z",
            6,
        ),
        (
            "kev",
            "kev.json",
            "KEV 2025.11.20 of 2025-11-20T18:01:20Z",
            3,
        ),
    ] {
        let folder = Folder::new();
        let answer = imported(&folder, kind, name);
        let file = format!("feeds/{kind}.feed");
        let bytes = fs::read(folder.path().join(&file)).unwrap();
        let source = fs::read(published(name)).unwrap();
        assert_eq!(answer["file"], file);
        assert_eq!(answer["count"], count);
        assert_eq!(answer["digest"], Digest::of(&bytes).to_string());
        assert_eq!(answer["source"], Digest::of(&source).to_string());
        let shown = folder.gate(&["feed", "show", &file, "--format", "json"]);
        assert_eq!((shown.code, shown.json()), (0, answer.clone()));
        let shown = folder.gate(&["feed", "show", &file]);
        let digest = answer["digest"].as_str().unwrap();
        let line = format!("\n  {kind} = \"{file}\"\n");
        assert!(
            shown
                .stdout
                .starts_with(&format!("{title}\n  {count} vulnerabilities\n")),
            "{shown:?}"
        );
        assert!(
            shown.stdout.contains(digest) && shown.stdout.contains(&line),
            "{shown:?}"
        );
    }
}

/// The same feed gives the same bytes, whatever stood there before.
#[test]
fn importing_again_gives_the_same_feed() {
    let folder = Folder::new();
    let first = imported(&folder, "epss", "epss.csv");
    let file = folder.path().join("feeds/epss.feed");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, "damaged").unwrap();
    assert_eq!(imported(&folder, "epss", "epss.csv"), first);
    assert_eq!(fs::read(&file).unwrap(), bytes);
    let beside = fs::read_dir(folder.path().join("feeds")).unwrap().count();
    assert_eq!(beside, 1, "something was left beside the feed");
}

#[test]
fn a_feed_goes_where_it_is_told() {
    let source = published("kev.json").display().to_string();
    for (arguments, file) in [
        (&[][..], "feeds/kev.feed"),
        (&["--output", "my.feed"], "my.feed"),
        (&["-o", "new/folder/"], "new/folder/kev.feed"),
        (&["-o", "there"], "there/kev.feed"),
        (&["--config", "ci/gate.toml"], "ci/feeds/kev.feed"),
    ] {
        let folder = Folder::new();
        fs::create_dir(folder.path().join("there")).unwrap();
        let ran = folder.gate(&[&["feed", "import", "kev", &source], arguments].concat());
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
        assert!(folder.path().join(file).is_file(), "{file}");
        // As the profile has to name it, whose paths start from its own folder.
        let named = file.strip_prefix("ci/").unwrap_or(file);
        let line = format!("\n  kev = \"{named}\"\n");
        assert!(ran.stdout.ends_with(&line), "{ran:?}");
    }
}

#[test]
fn what_is_not_known_is_a_warning() {
    let folder = Folder::new();
    let more = fs::read_to_string(published("kev.json")).unwrap();
    let more = more.replacen("\"title\"", "\"::error::\\u001b[31m\": 1, \"title\"", 1);
    folder.file("kev.json", more);
    let ran = folder.gate(&["feed", "import", "kev", "kev.json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let warning = "warn[gate::feed-unknown-field]: reading the feed `kev.json`: `::error::\\u{1b}[31m` of the catalogue, is not known and left out\n";
    assert_eq!(ran.stderr, warning);
}

#[test]
fn what_is_no_feed_is_refused_and_nothing_is_written() {
    let epss = fs::read(published("epss.csv")).unwrap();
    let kev = fs::read(published("kev.json")).unwrap();
    let cut = epss.len() - 3;
    each(
        [
            (
                "epss",
                None,
                "reading the feed `given`: No such file or directory (os error 2)",
            ),
            (
                "epss",
                Some(Vec::new()),
                "reading the feed `given`: the file is empty",
            ),
            (
                "epss",
                Some(epss[..cut].to_vec()),
                "reading the feed `given`: it ends in the middle, line 8",
            ),
            (
                "epss",
                Some(kev.clone()),
                "reading the feed `given`: it is no feed of EPSS: expected `#model_version:…,score_date:…`, line 1",
            ),
            (
                "kev",
                Some(epss.clone()),
                "reading the feed `given`: expected value, line 1",
            ),
            (
                "kev",
                Some(b"{\"vulnerabilities\": []}".to_vec()),
                "reading the feed `given`: it is no feed of KEV: missing field `catalogVersion`",
            ),
        ],
        |(kind, bytes, message)| {
            let folder = Folder::new();
            folder.file("feeds/epss.feed", "as before");
            folder.file("feeds/kev.feed", "as before");
            if let Some(bytes) = bytes {
                folder.file("given", bytes);
            }
            let ran = folder.gate(&["feed", "import", kind, "given"]);
            assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
            let said = format!("error[gate::feed-invalid]: {message}\n");
            assert!(ran.stderr.starts_with(&said), "{ran:?}");
            for feed in ["feeds/epss.feed", "feeds/kev.feed"] {
                let kept = fs::read(folder.path().join(feed)).unwrap();
                assert_eq!(kept, b"as before");
            }
        },
    );
}

#[test]
fn a_feed_that_was_altered_is_not_shown() {
    let folder = Folder::new();
    imported(&folder, "epss", "epss.csv");
    let file = folder.path().join("feeds/epss.feed");
    let good = fs::read_to_string(&file).unwrap();
    for (from, to, message) in [
        (
            "0.94358",
            "0.943580",
            "expected as `epss` a number from 0 to 1, such as `0.00043`, line 3",
        ),
        (
            "CVE-1999-0001 0.01141 0.77689\n",
            "",
            "its header counts 6 vulnerabilities, and it lists 5",
        ),
        (
            "gate-feed/1",
            "gate-feed/9",
            "its format is not `gate-feed/1`, which this program reads, line 1",
        ),
        (
            "{",
            "[",
            "it does not begin with the header of a feed, line 1",
        ),
    ] {
        fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let ran = folder.gate(&["feed", "show", "feeds/epss.feed"]);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
        let said =
            format!("error[gate::feed-invalid]: reading the feed `feeds/epss.feed`: {message}\n");
        assert!(ran.stderr.starts_with(&said), "{ran:?}");
    }
}

#[test]
fn a_feed_that_can_not_be_written_is_an_error() {
    let folder = Folder::new();
    folder.file("feeds", "a file stands in the way");
    let source = published("kev.json").display().to_string();
    let ran = folder.gate(&["feed", "import", "kev", &source]);
    assert_eq!((ran.code, &*ran.stdout), (4, ""), "{ran:?}");
    let said = "error[gate::answer-not-written]: writing the feed to `feeds/kev.feed`: ";
    assert!(ran.stderr.starts_with(said), "{ran:?}");
}
