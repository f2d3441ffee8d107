# Runs cargo, and brings what it builds into the build directory under the names that C programs expect.

find_program(CARGO_EXECUTABLE cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT CARGO_EXECUTABLE)
    message(FATAL_ERROR "cargo was not found; it comes with Rust, see https://rustup.rs")
endif()

# Before 1.0 a minor version may break the ABI, so it belongs to the name that programs look for. The same rule is in
# ffi/artifact/build.rs.
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(_abi "0.${PROJECT_VERSION_MINOR}")
else()
    set(_abi "${PROJECT_VERSION_MAJOR}")
endif()

if(WIN32)
    set(_built_shared "imagecapture.dll")
    set(IMAGECAPTURE_SHARED_FILE "imagecapture.dll")
    if(MSVC)
        set(_built_import "imagecapture.dll.lib")
        set(IMAGECAPTURE_IMPORT_FILE "imagecapture.lib")
        set(_built_static "imagecapture.lib")
        set(IMAGECAPTURE_STATIC_FILE "imagecapture_static.lib")
    else()
        set(_built_import "libimagecapture.dll.a")
        set(IMAGECAPTURE_IMPORT_FILE "libimagecapture.dll.a")
        set(_built_static "libimagecapture.a")
        set(IMAGECAPTURE_STATIC_FILE "libimagecapture.a")
    endif()
elseif(APPLE)
    set(_built_shared "libimagecapture.dylib")
    set(_built_static "libimagecapture.a")
    set(IMAGECAPTURE_SHARED_FILE "libimagecapture.${PROJECT_VERSION}.dylib")
    set(IMAGECAPTURE_SONAME "libimagecapture.${_abi}.dylib")
    set(IMAGECAPTURE_LINK_FILE "libimagecapture.dylib")
    set(IMAGECAPTURE_STATIC_FILE "libimagecapture.a")
else()
    set(_built_shared "libimagecapture.so")
    set(_built_static "libimagecapture.a")
    set(IMAGECAPTURE_SHARED_FILE "libimagecapture.so.${PROJECT_VERSION}")
    set(IMAGECAPTURE_SONAME "libimagecapture.so.${_abi}")
    set(IMAGECAPTURE_LINK_FILE "libimagecapture.so")
    set(IMAGECAPTURE_STATIC_FILE "libimagecapture.a")
endif()

set(IMAGECAPTURE_LIBRARY_DIR "${CMAKE_CURRENT_BINARY_DIR}/lib")
file(MAKE_DIRECTORY "${IMAGECAPTURE_LIBRARY_DIR}")

set(_flags --locked --profile "${IMAGECAPTURE_CARGO_PROFILE}" --target-dir "${IMAGECAPTURE_CARGO_TARGET_DIR}")
if(IMAGECAPTURE_CARGO_OFFLINE)
    list(APPEND _flags --offline)
endif()
if(IMAGECAPTURE_TEST_HOOKS)
    list(APPEND _flags --features test-hooks)
endif()

# cargo calls the folder of the profile "dev" "debug".
set(_profile_dir "${IMAGECAPTURE_CARGO_PROFILE}")
if(_profile_dir STREQUAL "dev")
    set(_profile_dir "debug")
endif()
set(_built "${IMAGECAPTURE_CARGO_TARGET_DIR}/${_profile_dir}")

set(_copies
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${_built}/${_built_shared}"
            "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_SHARED_FILE}"
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${_built}/${_built_static}"
            "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_STATIC_FILE}")
set(_products
    "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_SHARED_FILE}" "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_STATIC_FILE}")
if(WIN32)
    list(APPEND _copies
        COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${_built}/${_built_import}"
                "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_IMPORT_FILE}")
    list(APPEND _products "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_IMPORT_FILE}")
else()
    list(APPEND _copies
        COMMAND "${CMAKE_COMMAND}" -E create_symlink "${IMAGECAPTURE_SHARED_FILE}"
                "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_SONAME}"
        COMMAND "${CMAKE_COMMAND}" -E create_symlink "${IMAGECAPTURE_SONAME}"
                "${IMAGECAPTURE_LIBRARY_DIR}/${IMAGECAPTURE_LINK_FILE}")
endif()

# Always runs: cargo knows best whether something has to be done. Of the environment of an outer make, MAKEFLAGS would
# offer cargo a jobserver that is closed, and DESTDIR would lead libjpeg-turbo's own installation astray.
add_custom_target(imagecapture_cargo ALL
    COMMAND "${CMAKE_COMMAND}" -E env --unset=MAKEFLAGS --unset=MFLAGS --unset=DESTDIR
            "${CARGO_EXECUTABLE}" build -p imagecapture-artifact ${_flags}
    ${_copies}
    BYPRODUCTS ${_products}
    WORKING_DIRECTORY "${IMAGECAPTURE_ROOT}"
    COMMENT "Building libimagecapture with cargo"
    USES_TERMINAL
    VERBATIM)
