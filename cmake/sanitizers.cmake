# AddressSanitizer (with LeakSanitizer) and UndefinedBehaviorSanitizer for our own C and C++. The Rust library is not
# instrumented, but its memory comes from the malloc that AddressSanitizer replaces.
option(IMAGECAPTURE_SANITIZE "Build the tests with AddressSanitizer and UndefinedBehaviorSanitizer" ON)

function(imagecapture_sanitize target)
    if(IMAGECAPTURE_SANITIZE AND NOT MSVC)
        set(_flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
        target_compile_options(${target} PRIVATE ${_flags} -g -O1)
        target_link_options(${target} PRIVATE ${_flags})
    endif()
endfunction()
