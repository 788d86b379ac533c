//! An export that stands in, and when it does not.

use gate_aws::ssm::Kind;
use gate_evidence::signing::key::KeyFile;

use super::*;

const AT: &str = "2026-01-31T12:00:00Z";

fn export() -> Exported {
    let place = Place::parse("ssm:/gate/shop/production").unwrap();
    let parameter = |name: &str| Parameter {
        name: format!("/gate/shop/production/{name}"),
        arn: String::new(),
        version: 3,
        label: None,
        last_modified: AT.parse().unwrap(),
        kind: Kind::String,
        text: "1".to_owned(),
    };
    let parameters = vec![parameter("image"), parameter("max-low")];
    Exported::new(&place, parameters, AT.parse().unwrap())
}

fn read(bytes: &[u8], key: &KeyFile, at: &str) -> Result<Exported, String> {
    let day = "24h".parse().unwrap();
    Exported::standing_in(bytes, &key.public(), day, at.parse().unwrap())
}

#[test]
fn an_export_stands_in_if_it_is_signed_by_the_key_and_young_enough() {
    let [key, other] = ["a", "b"].map(|name| KeyFile::generate(name).unwrap());
    let signed = export().to_bytes(Some(&key)).unwrap();
    let of_another = export().to_bytes(Some(&other)).unwrap();
    let plain = export().to_bytes(None).unwrap();
    let body = serde_json::to_vec(&export().document).unwrap();
    let of_another_type = Envelope::seal("application/vnd.in-toto+json", &body, &key).unwrap();
    let of_another_type = of_another_type.to_bytes().unwrap();
    let seal = |document: &Document| {
        let body = serde_json::to_vec(document).unwrap();
        Envelope::seal(TYPE, &body, &key)
            .unwrap()
            .to_bytes()
            .unwrap()
    };
    let mut document = export().document;
    document.parameters.swap(0, 1);
    let out_of_order = seal(&document);
    document.format = "gate-thresholds-export/2".to_owned();
    let of_the_future = seal(&document);
    for (bytes, at, refused) in [
        (&signed, AT, None),
        (&signed, "2026-02-01T12:00:00Z", None),
        (&signed, "2026-02-01T12:00:01Z", Some("it may be 1d old")),
        (&signed, "2026-01-31T11:55:00Z", None),
        (
            &signed,
            "2026-01-31T11:54:59Z",
            Some("after the moment of judgement"),
        ),
        (&of_another, AT, Some("that is trusted")),
        (&plain, AT, Some("it is no envelope")),
        (&of_another_type, AT, Some("and no export")),
        (&out_of_order, AT, Some("not in order of name")),
        (
            &of_the_future,
            AT,
            Some("this program reads `gate-thresholds-export/1`"),
        ),
        (&Vec::new(), AT, Some("it is no envelope")),
    ] {
        match (read(bytes, &key, at), refused) {
            (Ok(read), None) => {
                assert_eq!(read.parameters(), export().parameters());
                assert_eq!(read.place(), export().place());
            }
            (Err(error), Some(why)) => assert!(error.contains(why), "{why}: {error}"),
            (read, refused) => panic!("{refused:?}: {read:?}"),
        }
    }
}

#[test]
fn an_altered_export_is_refused_wherever_it_is_altered() {
    let key = KeyFile::generate("a").unwrap();
    let signed = export().to_bytes(Some(&key)).unwrap();
    let begin = signed
        .windows(11)
        .position(|of| of == b"\"payload\":\"")
        .unwrap()
        + 11;
    for at in begin..begin + 400 {
        let mut altered = signed.clone();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        assert!(read(&altered, &key, AT).is_err(), "{at}");
    }
}
