//! Everything that a node tells of itself and of its formats, also those that we cannot use.

use std::io;

use super::formats::{MAX_ENTRIES, code_name, pixel_format, rate};
use super::sys::{CAPABILITIES, Enumerated, Fract, Node, Queue};
use crate::{DeviceDetails, FormatDetails, RateDetails, SizeDetails};

pub(super) fn of(node: &Node, path: &str) -> io::Result<DeviceDetails> {
    let capability = node.capability()?;
    let named = CAPABILITIES.iter().filter(|(bit, _)| capability.caps() & bit != 0);
    let formats = match capability.queue() {
        Some(queue) => formats(node, queue)?,
        None => Vec::new(),
    };
    Ok(DeviceDetails {
        backend: "v4l2".into(),
        driver: capability.driver(),
        version: capability.version(),
        card: capability.card(),
        bus: capability.bus(),
        node: path.into(),
        capabilities: named.map(|(_, name)| (*name).into()).collect(),
        formats,
    })
}

fn formats(node: &Node, queue: Queue) -> io::Result<Vec<FormatDetails>> {
    let mut formats = Vec::new();
    for index in 0..MAX_ENTRIES {
        let Some(desc) = node.format(queue, index)? else { break };
        formats.push(FormatDetails {
            fourcc: code_name(desc.fourcc),
            description: desc.description,
            compressed: desc.compressed,
            emulated: desc.emulated,
            pixel_format: pixel_format(desc.fourcc).map(|(format, _)| format),
            sizes: sizes(node, desc.fourcc)?,
        });
    }
    Ok(formats)
}

fn sizes(node: &Node, code: u32) -> io::Result<Vec<SizeDetails>> {
    let mut sizes = Vec::new();
    for index in 0..MAX_ENTRIES {
        match node.frame_size(code, index)? {
            None => break,
            Some(Enumerated::Discrete(size)) => sizes.push(SizeDetails::one(size.0, size.1, rates(node, code, size)?)),
            Some(Enumerated::Stepwise(min, max, step)) => {
                sizes.push(SizeDetails {
                    min_width: min.0,
                    max_width: max.0,
                    step_width: step.0,
                    min_height: min.1,
                    max_height: max.1,
                    step_height: step.1,
                    rates: rates(node, code, max)?,
                });
                break;
            }
        }
    }
    Ok(sizes)
}

fn rates(node: &Node, code: u32, size: (u32, u32)) -> io::Result<Vec<RateDetails>> {
    let per_second = |interval: Fract| rate(interval).map_or(0.0, crate::backend::Rate::per_second);
    let mut rates = Vec::new();
    for index in 0..MAX_ENTRIES {
        match node.frame_interval(code, size, index)? {
            None => break,
            Some(Enumerated::Discrete(interval)) => rates.push(RateDetails { min: per_second(interval), max: per_second(interval) }),
            Some(Enumerated::Stepwise(shortest, longest, _)) => {
                rates.push(RateDetails { min: per_second(longest), max: per_second(shortest) });
                break;
            }
        }
    }
    Ok(rates)
}
