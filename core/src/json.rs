//! Parsing of JSON text with the place of a mistake.

use serde::de::DeserializeOwned;

use crate::{Error, ErrorKind, Result};

/// Parses any JSON text.
pub(crate) fn parse(text: &str) -> Result<serde_json::Value> {
    parse_as(text)
}

/// Parses JSON text into a type; the error tells line, column and byte offset.
pub(crate) fn parse_as<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| {
        let offset = offset(text, e.line(), e.column());
        Error::new(ErrorKind::InvalidInput, format!("the JSON text cannot be used: {e}")).with_offset(offset).with_source(e)
    })
}

/// serde_json counts lines and columns from 1, columns in bytes; 0 where it knows none.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}
