# The system libraries that a program needs beside the static library, as rustc reports them
# (cargo rustc -p imagecapture-artifact --crate-type staticlib -- --print native-static-libs).
# bindings-tests/abi/native-libs compares this file with rustc.
if(WIN32)
    set(IMAGECAPTURE_NATIVE_LIBS kernel32 ntdll userenv ws2_32 dbghelp)
elseif(APPLE)
    set(IMAGECAPTURE_NATIVE_LIBS System c m)
else()
    set(IMAGECAPTURE_NATIVE_LIBS gcc_s util rt pthread m dl c)
endif()
