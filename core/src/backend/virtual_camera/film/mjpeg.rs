//! Motion JPEG files: one JPEG after the other.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::{MOST_BYTES, Picture, bad, open_file, still};
use crate::{Error, Result};

pub(in super::super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    /// Pictures since the file was begun.
    pictures: u64,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Reader> {
        let (file, _) = open_file(path)?;
        Ok(Reader { path: path.to_owned(), file: BufReader::new(file), pictures: 0 })
    }

    pub(super) fn next(&mut self) -> Result<Picture> {
        loop {
            if let Some(jpeg) = self.read()? {
                self.pictures += 1;
                return still::from_jpeg(&self.path, jpeg);
            }
            if self.pictures == 0 {
                return Err(bad(&self.path, "there is no whole JPEG in it"));
            }
            self.pictures = 0;
            self.file.rewind().map_err(|e| self.failed(e))?;
        }
    }

    fn failed(&self, error: std::io::Error) -> Error {
        bad(&self.path, format_args!("the file cannot be read: {error}")).with_source(error)
    }

    /// The next JPEG; `None` when the file ends. One that is cut at the end is left out.
    fn read(&mut self) -> Result<Option<Vec<u8>>> {
        match self.collect() {
            Ok(jpeg) => jpeg.map_or_else(
                || Err(bad(&self.path, format_args!("one of its pictures has more than {MOST_BYTES} bytes"))),
                |jpeg| Ok(Some(jpeg)),
            ),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// From a start marker to its end marker. Segments are skipped by their length: a thumbnail in one has markers too.
    fn collect(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut last = 0;
        loop {
            let byte = self.byte()?;
            if (last, byte) == (0xff, 0xd8) {
                break;
            }
            last = byte;
        }
        let mut out = vec![0xff, 0xd8];
        loop {
            if out.len() as u64 > MOST_BYTES {
                return Ok(None);
            }
            let byte = self.byte()?;
            out.push(byte);
            if byte != 0xff {
                continue;
            }
            let mut marker = self.byte()?;
            out.push(marker);
            while marker == 0xff {
                marker = self.byte()?;
                out.push(marker);
            }
            match marker {
                0xd9 => return Ok(Some(out)),
                // Stuffing and restarts belong to the scan.
                0x00 | 0x01 | 0xd0..=0xd8 => {}
                _ => {
                    let length = [self.byte()?, self.byte()?];
                    out.extend_from_slice(&length);
                    let start = out.len();
                    out.resize(start + usize::from(u16::from_be_bytes(length)).saturating_sub(2), 0);
                    self.file.read_exact(&mut out[start..])?;
                }
            }
        }
    }

    fn byte(&mut self) -> std::io::Result<u8> {
        let mut byte = [0];
        self.file.read_exact(&mut byte)?;
        Ok(byte[0])
    }
}
