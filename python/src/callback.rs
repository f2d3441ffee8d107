//! Functions of the program that the core calls, on a thread of the library or inside of a call that waits.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use crate::errors::invalid;

/// A function of the program. It may be dropped on any thread.
pub(crate) struct Callback(Option<Py<PyAny>>);

impl Callback {
    /// Raises `InvalidInputError` for something that cannot be called. `what` names it.
    pub(crate) fn new(function: &Bound<'_, PyAny>, what: &str) -> PyResult<Callback> {
        if !function.is_callable() {
            let kind = function.get_type().name()?;
            return Err(invalid(function.py(), format!("{what}: a function is expected, not '{kind}'")));
        }
        Ok(Callback(Some(function.clone().unbind())))
    }

    /// Calls it with the argument that `argument` makes, and hands its result to `use_result`. Nobody waits for it, so an
    /// exception goes to `sys.unraisablehook`.
    pub(crate) fn call<'py, A, R>(&self, py: Python<'py>, argument: A, use_result: R)
    where
        A: FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>>,
        R: FnOnce(Bound<'py, PyAny>) -> PyResult<()>,
    {
        let Some(function) = &self.0 else { return };
        let function = function.bind(py);
        let result = argument(py).and_then(|argument| function.call1((argument,))).and_then(use_result);
        if let Err(error) = result {
            report(py, error, function);
        }
    }
}

/// Tells of an exception that no call can raise.
pub(crate) fn report(py: Python<'_>, error: PyErr, function: &Bound<'_, PyAny>) {
    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        // Ctrl-C met the callback by chance, in a call of the main thread that runs callbacks: it is for the program.
        let interrupted = py.import("_thread").and_then(|module| module.call_method0("interrupt_main"));
        if interrupted.is_ok() {
            return;
        }
    }
    error.write_unraisable(py, Some(function));
}

impl Drop for Callback {
    fn drop(&mut self) {
        let function = self.0.take();
        let mut function = Some(function);
        // While the interpreter shuts down there is nothing left to give back.
        if Python::try_attach(|_| drop(function.take())).is_none() {
            std::mem::forget(function);
        }
    }
}
