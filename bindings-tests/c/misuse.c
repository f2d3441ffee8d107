/* Programs with a mistake, one a word: AddressSanitizer has to report each. It did not compile the library, so this proves
 * that handles are its memory, and that the library looks at them where it can see. */
#include "harness.h"

static const char *mistake;

static void make(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    ic_image_capture_release(capture);

    if (strcmp(mistake, "double-release") == 0) {
        ic_image_capture_release(capture);
    } else if (strcmp(mistake, "use-after-release") == 0) {
        ic_frame *frame = NULL;
        STATUS(IC_STATUS_OK, ic_image_capture_grab_frame(capture, 0, &frame, NULL));
    } else if (strcmp(mistake, "double-free") == 0) {
        ic_photo_free(photo);
        ic_photo_free(photo);
    } else if (strcmp(mistake, "use-after-free") == 0) {
        ic_photo_free(photo);
        printf("%u\n", (unsigned)ic_photo_width(photo));
    } else if (strcmp(mistake, "bytes-after-free") == 0) {
        const uint8_t *data = ic_photo_data(photo);
        ic_photo_free(photo);
        printf("%u\n", (unsigned)*data);
    } else if (strcmp(mistake, "leak") == 0) {
        photo = NULL;
    } else if (strcmp(mistake, "none") == 0) {
        ic_photo_free(photo);
    } else {
        CHECK(!"a known mistake");
    }
    close_setup(&setup);
}

int main(int count, char **words) {
    if (count != 2) return 3;
    mistake = words[1];
    return harness_passes(make) ? 0 : 3;
}
