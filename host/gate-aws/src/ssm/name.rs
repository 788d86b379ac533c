//! Names of parameters, places in the store, and what the service allows of both.
//!
//! Limits: "Systems Manager parameter names" and `PutParameter` in the AWS documentation. The service's own messages come
//! after the first parameters of a plan are written, so each limit is checked here before.

use std::collections::BTreeSet;
use std::fmt;

use gate_core::gate::{GateName, is_name};

use super::error::ParameterError;

/// What a standard parameter holds at most, in bytes of UTF-8.
pub(super) const STANDARD_BYTES: usize = 4096;
/// What an advanced parameter holds at most, in bytes of UTF-8.
pub(super) const ADVANCED_BYTES: usize = 8192;
/// The longest name, in characters, with the ARN that stands before it.
const LONGEST: usize = 1011;
/// The most levels of a name.
const LEVELS: usize = 15;
/// The longest label, in characters.
const LONGEST_LABEL: usize = 100;

/// What is asked of a text, and what is said of one that is otherwise.
type Rule = (fn(&str) -> bool, &'static str);

/// The rules of a name that begins with `/`.
const NAME: &[Rule] = &[
    (|name| name.starts_with('/'), "it does not begin with `/`"),
    (
        |name| !parts(name).any(str::is_empty),
        "a part between two `/` is empty",
    ),
    (
        |name| parts(name).all(of_letters),
        "it has more than letters, digits, `.`, `-`, `_` and `/`",
    ),
    (
        |name| parts(name).count() <= LEVELS,
        "it has more than 15 levels",
    ),
    (
        |name| !is_reserved(name.trim_start_matches('/')),
        "it begins with `aws` or `ssm`, which the service keeps for itself",
    ),
    (
        |name| name.len() <= LONGEST,
        "it is longer than 1011 characters",
    ),
];

/// The rules of a label.
const LABEL: &[Rule] = &[
    (|label| !label.is_empty(), "the label is empty"),
    (
        of_letters,
        "the label has more than letters, digits, `.`, `-` and `_`",
    ),
    (
        |label| label.len() <= LONGEST_LABEL,
        "the label is longer than 100 characters",
    ),
    (
        |label| !label.starts_with(|c: char| c.is_ascii_digit()) && !is_reserved(label),
        "the label begins with a digit, `aws` or `ssm`",
    ),
];

/// The rules of a text that is to be written, for a tier.
fn of_text(text: &str, tier: Tier) -> Option<String> {
    let (limit, help) = match tier {
        Tier::Standard => (STANDARD_BYTES, "a standard parameter"),
        Tier::Advanced => (ADVANCED_BYTES, "an advanced parameter"),
    };
    if text.len() > limit {
        return Some(format!(
            "it would hold {} bytes, and {help} holds at most {limit}",
            text.len()
        ));
    }
    if text.is_empty() {
        return Some("it would be empty, and no parameter can be".to_owned());
    }
    text.contains("{{")
        .then(|| "it has `{{`, by which the service refers to other parameters".to_owned())
}

/// What a parameter may hold, and what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// 4 KB, free of charge.
    Standard,
    /// 8 KB, charged, and never standard again.
    Advanced,
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.strip_prefix('/').unwrap_or(name).split('/')
}

fn of_letters(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.chars().all(allowed)
}

fn is_reserved(text: &str) -> bool {
    let begins = |word: &str| {
        let beginning = text.get(..word.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(word))
    };
    begins("aws") || begins("ssm")
}

fn broken(rules: &[Rule], text: &str) -> Option<&'static str> {
    let broken = rules.iter().find(|(keeps, _)| !keeps(text));
    broken.map(|(_, why)| *why)
}

/// Refuses a parameter that the service would refuse. `arn` is what stands before names in this account and region.
pub(super) fn check(name: &str, text: &str, tier: Tier, arn: usize) -> Result<(), ParameterError> {
    let wrong = |why: String| ParameterError::wrong(name, why, "docs/thresholds.md has the limits");
    if let Some(why) = broken(NAME, name) {
        return Err(wrong(why.to_owned()));
    }
    if name.len() + arn > LONGEST {
        return Err(wrong(format!(
            "with its ARN the name has {} characters, and the service takes {LONGEST}",
            name.len() + arn
        )));
    }
    of_text(text, tier).map_or(Ok(()), |why| Err(wrong(why)))
}

/// Where parameters are read: `ssm:/gate/shop/production`, with a pin behind a colon or without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path, or the name of one parameter.
    name: String,
    pin: Option<Pin>,
}

/// Which value of a parameter is meant, where it is not the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// The one of this number.
    Version(u32),
    /// The one that has this label.
    Label(String),
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version}"),
            Self::Label(label) => f.write_str(label),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ssm:{}", self.name)?;
        self.pin.as_ref().map_or(Ok(()), |pin| write!(f, ":{pin}"))
    }
}

impl Place {
    /// How an address of this kind begins.
    pub const SCHEME: &'static str = "ssm:";

    /// The place of an address.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn parse(uri: &str) -> Result<Self, ParameterError> {
        let wrong = |why: &str| {
            let help = "write `ssm:/gate/APPLICATION/ENVIRONMENT`, with `:LABEL` behind it if you mean one";
            ParameterError::wrong(uri, why, help)
        };
        let rest = uri.strip_prefix(Self::SCHEME);
        let rest = rest.ok_or_else(|| wrong("it does not begin with `ssm:`"))?;
        let (name, pin) = match rest.split_once(':') {
            None => (rest, None),
            Some((name, pin)) => (name, Some(Pin::parse(pin).map_err(wrong)?)),
        };
        match broken(NAME, name) {
            Some(why) => Err(wrong(why)),
            None => Ok(Self {
                name: name.to_owned(),
                pin,
            }),
        }
    }

    /// The path, or the name of the one parameter.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which value is meant.
    #[must_use]
    pub const fn pin(&self) -> Option<&Pin> {
        self.pin.as_ref()
    }

    /// Whether it is one parameter and no path: it ends with the name of a gate, or in a version, which a path has not.
    #[must_use]
    pub fn is_parameter(&self, gates: &BTreeSet<GateName>) -> bool {
        matches!(self.pin, Some(Pin::Version(_))) || self.gate(gates).is_some()
    }

    /// The gate whose parameter it is by its name.
    pub(super) fn gate<'a>(&self, gates: &'a BTreeSet<GateName>) -> Option<&'a GateName> {
        let last = self.name.rsplit('/').next().unwrap_or_default();
        gates.iter().find(|gate| gate.as_str() == last)
    }

    /// What stands below it in the name of a parameter: one or two parts, such as `image` or `image/max-high`.
    pub(super) fn below<'a>(&self, parameter: &'a str) -> Option<(&'a str, Option<&'a str>)> {
        let rest = parameter.strip_prefix(&*self.name)?.strip_prefix('/')?;
        let (first, second) = match rest.split_once('/') {
            None => (rest, None),
            Some((first, second)) => (first, Some(second)),
        };
        let named = is_name(first) && second.is_none_or(is_name);
        named.then_some((first, second))
    }
}

impl Pin {
    fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let version = text.parse().ok().filter(|version| *version > 0);
            return version
                .map(Self::Version)
                .ok_or("no parameter has this version");
        }
        match broken(LABEL, text) {
            Some(why) => Err(why),
            None => Ok(Self::Label(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_or_a_parameter_with_a_pin_or_without() {
        let gates = BTreeSet::from([GateName::new("image").unwrap()]);
        for (uri, name, pin, one) in [
            (
                "ssm:/gate/shop/production",
                "/gate/shop/production",
                None,
                false,
            ),
            (
                "ssm:/gate/shop/production:stable",
                "/gate/shop/production",
                Some(Pin::Label("stable".into())),
                false,
            ),
            ("ssm:/gate/shop/image", "/gate/shop/image", None, true),
            (
                "ssm:/gate/shop/image:stable",
                "/gate/shop/image",
                Some(Pin::Label("stable".into())),
                true,
            ),
            (
                "ssm:/gate/shop/x:3",
                "/gate/shop/x",
                Some(Pin::Version(3)),
                true,
            ),
        ] {
            let place = Place::parse(uri).unwrap();
            assert_eq!((place.name(), place.pin()), (name, pin.as_ref()), "{uri}");
            assert_eq!(place.is_parameter(&gates), one, "{uri}");
            assert_eq!(place.to_string(), uri);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_the_rule_that_it_breaks() {
        let long = format!("ssm:/{}", "a".repeat(1011));
        let deep = format!("ssm:{}", "/a".repeat(16));
        let label = format!("ssm:/a:{}", "l".repeat(101));
        for (uri, why) in [
            ("/gate/shop", "does not begin with `ssm:`"),
            ("ssm:gate/shop", "does not begin with `/`"),
            ("ssm:", "does not begin with `/`"),
            ("ssm:/", "is empty"),
            ("ssm:/gate//shop", "is empty"),
            ("ssm:/gate/shop/", "is empty"),
            ("ssm:/gate/sh op", "more than letters"),
            ("ssm:/gate/shöp", "more than letters"),
            ("ssm:/gate/{environment}", "more than letters"),
            (&deep, "more than 15 levels"),
            (&long, "longer than 1011"),
            ("ssm:/aws/x", "begins with `aws`"),
            ("ssm:/AWSome/x", "begins with `aws`"),
            ("ssm:/ssm-x", "begins with `aws`"),
            ("ssm:/a:", "label is empty"),
            ("ssm:/a:0", "no parameter has this version"),
            ("ssm:/a:99999999999", "no parameter has this version"),
            ("ssm:/a:1st", "begins with a digit"),
            ("ssm:/a:ssmx", "begins with a digit"),
            ("ssm:/a:b:c", "more than letters"),
            (&label, "longer than 100"),
        ] {
            let error = Place::parse(uri).unwrap_err().to_string();
            assert!(error.contains(why), "{uri}: {error}");
        }
        assert!(Place::parse(&format!("ssm:{}", "/a".repeat(15))).is_ok());
        assert!(Place::parse(&format!("ssm:/a:{}", "l".repeat(100))).is_ok());
    }

    #[test]
    fn what_the_service_would_refuse_is_refused_before_it_is_written() {
        let (four, eight) = ("x".repeat(4096), "x".repeat(8192));
        for (name, text, tier, refused) in [
            ("/a", "x", Tier::Standard, None),
            ("/a", &*four, Tier::Standard, None),
            (
                "/a",
                &*format!("{four}x"),
                Tier::Standard,
                Some("4097 bytes"),
            ),
            // Bytes, not characters.
            ("/a", &*"ä".repeat(2049), Tier::Standard, Some("4098 bytes")),
            ("/a", &*eight, Tier::Advanced, None),
            (
                "/a",
                &*format!("{eight}x"),
                Tier::Advanced,
                Some("8193 bytes"),
            ),
            ("/a", "", Tier::Standard, Some("empty")),
            ("/a", "{{ssm:x}}", Tier::Standard, Some("has `{{`")),
            ("a", "x", Tier::Standard, Some("begin with `/`")),
        ] {
            let checked = check(name, text, tier, 60).map_err(|error| error.to_string());
            match refused {
                None => assert_eq!(checked, Ok(()), "{name}"),
                Some(why) => assert!(checked.unwrap_err().contains(why), "{why}"),
            }
        }
        let name = format!("/{}", "a".repeat(950));
        assert!(check(&name, "x", Tier::Standard, 60).is_ok());
        assert!(check(&name, "x", Tier::Standard, 61).is_err());
    }

    #[test]
    fn below_a_path_stand_one_or_two_names() {
        let place = Place::parse("ssm:/gate/shop").unwrap();
        for (name, below) in [
            ("/gate/shop/image", Some(("image", None))),
            (
                "/gate/shop/image/max-high",
                Some(("image", Some("max-high"))),
            ),
            ("/gate/shop/image/max/high", None),
            ("/gate/shop/Image", None),
            ("/gate/shop", None),
            ("/gate/shopping/image", None),
        ] {
            assert_eq!(place.below(name), below, "{name}");
        }
    }
}
