//! The sheet as one picture: where everything goes, and text.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use super::{Cell, ContactSheet};
use crate::frame::format::{Colour, Layout};
use crate::frame::pool::Bytes;
use crate::{Error, Frame, PixelFormat, Result};

const MARGIN: usize = 28;
const GAP: usize = 16;
/// Between a picture's edges and its label.
const PADDING: usize = 10;
/// Sheets with more pixels help nobody: they would be gigabytes.
const MAX_PIXELS: usize = 100_000_000;

/// Greys without a tint, since colours are compared on them.
const BACKGROUND: u8 = 30;
const CARD: u8 = 52;
const STRONG: u8 = 245;
const WEAK: u8 = 170;

/// A way to write.
#[derive(Clone, Copy)]
struct Style {
    weight: FontWeight,
    height: RasterHeight,
    grey: u8,
    /// From one line to the next.
    line: usize,
}

const TITLE: Style = Style { weight: FontWeight::Bold, height: RasterHeight::Size20, grey: STRONG, line: 30 };
const NOTE: Style = Style { weight: FontWeight::Regular, height: RasterHeight::Size16, grey: WEAK, line: 22 };
const VALUE: Style = Style { weight: FontWeight::Bold, height: RasterHeight::Size20, grey: STRONG, line: 25 };
const SMALL_VALUE: Style = Style { weight: FontWeight::Bold, height: RasterHeight::Size16, grey: STRONG, line: 20 };
const DETAIL: Style = Style { weight: FontWeight::Regular, height: RasterHeight::Size16, grey: WEAK, line: 20 };

impl Style {
    fn columns(self, width: usize) -> usize {
        (width / get_raster_width(self.weight, self.height)).max(1)
    }
}

/// Lines of text in a width, and how they are written.
struct Text(Vec<(Style, String)>);

impl Text {
    fn height(&self) -> usize {
        self.0.iter().map(|(style, _)| style.line).sum()
    }

    /// Fills lines with entries. One that is longer than a line is cut.
    fn add(&mut self, entries: &[String], style: Style, width: usize) {
        let columns = style.columns(width);
        let mut line = String::new();
        for entry in entries {
            if !line.is_empty() && line.chars().count() + 3 + entry.chars().count() > columns {
                self.0.push((style, std::mem::take(&mut line)));
            }
            if !line.is_empty() {
                line.push_str("   ");
            }
            line.extend(entry.chars().take(columns));
        }
        if !line.is_empty() {
            self.0.push((style, line));
        }
    }
}

struct Canvas {
    width: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, grey: u8) {
        for row in y..y + height {
            self.rgb[(row * self.width + x) * 3..][..width * 3].fill(grey);
        }
    }

    fn picture(&mut self, cell: &Cell, x: usize, y: usize) {
        let width = cell.width as usize;
        for (row, from) in cell.rgba.chunks_exact(width * 4).enumerate() {
            let to = &mut self.rgb[((y + row) * self.width + x) * 3..][..width * 3];
            for (to, from) in to.as_chunks_mut::<3>().0.iter_mut().zip(from.as_chunks::<4>().0) {
                *to = [from[0], from[1], from[2]];
            }
        }
    }

    /// Writes on one grey, and says where the next line begins.
    fn text(&mut self, text: &Text, x: usize, mut y: usize, on: u8) -> usize {
        for (style, line) in &text.0 {
            let advance = get_raster_width(style.weight, style.height);
            for (index, letter) in line.chars().enumerate() {
                let raster = get_raster(letter, style.weight, style.height).or_else(|| get_raster('?', style.weight, style.height));
                for (row, dots) in raster.iter().flat_map(|raster| raster.rows()).enumerate() {
                    let start = ((y + row) * self.width + x + index * advance) * 3;
                    for (dot, to) in dots.iter().zip(self.rgb[start..].as_chunks_mut::<3>().0) {
                        *to = [blend(on, style.grey, *dot); 3];
                    }
                }
            }
            y += style.line;
        }
        y
    }
}

fn blend(below: u8, above: u8, part: u8) -> u8 {
    let (below, above, part) = (u32::from(below), u32::from(above), u32::from(part));
    ((below * (255 - part) + above * part) / 255) as u8
}

/// Which pictures are in which row.
fn rows(count: usize, columns: usize, breaks: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut rows = Vec::new();
    let mut start = 0;
    for end in breaks.iter().copied().chain([count]).filter(|end| *end <= count) {
        while start < end {
            let stop = (start + columns).min(end);
            rows.push(start..stop);
            start = stop;
        }
    }
    rows
}

/// As many columns as make a sheet that is somewhat wider than high, and not wider than a screen.
fn columns(sheet: &ContactSheet) -> usize {
    let count = sheet.cells.len();
    match sheet.options.columns as usize {
        0 if !sheet.breaks.is_empty() => {
            let ends = sheet.breaks.iter().copied().chain([count]);
            let starts = [0].into_iter().chain(sheet.breaks.iter().copied());
            ends.zip(starts).map(|(end, start)| end.saturating_sub(start)).max().unwrap_or(1).max(1)
        }
        0 => {
            let on_screen = (1900 / (sheet.options.width as usize + GAP)).max(1);
            let square = (1..=count).find(|side| side * side >= count).unwrap_or(1);
            // A short sweep is one row: values are compared best side by side.
            if count <= on_screen { count } else { (square + 1).min(on_screen) }
        }
        asked => asked.min(count),
    }
}

/// Draws it.
pub(super) fn sheet(sheet: &ContactSheet) -> Result<Frame> {
    let cell_width = sheet.options.width as usize;
    let rows = rows(sheet.cells.len(), columns(sheet), &sheet.breaks);
    let widest = rows.iter().map(ExactSizeIterator::len).max().unwrap_or(1);
    let width = MARGIN * 2 + widest * cell_width + (widest - 1) * GAP;

    let mut head = Text(Vec::new());
    if !sheet.options.title.is_empty() {
        head.add(std::slice::from_ref(&sheet.options.title), TITLE, width - MARGIN * 2);
    }
    head.add(&sheet.notes, NOTE, width - MARGIN * 2);
    let head_height = if head.0.is_empty() { 0 } else { head.height() + GAP };

    let value = if cell_width < 240 { SMALL_VALUE } else { VALUE };
    let labels: Vec<Text> = sheet
        .cells
        .iter()
        .map(|cell| {
            let mut label = Text(Vec::new());
            label.add(&cell.label.strong, value, cell_width - PADDING * 2);
            label.add(&cell.label.weak, DETAIL, cell_width - PADDING * 2);
            label
        })
        .collect();
    let sizes: Vec<(usize, usize)> = rows
        .iter()
        .map(|row| {
            let picture = sheet.cells[row.clone()].iter().map(|cell| cell.height as usize).max().unwrap_or(0);
            let label = labels[row.clone()].iter().map(Text::height).max().unwrap_or(0);
            (picture, if label == 0 { 0 } else { label + PADDING * 2 })
        })
        .collect();
    let height = MARGIN * 2 + head_height + sizes.iter().map(|(picture, label)| picture + label + GAP).sum::<usize>() - GAP;
    if width * height > MAX_PIXELS {
        return Err(Error::invalid(format!(
            "a contact sheet of {width}x{height} pixels is too large; fewer or smaller pictures are possible"
        )));
    }

    let layout = Layout::new(PixelFormat::Rgb, width as u32, height as u32, 0)?;
    let mut canvas = Canvas { width, rgb: vec![BACKGROUND; width * height * 3] };
    canvas.text(&head, MARGIN, MARGIN, BACKGROUND);
    let mut y = MARGIN + head_height;
    for (row, (picture, label)) in rows.into_iter().zip(sizes) {
        for (column, index) in row.enumerate() {
            let (cell, x) = (&sheet.cells[index], MARGIN + column * (cell_width + GAP));
            canvas.fill(x, y, cell_width, picture + label, CARD);
            canvas.picture(cell, x, y + (picture - cell.height as usize) / 2);
            canvas.text(&labels[index], x + PADDING, y + picture + PADDING, CARD);
        }
        y += picture + label + GAP;
    }
    Ok(Frame::new(Bytes::Heap(canvas.rgb), layout, Colour::JPEG, crate::clock::now(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_when_they_are_full_and_at_breaks() {
        assert_eq!(rows(5, 2, &[]), [0..2, 2..4, 4..5]);
        assert_eq!(rows(7, 3, &[3, 5]), [0..3, 3..5, 5..7]);
        assert_eq!(rows(5, 2, &[3]), [0..2, 2..3, 3..5]);
    }

    #[test]
    fn entries_stay_together_and_long_ones_are_cut() {
        let mut text = Text(Vec::new());
        let advance = get_raster_width(DETAIL.weight, DETAIL.height);
        text.add(&["zoom 100".into(), "torch on".into(), "x".repeat(30)], DETAIL, 19 * advance);
        let lines: Vec<&str> = text.0.iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(lines, ["zoom 100   torch on", &"x".repeat(19)]);
    }
}
