//! `imagecapture._native`: the Python classes over the core. Translation only: a branch that is not about
//! Python types belongs in the core, where the C layer finds it too.

mod callback;
mod constraints;
mod contact_sheet;
mod controls;
mod convert;
mod devices;
mod dlpack;
mod errors;
mod events;
mod explain;
mod frame;
mod frame_callback;
mod frame_reader;
mod image_capture;
mod pending;
mod permissions;
mod photo;
mod photo_settings;
mod selection;
mod stream;
mod track;
mod virtual_camera;

use pyo3::prelude::*;

/// The compiled half of `imagecapture`. Private: import from `imagecapture`.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::constraints::{MediaSettingsRange, check_constraints};
    #[pymodule_export]
    use crate::contact_sheet::ContactSheet;
    #[pymodule_export]
    use crate::controls::{DeviceControl, MenuItem};
    #[pymodule_export]
    use crate::devices::{Indicator, MediaDeviceInfo, MediaDevices};
    #[pymodule_export]
    use crate::events::{Event, Events, Listener};
    #[pymodule_export]
    use crate::explain::Explanation;
    #[pymodule_export]
    use crate::frame::{Frame, Memory, Plane};
    #[pymodule_export]
    use crate::frame_callback::FrameCallback;
    #[pymodule_export]
    use crate::frame_reader::FrameReader;
    #[pymodule_export]
    use crate::image_capture::ImageCapture;
    #[pymodule_export]
    use crate::pending::Operation;
    #[pymodule_export]
    use crate::permissions::PermissionRequest;
    #[pymodule_export]
    use crate::photo::Photo;
    #[pymodule_export]
    use crate::selection::{fitness_distance, select_settings};
    #[pymodule_export]
    use crate::stream::MediaStream;
    #[pymodule_export]
    use crate::track::{MediaStreamTrack, TrackStats};
    #[pymodule_export]
    use crate::virtual_camera::VirtualCamera;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", imagecapture::VERSION)
    }
}
