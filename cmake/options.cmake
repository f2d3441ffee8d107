# What a user may choose. All names begin with IMAGECAPTURE_, since this may be somebody's subdirectory.

set(_top_level OFF)
if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR OR CMAKE_SOURCE_DIR STREQUAL IMAGECAPTURE_ROOT)
    set(_top_level ON)
endif()

set(IMAGECAPTURE_CARGO_PROFILE "release" CACHE STRING "cargo profile of the library: release or dev")
set_property(CACHE IMAGECAPTURE_CARGO_PROFILE PROPERTY STRINGS release dev)

option(IMAGECAPTURE_CARGO_OFFLINE "Build without asking the network for crates" OFF)
option(IMAGECAPTURE_TEST_HOOKS "Add ic_test_panic() for the tests of the library itself" OFF)
option(IMAGECAPTURE_INSTALL "Have install rules" ${_top_level})

if(DEFINED ENV{CARGO_TARGET_DIR})
    set(_target_dir "$ENV{CARGO_TARGET_DIR}")
else()
    set(_target_dir "${IMAGECAPTURE_ROOT}/target")
endif()
set(IMAGECAPTURE_CARGO_TARGET_DIR "${_target_dir}" CACHE PATH "Where cargo builds")
