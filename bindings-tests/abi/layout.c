/* The sizes and offsets of every struct of the interface, pinned: they belong to the ABI. The first released size of a
 * struct stays here for ever; a grown struct gets a line of its own. */
#include <imagecapture/imagecapture.h>

#include <assert.h>
#include <stdio.h>

#define SIZE(type, size) static_assert(sizeof(type) == (size), "the size of " #type)
#define OFFSET(type, member, offset) static_assert(offsetof(type, member) == (offset), "the offset of " #type "." #member)

static_assert(sizeof(ic_status) == 4 && sizeof(ic_property) == 4 && sizeof(ic_bound) == 4, "ids have 32 bits");
static_assert(sizeof(ic_pixel_format) == 4 && sizeof(ic_track_state) == 4 && sizeof(ic_device_kind) == 4, "ids have 32 bits");
static_assert(sizeof(ic_media_kind) == 4 && sizeof(ic_control_type) == 4 && sizeof(ic_delivery) == 4, "ids have 32 bits");
static_assert(sizeof(ic_fill_light_mode) == 4 && sizeof(ic_photo_format) == 4 && sizeof(ic_red_eye_reduction) == 4,
              "ids have 32 bits");
static_assert(sizeof(ic_event_type) == 4 && sizeof(ic_permission) == 4 && sizeof(ic_permission_state) == 4, "ids have 32 bits");

SIZE(ic_range, 24);
OFFSET(ic_range, min, 0);
OFFSET(ic_range, max, 8);
OFFSET(ic_range, step, 16);

SIZE(ic_point2d, 16);
OFFSET(ic_point2d, x, 0);
OFFSET(ic_point2d, y, 8);

#if SIZE_MAX == 0xffffffffffffffff /* where pointers have 64 bits */

SIZE(ic_callback_info, 32); /* since 0.1.0 */
OFFSET(ic_callback_info, struct_size, 0);
OFFSET(ic_callback_info, fn, 8);
OFFSET(ic_callback_info, user_data, 16);
OFFSET(ic_callback_info, destroy, 24);

SIZE(ic_event, 56); /* since 0.1.0; 48 bytes, without control_id, are accepted too */
OFFSET(ic_event, struct_size, 0);
OFFSET(ic_event, type, 8);
OFFSET(ic_event, timestamp_ns, 16);
OFFSET(ic_event, object_id, 24);
OFFSET(ic_event, permission, 32);
OFFSET(ic_event, permission_state, 36);
OFFSET(ic_event, device_count, 40);
OFFSET(ic_event, inserted_count, 44);
OFFSET(ic_event, control_id, 48);
OFFSET(ic_event, reserved, 52);

SIZE(ic_control_info, 120); /* since 0.1.0 */
OFFSET(ic_control_info, struct_size, 0);
OFFSET(ic_control_info, id, 8);
OFFSET(ic_control_info, type, 12);
OFFSET(ic_control_info, name, 16);
OFFSET(ic_control_info, label, 24);
OFFSET(ic_control_info, class_name, 32);
OFFSET(ic_control_info, minimum, 40);
OFFSET(ic_control_info, maximum, 48);
OFFSET(ic_control_info, step, 56);
OFFSET(ic_control_info, default_value, 64);
OFFSET(ic_control_info, has_default, 72);
OFFSET(ic_control_info, flags, 76);
OFFSET(ic_control_info, dimensions, 80);
OFFSET(ic_control_info, dimension_count, 88);
OFFSET(ic_control_info, item_count, 96);
OFFSET(ic_control_info, number_count, 104);
OFFSET(ic_control_info, property, 112);
OFFSET(ic_control_info, reserved, 116);

SIZE(ic_control_menu_item, 32); /* since 0.1.0 */
OFFSET(ic_control_menu_item, struct_size, 0);
OFFSET(ic_control_menu_item, value, 8);
OFFSET(ic_control_menu_item, name, 16);
OFFSET(ic_control_menu_item, number, 24);

SIZE(ic_event_callback_info, 32); /* since 0.1.0 */
OFFSET(ic_event_callback_info, struct_size, 0);
OFFSET(ic_event_callback_info, fn, 8);
OFFSET(ic_event_callback_info, user_data, 16);
OFFSET(ic_event_callback_info, destroy, 24);

SIZE(ic_prompt_callback_info, 32); /* since 0.1.0 */
OFFSET(ic_prompt_callback_info, struct_size, 0);
OFFSET(ic_prompt_callback_info, fn, 8);
OFFSET(ic_prompt_callback_info, user_data, 16);
OFFSET(ic_prompt_callback_info, destroy, 24);

SIZE(ic_track_stats_info, 40); /* since 0.1.0 */
OFFSET(ic_track_stats_info, struct_size, 0);
OFFSET(ic_track_stats_info, delivered_frames, 8);
OFFSET(ic_track_stats_info, discarded_frames, 16);
OFFSET(ic_track_stats_info, total_frames, 24);
OFFSET(ic_track_stats_info, corrupt_frames, 32);

SIZE(ic_plane, 24);
OFFSET(ic_plane, data, 0);
OFFSET(ic_plane, len, 8);
OFFSET(ic_plane, stride, 16);

SIZE(ic_frame_info, 160); /* since 0.1.0; 136 bytes, without bits_per_sample, and 144 are accepted too */
OFFSET(ic_frame_info, struct_size, 0);
OFFSET(ic_frame_info, format, 8);
OFFSET(ic_frame_info, width, 12);
OFFSET(ic_frame_info, height, 16);
OFFSET(ic_frame_info, plane_count, 20);
OFFSET(ic_frame_info, timestamp_ns, 24);
OFFSET(ic_frame_info, sequence, 32);
OFFSET(ic_frame_info, planes, 40);
OFFSET(ic_frame_info, bits_per_sample, 136);
OFFSET(ic_frame_info, is_lease, 140);
OFFSET(ic_frame_info, timestamp_source, 144);
OFFSET(ic_frame_info, color_matrix, 148);
OFFSET(ic_frame_info, full_range, 152);
OFFSET(ic_frame_info, reserved, 156);

SIZE(ic_frame_callback_info, 32); /* since 0.1.0 */
OFFSET(ic_frame_callback_info, struct_size, 0);
OFFSET(ic_frame_callback_info, fn, 8);
OFFSET(ic_frame_callback_info, user_data, 16);
OFFSET(ic_frame_callback_info, destroy, 24);

SIZE(ic_frames_options, 24); /* since 0.1.0 */
OFFSET(ic_frames_options, struct_size, 0);
OFFSET(ic_frames_options, delivery, 8);
OFFSET(ic_frames_options, format, 12);
OFFSET(ic_frames_options, queue_length, 16);

SIZE(ic_photo_settings, 40); /* since 0.1.0 */
OFFSET(ic_photo_settings, struct_size, 0);
OFFSET(ic_photo_settings, fields, 8);
OFFSET(ic_photo_settings, fill_light_mode, 12);
OFFSET(ic_photo_settings, image_height, 16);
OFFSET(ic_photo_settings, image_width, 24);
OFFSET(ic_photo_settings, red_eye_reduction, 32);
OFFSET(ic_photo_settings, reserved, 36);

SIZE(ic_contact_sheet_options, 32);
OFFSET(ic_contact_sheet_options, struct_size, 0);
OFFSET(ic_contact_sheet_options, title, 8);
OFFSET(ic_contact_sheet_options, columns, 16);
OFFSET(ic_contact_sheet_options, width, 20);
OFFSET(ic_contact_sheet_options, settle_ms, 24);

SIZE(ic_photo_options, 24);
OFFSET(ic_photo_options, struct_size, 0);
OFFSET(ic_photo_options, format, 8);
OFFSET(ic_photo_options, quality, 12);
OFFSET(ic_photo_options, no_metadata, 16);
OFFSET(ic_photo_options, settle_ms, 20);

#endif

int main(void) {
    /* The layout was checked by the compiler; at run time the library has to agree that these sizes are whole. */
    ic_frame_info info = IC_FRAME_INFO_INIT;
    if (ic_frame_describe(NULL, &info, NULL) != IC_STATUS_NULL_ARGUMENT) return 1;
    printf("ok abi.layout\n");
    return 0;
}
