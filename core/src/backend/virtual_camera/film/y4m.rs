//! YUV4MPEG2 files: a line of text, then raw pictures with a line of text each.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use yuv::{YuvGrayImage, YuvPlanarImage, YuvRange, YuvStandardMatrix};

use super::{Picture, bad, check_size, open_file};
use crate::{Error, Result};

/// The most bytes of a line.
const LINE: u64 = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chroma {
    Mono,
    C420,
    C422,
    C444,
}

impl Chroma {
    /// Width and height of a chroma plane.
    fn size(self, width: usize, height: usize) -> (usize, usize) {
        match self {
            Chroma::Mono => (0, 0),
            Chroma::C420 => (width.div_ceil(2), height.div_ceil(2)),
            Chroma::C422 => (width.div_ceil(2), height),
            Chroma::C444 => (width, height),
        }
    }
}

pub(in super::super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    /// Where the first picture begins.
    start: u64,
    pictures: u64,
}

#[derive(Debug)]
struct Header {
    width: u32,
    height: u32,
    rate: f64,
    chroma: Chroma,
    range: YuvRange,
}

impl Header {
    fn parse(path: &Path, line: &str) -> Result<Header> {
        let mut words = line.split(' ');
        if words.next() != Some("YUV4MPEG2") {
            return Err(bad(path, "it does not begin with YUV4MPEG2"));
        }
        let mut header = Header { width: 0, height: 0, rate: 0.0, chroma: Chroma::C420, range: YuvRange::Limited };
        for word in words.filter(|word| !word.is_empty()) {
            let (tag, value) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            let wrong = |what: &str| bad(path, format_args!("{word:?} in its header is no {what}"));
            match tag {
                "W" => header.width = value.parse().map_err(|_| wrong("width"))?,
                "H" => header.height = value.parse().map_err(|_| wrong("height"))?,
                "F" => {
                    let parts = value.split_once(':').and_then(|(n, d)| Some((n.parse::<u32>().ok()?, d.parse::<u32>().ok()?)));
                    header.rate = parts
                        .map(|(n, d)| f64::from(n) / f64::from(d))
                        .filter(|rate| rate.is_finite() && (0.001..=1_000_000.0).contains(rate))
                        .ok_or_else(|| wrong("frame rate such as F30:1"))?;
                }
                "C" => {
                    header.chroma = match value {
                        "420" | "420jpeg" | "420mpeg2" | "420paldv" => Chroma::C420,
                        "422" => Chroma::C422,
                        "444" => Chroma::C444,
                        "mono" => Chroma::Mono,
                        _ => {
                            return Err(wrong(
                                "form of colour that can be shown; those are 420, 420jpeg, 420mpeg2, 420paldv, 422, 444 and mono",
                            ));
                        }
                    }
                }
                // Fields of both times are shown in one picture, as cameras with interlace deliver them.
                "I" if !["p", "t", "b", "m", "?"].contains(&value) => return Err(wrong("interlacing: p, t, b, m or ?")),
                "X" if value == "COLORRANGE=FULL" => header.range = YuvRange::Full,
                _ => {}
            }
        }
        check_size(path, header.width, header.height)?;
        if header.rate == 0.0 {
            return Err(bad(path, "its header has no frame rate (F)"));
        }
        Ok(header)
    }

    fn frame_size(&self) -> usize {
        let (width, height) = (self.width as usize, self.height as usize);
        let (chroma_width, chroma_height) = self.chroma.size(width, height);
        width * height + 2 * chroma_width * chroma_height
    }
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Reader> {
        let (file, length) = open_file(path)?;
        let mut file = BufReader::new(file);
        let line = line(path, &mut file)?.ok_or_else(|| bad(path, "it is empty"))?;
        let header = Header::parse(path, &line)?;
        let start = line.len() as u64 + 1;
        let needed = start + "FRAME\n".len() as u64 + header.frame_size() as u64;
        if length < needed {
            return Err(bad(
                path,
                format_args!(
                    "its header says {}x{}, for which one picture alone makes {needed} bytes; the file has {length}",
                    header.width, header.height
                ),
            ));
        }
        Ok(Reader { path: path.to_owned(), file, header, start, pictures: 0 })
    }

    /// Pictures a second.
    pub(super) fn rate(&self) -> f64 {
        self.header.rate
    }

    pub(super) fn next(&mut self) -> Result<Picture> {
        let mut data = vec![0; self.header.frame_size()];
        loop {
            if let Some(line) = line(&self.path, &mut self.file)? {
                if line != "FRAME" && !line.starts_with("FRAME ") {
                    return Err(bad(&self.path, format_args!("picture {} does not begin with FRAME", self.pictures + 1)));
                }
                match self.file.read_exact(&mut data) {
                    Ok(()) => {
                        self.pictures += 1;
                        return self.picture(&data);
                    }
                    // A picture that is cut at the end of the file is left out.
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {}
                    Err(error) => return Err(unreadable(&self.path, error)),
                }
            }
            if self.pictures == 0 {
                return Err(bad(&self.path, "there is no whole picture in it"));
            }
            self.pictures = 0;
            self.file.seek(SeekFrom::Start(self.start)).map_err(|e| unreadable(&self.path, e))?;
        }
    }

    fn picture(&self, data: &[u8]) -> Result<Picture> {
        let Header { width, height, chroma, range, .. } = self.header;
        let luma = width as usize * height as usize;
        let (chroma_width, chroma_height) = chroma.size(width as usize, height as usize);
        let (y_plane, rest) = data.split_at(luma);
        let (u_plane, v_plane) = rest.split_at(chroma_width * chroma_height);
        let chroma_stride = chroma_width as u32;
        let planar =
            YuvPlanarImage { y_plane, y_stride: width, u_plane, u_stride: chroma_stride, v_plane, v_stride: chroma_stride, width, height };
        let matrix = if height < 720 { YuvStandardMatrix::Bt601 } else { YuvStandardMatrix::Bt709 };
        let mut rgba = vec![255; luma * 4];
        let stride = width * 4;
        match chroma {
            Chroma::Mono => {
                yuv::yuv400_to_rgba(&YuvGrayImage { y_plane, y_stride: width, width, height }, &mut rgba, stride, range, matrix)
            }
            Chroma::C420 => yuv::yuv420_to_rgba(&planar, &mut rgba, stride, range, matrix),
            Chroma::C422 => yuv::yuv422_to_rgba(&planar, &mut rgba, stride, range, matrix),
            Chroma::C444 => yuv::yuv444_to_rgba(&planar, &mut rgba, stride, range, matrix),
        }
        .map_err(|e| bad(&self.path, format_args!("a picture cannot be shown: {e:?}")))?;
        Ok(Picture { width, height, rgba, jpeg: None })
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    bad(path, format_args!("the file cannot be read: {error}")).with_source(error)
}

/// A line without its end; `None` at the end of the file.
fn line(path: &Path, file: &mut BufReader<File>) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    file.by_ref().take(LINE).read_until(b'\n', &mut bytes).map_err(|e| unreadable(path, e))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.pop() != Some(b'\n') {
        return Err(bad(path, "a line of text in it has no end; it is no YUV4MPEG2 file or is cut"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| bad(path, "a line of text in it is none; it is no YUV4MPEG2 file or is damaged"))
}
