//! Parsing of JSON text with the place of a mistake.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::{Error, ErrorKind, Result};

/// Parses any JSON text.
pub(crate) fn parse(text: &str) -> Result<serde_json::Value> {
    parse_as(text)
}

/// Parses JSON text into a type; the error tells the member's path, line, column and byte offset.
pub(crate) fn parse_as<T: DeserializeOwned>(text: &str) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let failed = |error: serde_json::Error, path: String| {
        let offset = offset(text, error.line(), error.column());
        let place = if path == "." { String::new() } else { format!("{path}: ") };
        Error::new(ErrorKind::InvalidInput, format!("{place}{error}"))
            .context("the JSON text cannot be used")
            .with_offset(offset)
            .with_source(error)
    };
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        failed(error.into_inner(), path)
    })?;
    deserializer.end().map_err(|error| failed(error, ".".into()))?;
    Ok(value)
}

/// The members of a JSON object in the order in which they are written, each name once.
#[derive(Clone, Debug)]
pub(crate) struct Members<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Members<T> {
    fn default() -> Self {
        Members(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MembersVisitor<T> {
    type Value = Members<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Members<T>, A::Error> {
        let mut members: Vec<(String, T)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            if members.iter().any(|(other, _)| *other == name) {
                return Err(serde::de::Error::custom(format!("{name:?} is there twice")));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

/// serde_json counts lines and columns from 1, columns in bytes; 0 where it knows none.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}
