//! Sizes and rates that a track can have: the camera's own modes, and what can be made of them by cropping,
//! scaling and leaving out frames.
//!
//! The second kind is never listed. What demands leave of it is a box of widths, heights, shapes and rates
//! ([`Region`]); the best point of it lies at an ideal or at an end of an interval (SS3), under each of the
//! native modes that cover it.

use super::fitness::{self, number_satisfies, same_rate};
use super::normalize::{NumberRule, Rule, Rules, rounded_ratio};
use super::select::TIE;
use crate::Property;

/// Default values that break ties.
const DEFAULTS: (f64, f64, f64) = (640.0, 480.0, 30.0);

/// How far a side is moved at most to find one that a demanded shape has: narrower demands than one part in so many
/// are met by the multiples of their terms alone.
const STEPS: u32 = 512;

/// One mode of the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Native {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frame_rate: f64,
    /// Smaller is cheaper to use; equal modes differ only in it.
    pub(crate) format_rank: u32,
    /// Needs no decoding by software.
    pub(crate) efficient: bool,
}

/// Whether a track's pictures are the camera's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResizeMode {
    None,
    CropAndScale,
}

impl ResizeMode {
    pub(crate) const ALL: [ResizeMode; 2] = [ResizeMode::None, ResizeMode::CropAndScale];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ResizeMode::None => "none",
            ResizeMode::CropAndScale => "crop-and-scale",
        }
    }
}

/// What one track shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StreamChoice {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frame_rate: f64,
    pub(crate) resize_mode: ResizeMode,
    /// Of the pixel format.
    pub(crate) efficient: bool,
}

/// The shape of a size, with ten decimals.
pub(crate) fn aspect_ratio(width: u32, height: u32) -> f64 {
    rounded_ratio(f64::from(width) / f64::from(height.max(1)))
}

/// The rules of a set that concern the stream, looked up once.
#[derive(Clone, Copy, Default)]
pub(crate) struct StreamRules<'a> {
    width: Option<&'a NumberRule>,
    height: Option<&'a NumberRule>,
    aspect_ratio: Option<&'a NumberRule>,
    frame_rate: Option<&'a NumberRule>,
    resize_mode: Option<&'a Rule>,
    efficient: Option<&'a Rule>,
}

impl<'a> StreamRules<'a> {
    pub(crate) fn new(rules: &'a Rules) -> StreamRules<'a> {
        let number = |property| match rules.get(&property) {
            Some(Rule::Number(rule)) => Some(rule),
            _ => None,
        };
        StreamRules {
            width: number(Property::Width),
            height: number(Property::Height),
            aspect_ratio: number(Property::AspectRatio),
            frame_rate: number(Property::FrameRate),
            resize_mode: rules.get(&Property::ResizeMode),
            efficient: rules.get(&Property::PowerEfficientPixelFormat),
        }
    }

    fn allows(&self, width: u32, height: u32, frame_rate: f64) -> bool {
        let met = |property, actual, rule: Option<&NumberRule>| rule.is_none_or(|rule| number_satisfies(property, actual, rule));
        met(Property::Width, f64::from(width), self.width)
            && met(Property::Height, f64::from(height), self.height)
            && met(Property::FrameRate, frame_rate, self.frame_rate)
            && self.aspect_ratio.is_none_or(|rule| number_satisfies(Property::AspectRatio, aspect_ratio(width, height), rule))
    }

    fn allows_mode(&self, mode: ResizeMode) -> bool {
        self.mode_term(mode).is_finite()
    }

    fn mode_term(&self, mode: ResizeMode) -> f64 {
        match self.resize_mode {
            Some(rule) => fitness::term(Property::ResizeMode, rule, Some(&mode.as_str().into())),
            None => 0.0,
        }
    }

    fn efficient_term(&self, efficient: bool) -> f64 {
        match self.efficient {
            Some(rule) => fitness::term(Property::PowerEfficientPixelFormat, rule, Some(&efficient.into())),
            None => 0.0,
        }
    }

    fn size_distance(&self, width: u32, height: u32) -> f64 {
        let term = |property, actual, rule: Option<&NumberRule>| rule.map_or(0.0, |rule| fitness::number_distance(property, actual, rule));
        term(Property::Width, f64::from(width), self.width)
            + term(Property::Height, f64::from(height), self.height)
            + self.aspect_ratio.map_or(0.0, |rule| fitness::number_distance(Property::AspectRatio, aspect_ratio(width, height), rule))
    }

    fn rate_distance(&self, frame_rate: f64) -> f64 {
        self.frame_rate.map_or(0.0, |rule| fitness::number_distance(Property::FrameRate, frame_rate, rule))
    }
}

/// An interval of numbers, with the values in it that somebody asked for.
#[derive(Clone, Debug, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
    asked: Vec<f64>,
}

impl Axis {
    fn new(low: f64, high: f64) -> Axis {
        Axis { low, high, asked: Vec::new() }
    }

    fn is_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Takes the values that a rule names; `None` when nothing is left.
    fn restrict(&self, rule: &NumberRule, required_only: bool) -> Option<Axis> {
        let mut left = self.clone();
        let named = [rule.min, rule.max, rule.exact, if required_only { None } else { rule.ideal }];
        left.asked.extend(named.into_iter().flatten());
        left.low = [Some(left.low), rule.min, rule.exact].into_iter().flatten().fold(f64::NEG_INFINITY, f64::max);
        left.high = [Some(left.high), rule.max, rule.exact].into_iter().flatten().fold(f64::INFINITY, f64::min);
        // What is out of reach counts as the end that is nearer to it. So the list stays short, however many sets there are.
        left.asked.iter_mut().for_each(|asked| *asked = asked.max(left.low).min(left.high));
        left.asked.sort_by(f64::total_cmp);
        left.asked.dedup();
        (left.low <= left.high || same_rate(left.low, left.high)).then_some(left)
    }
}

/// What demands leave of the sizes and rates that can be made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Region {
    width: Axis,
    height: Axis,
    aspect_ratio: Axis,
    frame_rate: Axis,
}

impl Region {
    /// Everything; `rules` of the basic set tell what is wished for.
    fn new(rules: &StreamRules<'_>) -> Region {
        let wished = |axis: Axis, rule: Option<&NumberRule>| {
            let asked = rule.and_then(|rule| rule.ideal).into_iter().collect();
            Axis { asked, ..axis }
        };
        Region {
            width: wished(Axis::new(1.0, f64::from(u32::MAX)), rules.width),
            height: wished(Axis::new(1.0, f64::from(u32::MAX)), rules.height),
            aspect_ratio: wished(Axis::new(0.0, f64::INFINITY), rules.aspect_ratio),
            frame_rate: wished(Axis::new(0.0, f64::INFINITY), rules.frame_rate),
        }
    }

    fn restrict(&self, rules: &StreamRules<'_>) -> Option<Region> {
        let axis = |axis: &Axis, rule: Option<&NumberRule>| match rule {
            Some(rule) => axis.restrict(rule, true),
            None => Some(axis.clone()),
        };
        Some(Region {
            width: axis(&self.width, rules.width)?,
            height: axis(&self.height, rules.height)?,
            aspect_ratio: axis(&self.aspect_ratio, rules.aspect_ratio)?,
            frame_rate: axis(&self.frame_rate, rules.frame_rate)?,
        })
    }

    fn contains_size(&self, width: u32, height: u32) -> bool {
        let inside = |axis: &Axis, value: f64| axis.low <= value && value <= axis.high;
        inside(&self.width, f64::from(width))
            && inside(&self.height, f64::from(height))
            && inside(&self.aspect_ratio, aspect_ratio(width, height))
    }

    fn contains_rate(&self, rate: f64) -> bool {
        let Axis { low, high, .. } = self.frame_rate;
        rate > 0.0 && (rate >= low || same_rate(rate, low)) && (rate <= high || same_rate(rate, high))
    }

    /// Calls `each` with the sizes that may be the best ones under a native size. A side that nobody asked
    /// for follows the other one in the native shape, so that nothing of the view is lost (VP1).
    fn sizes(&self, native: (u32, u32), each: &mut dyn FnMut(u32, u32)) {
        let (full_width, full_height) = native;
        let mut offer = |width: f64, height: f64| {
            let (width, height) = (width.round(), height.round());
            if width >= 1.0 && height >= 1.0 && width <= f64::from(full_width) && height <= f64::from(full_height) {
                let (width, height) = (width as u32, height as u32);
                if self.contains_size(width, height) {
                    each(width, height);
                }
            }
        };
        let (w, h) = (f64::from(full_width), f64::from(full_height));
        offer(w, h);
        let widths = sides(&self.width, w);
        let heights = sides(&self.height, h);
        let asked = (self.width.is_asked(), self.height.is_asked(), self.aspect_ratio.is_asked());
        if asked.0 {
            widths.iter().for_each(|width| offer(*width, (width * h / w).max(1.0)));
        }
        if asked.1 {
            heights.iter().for_each(|height| offer((height * w / h).max(1.0), *height));
        }
        if asked.0 && asked.1 {
            for width in &widths {
                heights.iter().for_each(|height| offer(*width, *height));
            }
        }
        if asked.2 {
            for ratio in &self.aspect_ratio.asked {
                if !(ratio.is_finite() && *ratio > 0.0) {
                    continue;
                }
                for width in &widths {
                    offer(*width, (width / ratio).floor());
                    offer(*width, (width / ratio).ceil());
                }
                for height in &heights {
                    offer((height * ratio).floor(), *height);
                    offer((height * ratio).ceil(), *height);
                }
                // A shape that no side of these has: the largest whole multiple of its terms.
                if let Some((across, down)) = terms(*ratio) {
                    let limit = |full: f64, axis: &Axis| full.min(axis.high);
                    let most = (limit(w, &self.width) / across).min(limit(h, &self.height) / down).floor();
                    offer(across * most, down * most);
                    let next_to = widths.iter().map(|width| width / across).chain(heights.iter().map(|height| height / down));
                    for times in next_to {
                        offer(across * times.floor(), down * times.floor());
                        offer(across * times.ceil(), down * times.ceil());
                    }
                }
            }
        }
        if self.aspect_ratio.low > 0.0 || self.aspect_ratio.high.is_finite() {
            self.beside(&widths, &heights, (w, h), &mut offer);
        }
    }

    /// Where a shape is demanded, the sides next to the wanted ones for which there is another side at all.
    fn beside(&self, widths: &[f64], heights: &[f64], (w, h): (f64, f64), offer: &mut dyn FnMut(f64, f64)) {
        let Axis { low, high, .. } = self.aspect_ratio;
        // Ten decimals: a little more on both ends; what is too much is refused when it is offered.
        let (low, high) = (low * (1.0 - 1e-9), high * (1.0 + 1e-9));
        let (width_ends, height_ends) =
            ((self.width.low.max(1.0), self.width.high.min(w)), (self.height.low.max(1.0), self.height.high.min(h)));
        let across = |height: f64| ((low * height).ceil().max(width_ends.0), (high * height).floor().min(width_ends.1));
        let down = |width: f64| ((width / high).ceil().max(height_ends.0), (width / low).floor().min(height_ends.1));
        for height in heights {
            nearest(*height, height_ends, &across, &mut |height, (least, most)| {
                widths.iter().for_each(|width| offer(width.clamp(least, most), height));
            });
        }
        for width in widths {
            nearest(*width, width_ends, &down, &mut |width, (least, most)| {
                heights.iter().for_each(|height| offer(width, height.clamp(least, most)));
            });
        }
    }

    /// Calls `each` with the rates that may be the best ones under a native rate.
    fn rates(&self, native: f64, each: &mut dyn FnMut(f64)) {
        let mut offer = |rate: f64| {
            if self.contains_rate(rate) {
                each(rate);
            }
        };
        for &asked in &self.frame_rate.asked {
            if asked > 0.0 && (asked <= native || same_rate(asked, native)) {
                offer(if same_rate(asked, native) { native } else { asked });
            }
            // Every so many frames, next to what was asked.
            let part = (native / asked.max(1e-3)).floor().max(1.0);
            offer(native / part);
            offer(native / (part + 1.0));
        }
        let part = (native / DEFAULTS.2).floor().max(1.0);
        offer(native);
        offer(native / part);
        offer(native / (part + 1.0));
    }
}

/// From `start` on in both directions within `ends`, the first whole numbers for which there is an interval.
fn nearest(start: f64, ends: (f64, f64), interval: &dyn Fn(f64) -> (f64, f64), each: &mut dyn FnMut(f64, (f64, f64))) {
    for direction in [-1.0, 1.0] {
        let first = if direction < 0.0 { start.floor() } else { start.ceil() };
        let found = (0..STEPS).map(|step| first + direction * f64::from(step)).find_map(|side| {
            let (least, most) = interval(side);
            (side >= ends.0 && side <= ends.1 && least <= most).then_some((side, (least, most)))
        });
        if let Some((side, interval)) = found {
            each(side, interval);
        }
    }
}

/// The values of a side that may be the best: the ends of its interval and what was asked.
fn sides(axis: &Axis, full: f64) -> Vec<f64> {
    let (low, high) = (axis.low.max(1.0), axis.high.min(full));
    if low > high {
        return Vec::new();
    }
    let mut sides: Vec<f64> = axis.asked.iter().map(|asked| asked.clamp(low, high)).collect();
    sides.extend([low, high]);
    sides.sort_by(f64::total_cmp);
    sides.dedup();
    sides
}

/// The smallest whole numbers whose ratio has these ten decimals: 16 and 9 for 1.7777777778.
fn terms(ratio: f64) -> Option<(f64, f64)> {
    // Convergents of the continued fraction.
    let (mut before, mut last) = ((0.0, 1.0), (1.0, 0.0));
    let mut rest = ratio;
    for _ in 0..20 {
        let whole = rest.floor();
        let next = (whole * last.0 + before.0, whole * last.1 + before.1);
        if next.0 > 65_536.0 || next.1 > 65_536.0 {
            return None;
        }
        if next.0 > 0.0 && next.1 > 0.0 && rounded_ratio(next.0 / next.1) == rounded_ratio(ratio) {
            return Some(next);
        }
        (before, last) = (last, next);
        rest = 1.0 / (rest - whole);
        if !rest.is_finite() {
            return None;
        }
    }
    None
}

/// What demands leave of the streams of a camera.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    /// Indexes of the native modes that meet the demands as they are.
    natives: Vec<u32>,
    /// Whether pictures may be the camera's own, or cropped and scaled.
    modes: [bool; 2],
    /// Whether the pixel format may be an inefficient one, or an efficient one.
    formats: [bool; 2],
    region: Option<Region>,
}

impl Streams {
    pub(crate) fn new(natives: &[Native], basic: &StreamRules<'_>) -> Streams {
        Streams { natives: (0..natives.len() as u32).collect(), modes: [true; 2], formats: [true; 2], region: Some(Region::new(basic)) }
    }

    /// What is left under the demands of a set; `None` when it is nothing.
    pub(crate) fn restrict(&self, all: &[Native], rules: &StreamRules<'_>) -> Option<Streams> {
        let modes = [0, 1].map(|index| self.modes[index] && rules.allows_mode(ResizeMode::ALL[index]));
        let formats = [false, true].map(|efficient| self.formats[usize::from(efficient)] && rules.efficient_term(efficient).is_finite());
        let fits = |index: &&u32| {
            let native = &all[**index as usize];
            formats[usize::from(native.efficient)] && rules.allows(native.width, native.height, native.frame_rate)
        };
        let natives: Vec<u32> = self.natives.iter().filter(fits).copied().collect();
        let region = if modes[1] { self.region.as_ref().and_then(|region| region.restrict(rules)) } else { None };
        let left = Streams { natives, modes, formats, region };
        left.is_possible(all).then_some(left)
    }

    fn is_possible(&self, all: &[Native]) -> bool {
        let native = !self.natives.is_empty() && (self.modes[0] || self.modes[1]);
        native
            || self.region.as_ref().is_some_and(|region| {
                self.coverings(all, region).any(|modes| {
                    let mut rate = false;
                    modes.iter().for_each(|native| region.rates(native.frame_rate, &mut |_| rate = true));
                    let mut size = false;
                    if rate {
                        region.sizes((modes[0].width, modes[0].height), &mut |_, _| size = true);
                    }
                    size
                })
            })
    }

    /// The native modes that may cover something of a region: in groups of one size and kind of format, as
    /// cameras list them.
    fn coverings<'a>(&'a self, all: &'a [Native], region: &'a Region) -> impl Iterator<Item = &'a [Native]> + 'a {
        let groups = all.chunk_by(|a, b| (a.width, a.height, a.efficient) == (b.width, b.height, b.efficient));
        groups.filter(move |modes| {
            self.formats[usize::from(modes[0].efficient)]
                && region.width.low <= f64::from(modes[0].width)
                && region.height.low <= f64::from(modes[0].height)
        })
    }

    /// The stream with the smallest distance to the basic set; ties go to the defaults, then to native
    /// pictures, then to the cheaper format, then to the camera's own order (SS1).
    pub(crate) fn best(&self, all: &[Native], basic: &StreamRules<'_>) -> Option<(StreamChoice, f64)> {
        let mut best = Best::default();
        // Looked up once: most rules say nothing of them.
        let mode_terms = ResizeMode::ALL.map(|mode| basic.mode_term(mode));
        let efficient_terms = [false, true].map(|efficient| basic.efficient_term(efficient));
        for &index in &self.natives {
            let native = &all[index as usize];
            let own = basic.size_distance(native.width, native.height)
                + basic.rate_distance(native.frame_rate)
                + efficient_terms[usize::from(native.efficient)];
            for (rank, mode) in ResizeMode::ALL.into_iter().enumerate().filter(|(rank, _)| self.modes[*rank]) {
                let choice = StreamChoice {
                    width: native.width,
                    height: native.height,
                    frame_rate: native.frame_rate,
                    resize_mode: mode,
                    efficient: native.efficient,
                };
                best.offer(choice, own + mode_terms[rank], native.format_rank, rank as u32);
            }
        }
        let Some(region) = &self.region else { return best.chosen };
        for modes in self.coverings(all, region) {
            // The best rate that one of them can make; then the sizes, which are the same for all.
            let mut rate: Option<(f64, f64, f64, u32)> = None;
            for native in modes {
                region.rates(native.frame_rate, &mut |value| {
                    let key = (basic.rate_distance(value), fitness::distance(value, DEFAULTS.2));
                    let better = rate.is_none_or(
                        |(_, first, second, _)| {
                            if (key.0 - first).abs() < TIE { key.1 < second - TIE } else { key.0 < first }
                        },
                    );
                    if better {
                        rate = Some((value, key.0, key.1, native.format_rank));
                    }
                });
            }
            let Some((frame_rate, rate_term, _, format_rank)) = rate else { continue };
            let Native { width, height, efficient, .. } = modes[0];
            let own = rate_term + mode_terms[1] + efficient_terms[usize::from(efficient)];
            region.sizes((width, height), &mut |width, height| {
                let choice = StreamChoice { width, height, frame_rate, resize_mode: ResizeMode::CropAndScale, efficient };
                best.offer(choice, own + basic.size_distance(width, height), format_rank, 2);
            });
        }
        best.chosen
    }
}

/// The best choice so far, and what it was chosen by.
#[derive(Default)]
struct Best {
    chosen: Option<(StreamChoice, f64)>,
    from_defaults: f64,
    rank: (u32, u32),
}

impl Best {
    fn offer(&mut self, choice: StreamChoice, distance: f64, format_rank: u32, mode_rank: u32) {
        let from_defaults = |choice: &StreamChoice| {
            fitness::distance(f64::from(choice.width), DEFAULTS.0)
                + fitness::distance(f64::from(choice.height), DEFAULTS.1)
                + fitness::distance(choice.frame_rate, DEFAULTS.2)
        };
        let Some((_, least)) = self.chosen else {
            self.from_defaults = from_defaults(&choice);
            self.rank = (mode_rank, format_rank);
            self.chosen = Some((choice, distance));
            return;
        };
        if distance > least + TIE {
            return;
        }
        let defaults = from_defaults(&choice);
        let rank = (mode_rank, format_rank);
        let better =
            distance < least - TIE || defaults < self.from_defaults - TIE || (defaults < self.from_defaults + TIE && rank < self.rank);
        if better {
            self.from_defaults = defaults;
            self.rank = rank;
            self.chosen = Some((choice, distance));
        }
    }
}

/// The native mode that the camera runs in for these streams: one that covers them all, of the right format,
/// with the shape of the first if there is one (the view is not cut then), as small, as slow and as cheap as
/// possible (VP1, MT1). `allowed` says which modes come into question.
pub(crate) fn covering_mode(natives: &[Native], allowed: &[u32], streams: &[StreamChoice]) -> Option<usize> {
    let first = streams.first()?;
    let key = |native: &Native| {
        let cut = aspect_ratio(native.width, native.height) != aspect_ratio(first.width, first.height);
        let area = u64::from(native.width) * u64::from(native.height);
        (native.efficient != first.efficient, cut, area, native.frame_rate, native.format_rank)
    };
    let covering = allowed.iter().filter(|&&index| streams.iter().all(|stream| natives[index as usize].covers(stream)));
    let least = covering.min_by(|a, b| {
        let (a, b) = (key(&natives[**a as usize]), key(&natives[**b as usize]));
        (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then(a.3.total_cmp(&b.3)).then(a.4.cmp(&b.4))
    });
    least.map(|index| *index as usize)
}

impl Native {
    /// Whether a stream can be made of this mode.
    pub(crate) fn covers(&self, stream: &StreamChoice) -> bool {
        let same_size = (self.width, self.height) == (stream.width, stream.height);
        let same_rate = same_rate(self.frame_rate, stream.frame_rate);
        match stream.resize_mode {
            ResizeMode::None => same_size && same_rate,
            ResizeMode::CropAndScale => {
                self.width >= stream.width && self.height >= stream.height && (same_rate || self.frame_rate >= stream.frame_rate)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_sets_leaves_a_short_list_of_what_was_asked() {
        let mut axis = Axis { asked: vec![12.0], ..Axis::new(0.0, f64::INFINITY) };
        for n in 0..1000u32 {
            let rule = NumberRule { min: Some(10.0 + f64::from(n) / 1e3), max: Some(1e6 - f64::from(n)), ..NumberRule::default() };
            axis = axis.restrict(&rule, true).unwrap();
        }
        assert_eq!(axis, Axis { low: 10.999, high: 999_001.0, asked: vec![10.999, 12.0, 999_001.0] });
    }
}
