//! At each cap a component passes, beyond it by one it is refused for that and nothing else.

use super::cap::*;
use super::*;

/// A cap, and what makes a component that has this many of what it counts.
type Row = (Cap, fn(u64) -> Vec<u8>);

/// A row for each cap, or several.
const ROWS: &[Row] = &[
    (BYTES, |n| {
        let mut bytes = component(&[]);
        // A custom section: 0, its size in four bytes, an empty name.
        let size = n as usize - bytes.len() - 5;
        bytes.push(0);
        bytes.extend((0..4).map(|i| (size >> (7 * i)) as u8 & 0x7f | if i < 3 { 0x80 } else { 0 }));
        bytes.resize(n as usize, 0);
        bytes
    }),
    (NESTING, |n| {
        (1..n).fold(component(&[]), |inner, _| component(&[section(4, &inner)]))
    }),
    (MODULES, |n| {
        component(&many(n, |_| section(1, &module(&[]))))
    }),
    // The outermost is one of them.
    (COMPONENTS, |n| {
        component(&many(n - 1, |_| section(4, &component(&[]))))
    }),
    (INSTANTIATIONS, |n| {
        // A component that is instantiated 8 times, in one that is instantiated n / 8 times, and n % 8 times besides.
        let instances = |n: u64| section(5, &list(&many(n, |_| vec![0, 0, 0])));
        let leaf = || section(4, &component(&[]));
        if n.is_multiple_of(8) {
            let twice = component(&[leaf(), instances(8)]);
            component(&[section(4, &twice), instances(n / 8)])
        } else {
            component(&[leaf(), instances(n)])
        }
    }),
    (ITEMS, |n| {
        // A type, and in it n - 1 declarations of types.
        let declared = many(n - 1, |_| vec![0x01, 0x7f]);
        component(&[section(7, &list(&[[vec![0x42], list(&declared)].concat()]))])
    }),
    (TYPES, |n| {
        of_module(&[section(1, &list(&many(n, |_| function_type(0))))])
    }),
    (FUNCTIONS, |n| functions(&[(0, n)])),
    (PARAMETERS, |n| {
        // A type counts as well as a function of it.
        functions(&[(100, n / 100 - 3), (100 + n % 100, 1)])
    }),
    (RESULTS, |n| {
        let results = |n: u64| [vec![0x60, 0], list(&many(n, |_| vec![0x7f]))].concat();
        of_module(&[section(1, &list(&[results(n)]))])
    }),
    (NAMES, |n| {
        let export = |i: u64| [leb(8), format!("{i:08}").into_bytes(), vec![3, 0]].concat();
        of_module(&[section(7, &list(&many(n, export)))])
    }),
    (GLOBALS, |n| {
        of_module(&[section(
            6,
            &list(&many(n, |_| vec![0x7f, 0, 0x41, 0, 0x0b])),
        )])
    }),
    (TABLES, |n| {
        of_module(&[section(4, &list(&many(n, |_| vec![0x70, 0, 0])))])
    }),
    (MEMORIES, |n| {
        of_module(&[section(5, &list(&many(n, |_| vec![0, 0])))])
    }),
    (ELEMENTS, |n| {
        // The segment counts for one.
        let segment = [vec![0, 0x41, 0, 0x0b], list(&many(n - 1, |_| vec![0]))].concat();
        of_module(&[section(9, &list(&[segment]))])
    }),
    (IMAGE, |n| {
        // One byte in front and one at the end, in one memory; half of it in another.
        let at = |memory: u64, place: u64| {
            [
                vec![2],
                leb(memory),
                vec![0x41],
                sleb(place),
                vec![0x0b, 1, 0],
            ]
            .concat()
        };
        let half = n / 2;
        let data = [at(0, 7), at(0, 7 + half - 1), at(1, n - half - 1), at(1, 0)];
        of_module(&[section(11, &list(&data))])
    }),
    (DATA, |n| {
        of_module(&[section(11, &list(&many(n, |_| vec![1, 0])))])
    }),
    (BODY, |n| {
        function(
            0,
            &[vec![0], vec![0x01; n as usize - 2], vec![0x0b]].concat(),
        )
    }),
    (LOCALS, |n| {
        function(400, &[vec![1], leb(n - 400), vec![0x7f, 0x0b]].concat())
    }),
    (LOCALS_BY_BYTES, |n| {
        let bytes = n.div_ceil(1024) as usize;
        function(
            0,
            &[
                vec![1],
                leb(1024),
                vec![0x7f],
                vec![0x01; bytes - 5],
                vec![0x0b],
            ]
            .concat(),
        )
    }),
    (BRANCHES, |n| {
        // A block with a table of branches and a branch, and branches until there are enough.
        let table = n - 4;
        let code = [
            vec![0, 0x02, 0x40, 0x41, 0, 0x0e],
            leb(table),
            vec![0; table as usize + 1],
        ];
        function(
            0,
            &[code.concat(), vec![0x41, 0, 0x0d, 0, 0x0c, 0, 0x0b, 0x0b]].concat(),
        )
    }),
    (BRANCHES, |n| {
        // The function calls itself, for 16 values at a time; through a table; grows a memory; and then branches.
        let calls = (n - 3 * 17 - 3 * 2 - 1) / 15;
        let code = [
            vec![0],
            [0x10, 0].repeat(calls as usize),
            [0x41, 0, 0x11, 0, 0].repeat(3),
            [0x41, 0, 0x40, 0, 0x1a].repeat(3),
        ];
        let rest = n - 15 * calls - 17 * 3 - 2 * 3;
        let code = [code.concat(), [0x0c, 0].repeat(rest as usize), vec![0x0b]].concat();
        let ty = [vec![0x60, 0], list(&many(16, |_| vec![0x7f]))].concat();
        of_module(&[
            section(1, &list(&[ty])),
            section(3, &list(&[vec![0]])),
            section(10, &list(&[[leb(code.len() as u64), code].concat()])),
        ])
    }),
    (DEPTH, |n| {
        let open = [0x02, 0x40].repeat(n as usize);
        function(0, &[vec![0], open, vec![0x0b; n as usize + 1]].concat())
    }),
    (LOOPS, |n| {
        // One is over when the others begin.
        let open = [0x03, 0x40].repeat(n as usize);
        let code = [vec![0, 0x03, 0x40, 0x0b], open, vec![0x0b; n as usize + 1]];
        function(0, &code.concat())
    }),
];

#[test]
fn at_a_cap_a_component_passes_and_beyond_it_is_refused() {
    let mut caps: Vec<_> = ROWS.iter().map(|(cap, _)| *cap).collect();
    caps.dedup();
    assert_eq!(caps, CAPS, "a row for each, or several");
    for (cap, with) in ROWS {
        assert_eq!(scan(&with(cap.most)), Ok(()), "{cap:?}");
        let beyond = scan(&with(cap.most + 1));
        assert_eq!(beyond, Err(Refused::Beyond(Beyond(*cap))), "{cap:?}");
    }
}

/// A reader that called itself for each level would end the process here.
#[test]
fn types_in_one_another_are_read_without_going_with_them() {
    let mut bytes = Vec::new();
    for _ in 0..1_000_000 {
        // An instance type with one declaration: a type.
        bytes.extend([0x42, 1, 0x01]);
    }
    let bytes = component(&[section(7, &[vec![1], bytes].concat())]);
    assert_eq!(scan(&bytes), Err(Refused::Beyond(Beyond(NESTING))));
}

/// Where a section ends, the engine finds out that something is missing.
#[test]
fn what_is_cut_off_in_a_section_is_no_component() {
    let whole = functions(&[(3, 4)]);
    for end in (0..8).chain([9, 17, whole.len() - 1]) {
        assert_eq!(scan(&whole[..end]), Err(Refused::NoComponent), "{end}");
    }
    assert_eq!(scan(&module(&[])), Err(Refused::NoComponent));
}

fn many<T>(n: u64, item: impl FnMut(u64) -> T) -> Vec<T> {
    (0..n).map(item).collect()
}

fn leb(mut n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n > 0x7f {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

/// With a sign, for numbers that have none.
fn sleb(n: u64) -> Vec<u8> {
    let mut bytes = leb(n);
    if bytes[bytes.len() - 1] & 0x40 != 0 {
        *bytes.last_mut().unwrap() |= 0x80;
        bytes.push(0);
    }
    bytes
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [leb(items.len() as u64), items.concat()].concat()
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [vec![id], leb(content.len() as u64), content.to_vec()].concat()
}

fn component(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x0d\0\x01\0".to_vec(), sections.concat()].concat()
}

fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0".to_vec(), sections.concat()].concat()
}

fn of_module(sections: &[Vec<u8>]) -> Vec<u8> {
    component(&[section(1, &module(sections))])
}

fn function_type(parameters: u64) -> Vec<u8> {
    [vec![0x60], list(&many(parameters, |_| vec![0x7f])), vec![0]].concat()
}

/// Functions that do nothing: numbers of parameters, and how many of each.
fn functions(kinds: &[(u64, u64)]) -> Vec<u8> {
    let types = kinds
        .iter()
        .map(|(parameters, _)| function_type(*parameters));
    let kinds = kinds.iter().zip(0..);
    let of: Vec<_> = kinds
        .flat_map(|((_, n), ty)| many(*n, |_| leb(ty)))
        .collect();
    let bodies = vec![vec![2, 0, 0x0b]; of.len()];
    of_module(&[
        section(1, &list(&types.collect::<Vec<_>>())),
        section(3, &list(&of)),
        section(10, &list(&bodies)),
    ])
}

/// One function with this body.
fn function(parameters: u64, body: &[u8]) -> Vec<u8> {
    of_module(&[
        section(1, &list(&[function_type(parameters)])),
        section(3, &list(&[vec![0]])),
        section(
            10,
            &list(&[[leb(body.len() as u64), body.to_vec()].concat()]),
        ),
    ])
}
