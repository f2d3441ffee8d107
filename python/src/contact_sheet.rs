//! `ContactSheet`: many small pictures with their labels in one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use imagecapture::{ContactSheetOptions, ErrorKind, Sweep};
use pyo3::prelude::*;

use crate::errors::{OrRaise, invalid, raise};
use crate::frame::Frame;
use crate::photo::{self, Photo};
use crate::track::MediaStreamTrack;

/// Small pictures with labels on one sheet, to choose settings by looking.
///
/// `title`: the large line at the top. `columns`: pictures in a row, `None` for as many as look well. `width`: of a picture
/// in pixels, 64 to 1920.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct ContactSheet {
    inner: Mutex<imagecapture::ContactSheet>,
}

impl ContactSheet {
    fn lock(&self) -> MutexGuard<'_, imagecapture::ContactSheet> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn options(title: String, columns: Option<u32>, width: u32) -> ContactSheetOptions {
    let mut options = ContactSheetOptions::default();
    (options.title, options.columns, options.width) = (title, columns.unwrap_or(0), width);
    options
}

#[pymethods]
impl ContactSheet {
    #[new]
    #[pyo3(signature = (*, title=String::new(), columns=None, width=320), text_signature = "(*, title='', columns=None, width=320)")]
    fn new(py: Python<'_>, title: String, columns: Option<u32>, width: u32) -> PyResult<ContactSheet> {
        let sheet = imagecapture::ContactSheet::new(options(title, columns, width)).or_raise(py)?;
        Ok(ContactSheet { inner: Mutex::new(sheet) })
    }

    /// Takes a picture for each value of a sweep, labelled with the settings that were really in force, and puts the track
    /// back to how it was.
    ///
    /// `sweeps`: texts such as `"zoom=100:400:100"` (start, stop and step), `"white_balance_mode=manual,continuous"`, or a
    /// name alone for values over the whole range. Two sweeps give every combination, more a row each.
    /// `title`: the name of the camera if it is empty. `settle`: how many seconds a picture may take to settle (1.5 by
    /// default). `progress`: called now and then with the number of pictures that are done, and of all.
    ///
    /// Nothing is set when a value is not possible.
    #[staticmethod]
    #[pyo3(
        signature = (track, sweeps, *, title=String::new(), columns=None, width=320, settle=None, progress=None),
        text_signature = "(track, sweeps, *, title='', columns=None, width=320, settle=None, progress=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn sweep(
        py: Python<'_>,
        track: &Bound<'_, MediaStreamTrack>,
        sweeps: Vec<String>,
        title: String,
        columns: Option<u32>,
        width: u32,
        settle: Option<f64>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<ContactSheet> {
        let mut options = options(title, columns, width);
        if let Some(settle) = settle {
            let settle = Duration::try_from_secs_f64(settle);
            options.settle = settle.map_err(|_| invalid(py, "settle: a number of seconds from 0 on is expected"))?;
        }
        let sweeps: Vec<Sweep> = sweeps.iter().map(|sweep| sweep.parse().or_raise(py)).collect::<PyResult<_>>()?;
        let track = track.get().core();
        let mut failure = None;
        let mut told = None;
        let result = py.detach(|| {
            imagecapture::ContactSheet::sweep_with(track, &sweeps, &options, |done, total| {
                Python::attach(|py| {
                    let tell = |progress: &Py<PyAny>| progress.call1(py, (done, total)).map(drop);
                    let new = told.replace(done) != Some(done);
                    failure = py.check_signals().and_then(|()| progress.iter().filter(|_| new).try_for_each(tell)).err();
                    failure.is_none()
                })
            })
        });
        match (result, failure) {
            (Err(error), Some(failure)) if error.kind() == ErrorKind::Cancelled => Err(failure),
            (Err(error), _) => Err(raise(py, &error)),
            (Ok(sheet), _) => Ok(ContactSheet { inner: Mutex::new(sheet) }),
        }
    }

    /// Adds a picture. The first line of its label is the strong one.
    #[pyo3(signature = (frame, label=""))]
    fn add(&self, py: Python<'_>, frame: &Bound<'_, Frame>, label: &str) -> PyResult<()> {
        let frame = frame.get().core(py)?;
        py.detach(|| self.lock().add(&frame, label)).or_raise(py)
    }

    /// The sheet as a PNG file.
    fn to_png(&self, py: Python<'_>) -> PyResult<Py<Photo>> {
        let png = py.detach(|| self.lock().to_png()).or_raise(py)?;
        photo::to_py(py, &png)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.lock().len())
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<ContactSheet {} pictures>", self.__len__(py))
    }
}
