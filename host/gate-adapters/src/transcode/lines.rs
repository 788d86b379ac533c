//! Lines of text as an array of `{"text": …, "secret": …}`, one on each line, so that line numbers stay.

use std::io::BufRead;

use super::{Limited, Out, Take, cut_off};
use crate::error::ReadError;

pub(super) fn transcode(
    cut: fn(&str) -> usize,
    source: &mut dyn BufRead,
    take: &mut Take<'_>,
) -> Result<(), ReadError> {
    let (mut source, allowance) = Limited::new(source);
    let mut out = Out::new(take);
    let mut bytes = Vec::new();
    let mut number = 0_u64;
    let mut first = true;
    out.raw("[");
    loop {
        bytes.clear();
        allowance.renew();
        number += 1;
        let read = source.read_until(b'\n', &mut bytes);
        let place = || format!("line {number}");
        match read.map_err(|error| allowance.explain(error.into(), place))? {
            0 => break,
            _ if !bytes.ends_with(b"\n") => return Err(cut_off(place())),
            _ => {}
        }
        let mut rest = bytes.as_slice();
        if number == 1 {
            rest = rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest);
        }
        // A quoted source line may be in any encoding; what stands around it is not lost for that.
        let line = String::from_utf8_lossy(rest);
        let line = line.trim_end_matches(['\r', '\n']);
        if !line.trim().is_empty() {
            let at = line.floor_char_boundary(cut(line).min(line.len()));
            let (text, secret) = line.split_at_checked(at).unwrap_or((line, ""));
            if !first {
                out.raw(",");
            }
            first = false;
            out.raw("{");
            out.member("text", text)?;
            out.raw(",");
            out.member("secret", secret)?;
            out.raw("}");
        }
        out.raw("\n");
        out.flush_when_full()?;
    }
    out.raw("]\n");
    out.flush()
}
