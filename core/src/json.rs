//! Parsing of JSON text with the place of a mistake.

use serde::de::DeserializeOwned;

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

/// serde_json counts lines and columns from 1, columns in bytes; 0 where it knows none.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}
