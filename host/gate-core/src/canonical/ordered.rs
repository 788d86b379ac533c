//! Canonical JSON of types whose fields stand in order already.
//!
//! It is what `serde_json` writes for them, written several times as fast: the fields of a finding are known, so that
//! nothing is sorted, no key needs an escape, and a text that needs none is copied as it is. Only what findings are
//! made of can be written.

use serde::ser::{self, Error as _, Impossible, Serialize};

type Error = serde_json::Error;

/// Takes the JSON.
#[derive(Debug, Default)]
pub(crate) struct Ordered(pub(crate) Vec<u8>);

impl Ordered {
    fn raw(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        // Without a branch, so that many bytes are looked at at once.
        let escapes = |any, byte: u8| any | (byte < 0x20) | (byte == b'"') | (byte == b'\\');
        if text.bytes().fold(false, escapes) {
            return serde_json::to_writer(&mut self.0, text);
        }
        self.0.reserve(text.len() + 2);
        self.0.push(b'"');
        self.raw(text);
        self.0.push(b'"');
        Ok(())
    }

    fn number(&mut self, number: u32) {
        let mut digits = [0; 10];
        let mut rest = number;
        let mut begins = digits.len();
        for (at, digit) in digits.iter_mut().enumerate().rev() {
            // Below ten.
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            begins = at;
            if rest == 0 {
                break;
            }
        }
        self.0
            .extend_from_slice(digits.get(begins..).unwrap_or_default());
    }

    fn begin(&mut self, open: &str, close: char) -> Members<'_> {
        self.raw(open);
        Members {
            out: self,
            close,
            first: true,
        }
    }
}

/// What is in an object or a list.
pub(crate) struct Members<'a> {
    out: &'a mut Ordered,
    close: char,
    first: bool,
}

impl Members<'_> {
    fn next(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.out.raw(",");
        }
    }

    fn close(self) {
        // ASCII.
        self.out.0.push(self.close as u8);
    }
}

fn unknown<T>() -> Result<T, Error> {
    Err(Error::custom("a finding holds nothing of this type"))
}

macro_rules! refuse {
    ($($name:ident($($type:ty),*);)+) => {
        $(fn $name(self $(, _: $type)*) -> Result<(), Error> { unknown() })+
    };
}

impl<'a> ser::Serializer for &'a mut Ordered {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Impossible<(), Error>;

    refuse! {
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.raw(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.number(value.into());
        Ok(())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.number(value.into());
        Ok(())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.number(value);
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        self.text(text)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        unknown()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'a>, Error> {
        Ok(self.begin("[", ']'))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        unknown()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        unknown()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        unknown()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, Error> {
        Ok(self.begin("{", '}'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Error> {
        Ok(self.begin("{", '}'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        unknown()
    }
}

impl ser::SerializeSeq for Members<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.next();
        value.serialize(&mut *self.out)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.next();
        key.serialize(&mut *self.out)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.out.raw(":");
        value.serialize(&mut *self.out)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.next();
        self.out.raw("\"");
        self.out.raw(key);
        self.out.raw("\":");
        value.serialize(&mut *self.out)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_and_numbers_as_serde_json_writes_them(
            texts in prop::collection::btree_map(any::<String>(), any::<[String; 2]>().prop_map(Vec::from), 0..3),
            numbers in prop::collection::vec(any::<u32>(), 0..3),
            flag: Option<bool>,
        ) {
            let numbers = [numbers, vec![0, 9, 10, u32::MAX]].concat();
            let mut out = Ordered::default();
            texts.serialize(&mut out).unwrap();
            numbers.serialize(&mut out).unwrap();
            if flag.is_some() {
                flag.serialize(&mut out).unwrap();
            }
            let mut plain = serde_json::to_string(&texts).unwrap();
            plain += &serde_json::to_string(&numbers).unwrap();
            plain += &flag.map_or(String::new(), |flag| flag.to_string());
            prop_assert_eq!(String::from_utf8(out.0).unwrap(), plain);
        }
    }
}
