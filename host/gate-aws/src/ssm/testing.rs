//! For the tests of this room.

use std::collections::BTreeSet;

use gate_core::gate::GateName;
use gate_core::ports::AskedOf;

use super::read::{Kind, Parameter};

/// Who asks: `image`, of a profile that also has `sast`.
pub(super) struct Asked {
    pub(super) gate: GateName,
    pub(super) gates: BTreeSet<GateName>,
}

impl Default for Asked {
    fn default() -> Self {
        let [image, sast] = ["image", "sast"].map(|name| GateName::new(name).unwrap());
        Self {
            gate: image.clone(),
            gates: BTreeSet::from([image, sast]),
        }
    }
}

impl Asked {
    pub(super) fn of(&self) -> AskedOf<'_> {
        AskedOf {
            gate: &self.gate,
            gates: &self.gates,
        }
    }
}

/// A parameter of the kind String.
pub(super) fn parameter(name: &str, version: u32, text: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        arn: format!("arn:aws:ssm:eu-central-1:123456789012:parameter{name}"),
        version,
        label: None,
        last_modified: "2026-01-31T12:00:00Z".parse().unwrap(),
        kind: Kind::String,
        text: text.to_owned(),
    }
}
