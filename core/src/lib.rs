#![doc = include_str!("../README.md")]
#![doc = concat!("\n", include_str!("../docs/windows-macos.md"))]
#![deny(missing_docs, unsafe_code)]

mod backend;
mod capabilities;
mod clock;
mod constraints;
mod contact_sheet;
mod context;
mod device_control;
mod device_details;
mod device_info;
mod devices;
mod dispatcher;
mod error;
mod event;
mod explain;
mod frame;
mod frame_callback;
mod frame_reader;
mod ids;
mod image_capture;
mod json;
mod pending;
mod permission;
mod photo;
mod photo_capabilities;
mod policy;
mod property;
mod settings;
mod signal;
mod source;
mod stats;
mod stream;
mod threads;
mod track;
mod track_controls;
mod user_media;
mod value;

#[cfg(target_os = "linux")]
#[doc(hidden)]
pub use backend::v4l2::table::{V4L2_PROPERTIES, V4l2Control, V4l2Property, v4l2_table};
pub use backend::virtual_camera::{CorruptFrame, Pacing, Scene, VirtualCamera, VirtualCameraBuilder};
pub use capabilities::MediaTrackCapabilities;
pub use constraints::{BooleanOrDouble, Bound, Bounds, Constraint, ConstraintSet, MediaTrackConstraints, SelectedCandidate, Strings};
pub use contact_sheet::{ContactSheet, ContactSheetOptions, Sweep};
pub use device_control::{ControlFlags, ControlType, ControlValue, DeviceControl, MenuItem};
pub use device_details::{DeviceDetails, FormatDetails, RateDetails, SizeDetails};
pub use device_info::{Indicator, MediaDeviceInfo, MediaDeviceKind};
pub use devices::{MediaDevices, MediaDevicesBuilder};
pub use error::{Error, ErrorKind, Result};
pub use event::{Event, EventType, Events, Listener};
pub use explain::Explanation;
pub use frame::{ColorMatrix, ColorSpace, DmabufPlane, Frame, PixelFormat, Plane, TimestampSource};
#[doc(hidden)]
pub use frame::{FrameWork, frame_work};
pub use frame_callback::FrameCallback;
pub use frame_reader::{DeliveryPolicy, FrameReader, FramesOptions};
pub use image_capture::ImageCapture;
pub use pending::{Pending, Timeout};
pub use permission::{Permission, PermissionAnswer, PermissionRequest, PermissionState};
pub use photo::{Bracket, FillLightMode, Photo, PhotoChange, PhotoFormat, PhotoOptions, PhotoReport, PhotoSettings};
pub use photo_capabilities::{PhotoCapabilities, RedEyeReduction};
pub use property::{Property, ValueKind};
pub use settings::MediaTrackSettings;
pub use stats::TrackStats;
pub use stream::MediaStream;
pub use track::{MediaKind, MediaStreamTrack, TrackState};
pub use user_media::MediaStreamConstraints;
pub use value::{MediaSettingsRange, Point2D, Value};

/// The version of this library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An id of 36 characters that no other object has.
fn unique_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
