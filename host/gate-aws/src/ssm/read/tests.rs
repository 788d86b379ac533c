//! Reading, page by page and twice, from a service that is made up.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::*;
use crate::error::{Action, Cause};
use crate::ssm::testing::{Asked, parameter};

/// A service that gives the pages that it is told to, each listing after the other, and has versions by selector.
#[derive(Default)]
struct Told {
    listings: RefCell<VecDeque<Vec<Vec<Parameter>>>>,
    named: Vec<(String, Parameter)>,
    pages: RefCell<usize>,
    asked: RefCell<Vec<Vec<String>>>,
}

impl Told {
    fn listing(listings: impl IntoIterator<Item = Vec<Vec<Parameter>>>) -> Self {
        Self {
            listings: RefCell::new(listings.into_iter().collect()),
            ..Self::default()
        }
    }
}

impl Service for Told {
    fn page(&self, _: &str, token: Option<&str>) -> Result<Page, ParameterError> {
        *self.pages.borrow_mut() += 1;
        let at: usize = token.map_or(0, |token| token.parse().unwrap());
        let mut listings = self.listings.borrow_mut();
        let listing = listings.front().cloned().unwrap_or_default();
        let last = at + 1 >= listing.len();
        if last && listings.len() > 1 {
            listings.pop_front();
        }
        Ok(Page {
            parameters: listing.get(at).cloned().unwrap_or_default(),
            token: (!last).then(|| (at + 1).to_string()),
        })
    }

    fn named(&self, names: &[String]) -> Result<Named, ParameterError> {
        self.asked.borrow_mut().push(names.to_vec());
        let mut named = Named::default();
        for name in names {
            match self.named.iter().find(|(selector, _)| selector == name) {
                Some((_, parameter)) => named.parameters.push(parameter.clone()),
                None => named.missing.push(name.clone()),
            }
        }
        Ok(named)
    }
}

/// A service that gives an empty page and a token for ever.
struct Endless;

impl Service for Endless {
    fn page(&self, _: &str, _: Option<&str>) -> Result<Page, ParameterError> {
        Ok(Page {
            parameters: Vec::new(),
            token: Some("more".to_owned()),
        })
    }

    fn named(&self, _: &[String]) -> Result<Named, ParameterError> {
        Err(AwsError {
            action: Action::on("ssm:GetParameters", "*"),
            cause: Cause::Denied("no".to_owned()),
        }
        .into())
    }
}

fn place(uri: &str) -> Place {
    Place::parse(uri).unwrap()
}

fn names(parameters: &[Parameter]) -> Vec<&str> {
    parameters
        .iter()
        .map(|parameter| &*parameter.name)
        .collect()
}

#[test]
fn an_empty_page_with_a_token_is_not_the_last() {
    let listing = vec![
        vec![],
        vec![parameter("/gate/shop/max-low", 1, "1")],
        vec![],
        vec![],
        vec![parameter("/gate/shop/image", 1, "{}")],
        vec![],
    ];
    let told = Told::listing([listing]);
    let place = place("ssm:/gate/shop");
    let read = Reader::new(&told, &place)
        .of_gate(&Asked::default().of())
        .unwrap();
    assert_eq!(names(&read), ["/gate/shop/image", "/gate/shop/max-low"]);
    assert_eq!(*told.pages.borrow(), 12);
}

#[test]
fn pages_without_an_end_are_an_error() {
    let place = place("ssm:/gate/shop");
    let error = Reader::new(&Endless, &place)
        .all(&Asked::default().gates)
        .unwrap_err();
    assert!(
        error.to_string().contains("more than 1000 pages"),
        "{error}"
    );
    let many: Vec<_> = (0..=PARAMETERS)
        .map(|at| vec![parameter(&format!("/gate/shop/t{at}"), 1, "1")])
        .collect();
    let error =
        Reader::new(&Told::listing([many[..900].to_vec()]), &place).all(&Asked::default().gates);
    assert!(error.is_ok());
    let all = vec![many.concat()];
    let error = Reader::new(&Told::listing([all]), &place)
        .all(&Asked::default().gates)
        .unwrap_err();
    assert!(
        error.to_string().contains("more than 1000 parameters"),
        "{error}"
    );
}

#[test]
fn several_parameters_count_when_two_readings_agree() {
    let version = |version| {
        vec![vec![
            parameter("/gate/shop/image", version, "{}"),
            parameter("/gate/shop/max-low", 1, "1"),
            // Of another gate, and it never rests.
            parameter("/gate/shop/sast", version * 7, "{}"),
        ]]
    };
    let place = place("ssm:/gate/shop");
    for (versions, read) in [
        (vec![1, 1], Some(1)),
        (vec![1, 2, 2], Some(2)),
        (vec![1, 2, 3, 3], Some(3)),
        (vec![1, 2, 3, 4, 4], None),
    ] {
        let told = Told::listing(versions.iter().map(|of| version(*of)));
        let seen = Reader::new(&told, &place).of_gate(&Asked::default().of());
        match (seen, read) {
            (Ok(seen), Some(version)) => {
                assert_eq!((seen[0].version, seen.len()), (version, 2));
            }
            (Err(error), None) => {
                assert!(
                    error.to_string().contains("changed between readings"),
                    "{error}"
                );
                assert!(!error.passes());
            }
            (seen, _) => panic!("{versions:?}: {seen:?}"),
        }
    }
}

#[test]
fn one_parameter_is_always_whole_and_read_once() {
    let told = Told::listing([vec![vec![
        parameter("/gate/shop/image", 1, "{}"),
        parameter("/gate/shop/sast", 1, "{}"),
    ]]]);
    let place = place("ssm:/gate/shop");
    let read = Reader::new(&told, &place)
        .of_gate(&Asked::default().of())
        .unwrap();
    assert_eq!((read.len(), *told.pages.borrow()), (1, 1));
}

#[test]
fn a_label_is_asked_of_every_parameter_of_the_gate() {
    let pinned: Vec<_> = (10..31).map(|at| format!("/gate/shop/t{at}")).collect();
    let mut listing: Vec<_> = pinned.iter().map(|name| parameter(name, 9, "9")).collect();
    listing.push(parameter("/gate/shop/sast", 9, "{}"));
    let mut told = Told::listing([vec![listing]]);
    let of = |name: &String| (format!("{name}:stable"), parameter(name, 2, "2"));
    told.named = pinned.iter().map(of).collect();
    let place = place("ssm:/gate/shop:stable");
    let asked = Asked::default();
    let read = Reader::new(&told, &place).of_gate(&asked.of()).unwrap();
    assert_eq!(read.len(), 21);
    assert!(
        read.iter()
            .all(|of| of.version == 2 && of.label.as_deref() == Some("stable"))
    );
    let calls: Vec<_> = told.asked.borrow().iter().map(Vec::len).collect();
    assert_eq!(calls, [10, 10, 1, 10, 10, 1]);

    told.named.remove(4);
    let error = Reader::new(&told, &place).of_gate(&asked.of()).unwrap_err();
    let expected = "`/gate/shop/t14`: no version of it has the label `stable`";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn one_parameter_is_named_with_its_pin() {
    let asked = Asked::default();
    let told = Told {
        named: vec![
            (
                "/gate/shop/image:3".to_owned(),
                parameter("/gate/shop/image", 3, "{}"),
            ),
            // A service that gives another version than was asked for is not believed.
            (
                "/gate/shop/image:4".to_owned(),
                parameter("/gate/shop/image", 5, "{}"),
            ),
        ],
        ..Told::default()
    };
    for (uri, error) in [
        ("ssm:/gate/shop/image:3", None),
        ("ssm:/gate/shop/image:4", Some("no version 4")),
        ("ssm:/gate/shop/image:2", Some("no version 2")),
        ("ssm:/gate/shop/image:gone", Some("the label `gone`")),
        ("ssm:/gate/shop/image", Some("no such parameter")),
        (
            "ssm:/gate/shop/sast:3",
            Some("is for the gate `sast`, and `image` asks"),
        ),
    ] {
        let place = place(uri);
        let read = Reader::new(&told, &place).of_gate(&asked.of());
        match error {
            None => assert_eq!(read.unwrap()[0].version, 3),
            Some(why) => {
                let error = read.unwrap_err().to_string();
                assert!(error.contains(why), "{uri}: {error}");
            }
        }
    }
}

#[test]
fn what_aws_refuses_is_said_with_the_statement_to_add() {
    let place = place("ssm:/gate/shop/image:3");
    let error = Reader::new(&Endless, &place).of_gate(&Asked::default().of());
    let problem = error.unwrap_err().problem();
    assert!(problem.message.contains("access is denied"), "{problem:?}");
    assert!(
        problem
            .help
            .unwrap()
            .contains(r#""Action":"ssm:GetParameters""#)
    );
}
