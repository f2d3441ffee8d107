// The C++17 face of imagecapture: header-only RAII over <imagecapture/imagecapture.h>, with no ABI of its own.
//
// - Failures are exceptions of the type ic::Error. Absence is std::optional, never an exception.
// - Classes over shared handles (Devices, Stream, Track, …) are copied like std::shared_ptr: a copy is another reference
//   to the same object. Classes over owned handles (Constraints, Photo, …) can only be moved. After a move an object
//   may only be assigned to or destroyed.
// - Texts are copied out, so they live as long as you like. Bytes (ic::Bytes) are borrowed from their object.
// - Callbacks are called on a thread of the library; an exception that leaves one ends the program.
//
// What the functions do, their errors and their thread safety are documented in imagecapture.h.
#ifndef IC_IMAGECAPTURE_HPP
#define IC_IMAGECAPTURE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "imagecapture.h"

namespace ic {

enum class Property : std::uint32_t {
    Width = IC_PROPERTY_WIDTH,
    Height = IC_PROPERTY_HEIGHT,
    AspectRatio = IC_PROPERTY_ASPECT_RATIO,
    FrameRate = IC_PROPERTY_FRAME_RATE,
    FacingMode = IC_PROPERTY_FACING_MODE,
    ResizeMode = IC_PROPERTY_RESIZE_MODE,
    DeviceId = IC_PROPERTY_DEVICE_ID,
    GroupId = IC_PROPERTY_GROUP_ID,
    WhiteBalanceMode = IC_PROPERTY_WHITE_BALANCE_MODE,
    ExposureMode = IC_PROPERTY_EXPOSURE_MODE,
    FocusMode = IC_PROPERTY_FOCUS_MODE,
    PointsOfInterest = IC_PROPERTY_POINTS_OF_INTEREST,
    ExposureCompensation = IC_PROPERTY_EXPOSURE_COMPENSATION,
    ExposureTime = IC_PROPERTY_EXPOSURE_TIME,
    ColorTemperature = IC_PROPERTY_COLOR_TEMPERATURE,
    Iso = IC_PROPERTY_ISO,
    Brightness = IC_PROPERTY_BRIGHTNESS,
    Contrast = IC_PROPERTY_CONTRAST,
    Saturation = IC_PROPERTY_SATURATION,
    Sharpness = IC_PROPERTY_SHARPNESS,
    FocusDistance = IC_PROPERTY_FOCUS_DISTANCE,
    Pan = IC_PROPERTY_PAN,
    Tilt = IC_PROPERTY_TILT,
    Zoom = IC_PROPERTY_ZOOM,
    Torch = IC_PROPERTY_TORCH,
    BackgroundBlur = IC_PROPERTY_BACKGROUND_BLUR,
    FaceFraming = IC_PROPERTY_FACE_FRAMING,
    EyeGazeCorrection = IC_PROPERTY_EYE_GAZE_CORRECTION,
    PowerEfficient = IC_PROPERTY_POWER_EFFICIENT,
    PowerEfficientPixelFormat = IC_PROPERTY_POWER_EFFICIENT_PIXEL_FORMAT,
};

enum class Bound : std::uint32_t {
    Bare = IC_BOUND_BARE,
    Exact = IC_BOUND_EXACT,
    Ideal = IC_BOUND_IDEAL,
    Min = IC_BOUND_MIN,
    Max = IC_BOUND_MAX,
};

enum class PixelFormat : std::uint32_t {
    Yuyv = IC_PIXEL_FORMAT_YUYV,
    Uyvy = IC_PIXEL_FORMAT_UYVY,
    Nv12 = IC_PIXEL_FORMAT_NV12,
    Nv21 = IC_PIXEL_FORMAT_NV21,
    I420 = IC_PIXEL_FORMAT_I420,
    Grey = IC_PIXEL_FORMAT_GREY,
    Rgb = IC_PIXEL_FORMAT_RGB,
    Bgr = IC_PIXEL_FORMAT_BGR,
    Rgba = IC_PIXEL_FORMAT_RGBA,
    Bgra = IC_PIXEL_FORMAT_BGRA,
    Mjpeg = IC_PIXEL_FORMAT_MJPEG,
    Yv12 = IC_PIXEL_FORMAT_YV12,
    Grey16 = IC_PIXEL_FORMAT_GREY16,
    Rgbx = IC_PIXEL_FORMAT_RGBX,
    Bgrx = IC_PIXEL_FORMAT_BGRX,
};

enum class TimestampSource : std::uint32_t { Driver = IC_TIMESTAMP_SOURCE_DRIVER, Arrival = IC_TIMESTAMP_SOURCE_ARRIVAL };
enum class ColorMatrix : std::uint32_t {
    Bt601 = IC_COLOR_MATRIX_BT601,
    Bt709 = IC_COLOR_MATRIX_BT709,
    Bt2020 = IC_COLOR_MATRIX_BT2020,
    Smpte240m = IC_COLOR_MATRIX_SMPTE240M,
};

enum class TrackState : std::uint32_t { Live = IC_TRACK_STATE_LIVE, Ended = IC_TRACK_STATE_ENDED };
enum class DeviceKind : std::uint32_t {
    VideoInput = IC_DEVICE_KIND_VIDEO_INPUT,
    AudioInput = IC_DEVICE_KIND_AUDIO_INPUT,
};
enum class MediaKind : std::uint32_t { Video = IC_MEDIA_KIND_VIDEO, Audio = IC_MEDIA_KIND_AUDIO };
enum class FillLightMode : std::uint32_t {
    Auto = IC_FILL_LIGHT_MODE_AUTO,
    Off = IC_FILL_LIGHT_MODE_OFF,
    Flash = IC_FILL_LIGHT_MODE_FLASH,
};
enum class RedEyeReduction : std::uint32_t {
    Never = IC_RED_EYE_REDUCTION_NEVER,
    Always = IC_RED_EYE_REDUCTION_ALWAYS,
    Controllable = IC_RED_EYE_REDUCTION_CONTROLLABLE,
};
enum class PhotoFormat : std::uint32_t {
    Jpeg = IC_PHOTO_FORMAT_JPEG,
    Png = IC_PHOTO_FORMAT_PNG,
    Camera = IC_PHOTO_FORMAT_CAMERA,
};

enum class EventType : std::uint32_t {
    Mute = IC_EVENT_MUTE,
    Unmute = IC_EVENT_UNMUTE,
    Ended = IC_EVENT_ENDED,
    ConfigurationChange = IC_EVENT_CONFIGURATION_CHANGE,
    DeviceChange = IC_EVENT_DEVICE_CHANGE,
    PermissionChange = IC_EVENT_PERMISSION_CHANGE,
    IndicatorChange = IC_EVENT_INDICATOR_CHANGE,
    Overflow = IC_EVENT_OVERFLOW,
    ControlChange = IC_EVENT_CONTROL_CHANGE,
};
enum class Permission : std::uint32_t {
    Camera = IC_PERMISSION_CAMERA,
    PanTiltZoom = IC_PERMISSION_PAN_TILT_ZOOM,
};
enum class PermissionState : std::uint32_t {
    Prompt = IC_PERMISSION_STATE_PROMPT,
    Granted = IC_PERMISSION_STATE_GRANTED,
    Denied = IC_PERMISSION_STATE_DENIED,
};

enum class ControlType : std::uint32_t {
    Integer = IC_CONTROL_TYPE_INTEGER,
    Boolean = IC_CONTROL_TYPE_BOOLEAN,
    Menu = IC_CONTROL_TYPE_MENU,
    Button = IC_CONTROL_TYPE_BUTTON,
    Integer64 = IC_CONTROL_TYPE_INTEGER64,
    String = IC_CONTROL_TYPE_STRING,
    Bitmask = IC_CONTROL_TYPE_BITMASK,
    IntegerMenu = IC_CONTROL_TYPE_INTEGER_MENU,
    U8 = IC_CONTROL_TYPE_U8,
    U16 = IC_CONTROL_TYPE_U16,
    U32 = IC_CONTROL_TYPE_U32,
    Area = IC_CONTROL_TYPE_AREA,
    Rectangle = IC_CONTROL_TYPE_RECTANGLE,
    Other = IC_CONTROL_TYPE_OTHER,
};

using Range = ic_range;
using Point2D = ic_point2d;

/// The W3C name of a property, or "" for one that the library does not know.
inline std::string_view name(Property property) {
    const char *text = ic_property_name(static_cast<ic_property>(property));
    return text ? std::string_view(text) : std::string_view();
}

/// The name of a pixel format, or "" for one that the library does not know.
inline std::string_view name(PixelFormat format) {
    const char *text = ic_pixel_format_name(static_cast<ic_pixel_format>(format));
    return text ? std::string_view(text) : std::string_view();
}

/// The name of a type of control, or "" for one that the library does not know.
inline std::string_view name(ControlType type) {
    const char *text = ic_control_type_name(static_cast<ic_control_type>(type));
    return text ? std::string_view(text) : std::string_view();
}

/// Why a call failed.
class Error : public std::exception {
public:
    /// Takes the object over; `error` may be NULL.
    Error(ic_status status, ic_error *error) : status_(status) {
        std::unique_ptr<ic_error, void (*)(ic_error *)> owner(error, ic_error_free);
        const char *known = ic_status_name(status);
        name_ = ic_error_name(error);
        message_ = error ? ic_error_message(error) : (known ? known : "an unknown status");
        if (const char *constraint = ic_error_constraint(error)) constraint_ = constraint;
        os_code_ = ic_error_os_code(error);
        std::size_t offset = 0;
        if (error && ic_error_offset(error, &offset) == IC_STATUS_OK) offset_ = offset;
    }

    const char *what() const noexcept override { return message_.c_str(); }

    /// One of `IC_STATUS_…`.
    ic_status status() const noexcept { return status_; }
    /// The W3C name, such as "OverconstrainedError"; "" if a look-up failed.
    const std::string &name() const noexcept { return name_; }
    const std::string &message() const noexcept { return message_; }
    /// The constraint that cannot be satisfied.
    const std::optional<std::string> &constraint() const noexcept { return constraint_; }
    /// The code of the operating system, or 0.
    std::int32_t os_code() const noexcept { return os_code_; }
    /// The byte of the input text at which parsing stopped.
    std::optional<std::size_t> offset() const noexcept { return offset_; }

private:
    ic_status status_;
    std::string name_;
    std::string message_;
    std::optional<std::string> constraint_;
    std::int32_t os_code_ = 0;
    std::optional<std::size_t> offset_;
};

/// A time limit: that of the operation, a duration, or none.
class Timeout {
public:
    /// The limit of the operation itself.
    constexpr Timeout() noexcept = default;

    template <class Rep, class Period>
    constexpr Timeout(std::chrono::duration<Rep, Period> limit)
        : ns_(std::chrono::duration_cast<std::chrono::nanoseconds>(limit).count()) {
        // -1 means something else in C; the library refuses every other negative limit.
        if (ns_ < 0) ns_ = std::numeric_limits<std::int64_t>::min();
    }

    /// As long as it takes.
    static constexpr Timeout never() noexcept {
        Timeout timeout;
        timeout.ns_ = std::numeric_limits<std::int64_t>::max();
        return timeout;
    }

    constexpr std::int64_t ns() const noexcept { return ns_; }

private:
    std::int64_t ns_ = -1;
};

/// Bytes that belong to somebody else.
struct Bytes {
    const std::uint8_t *data = nullptr;
    std::size_t size = 0;

    const std::uint8_t *begin() const noexcept { return data; }
    const std::uint8_t *end() const noexcept { return data ? data + size : data; }
};

namespace detail {

/// Calls `function(arguments…, &error)` and throws if it fails.
template <class Function, class... Arguments>
void call(Function function, Arguments... arguments) {
    ic_error *error = nullptr;
    const ic_status status = function(arguments..., &error);
    if (status != IC_STATUS_OK) throw Error(status, error);
}

/// The answer of a look-up: true if it is there, false if it is absent.
inline bool present(ic_status status) {
    if (status != IC_STATUS_OK && status != IC_STATUS_NOT_PRESENT) throw Error(status, nullptr);
    return status == IC_STATUS_OK;
}

inline std::string text(const char *text) { return text ? std::string(text) : std::string(); }

/// Copies a text that was made for us, and ends it.
inline std::string take(ic_text *text) {
    const std::unique_ptr<ic_text, void (*)(ic_text *)> owner(text, ic_text_free);
    return std::string(ic_text_data(text), ic_text_length(text));
}

/// A text for C, of which nothing is a text too.
inline const char *data(std::string_view text) noexcept { return text.data() ? text.data() : ""; }

/// Texts for C, each with its NUL.
class Texts {
public:
    template <class List>
    explicit Texts(const List &list) {
        for (const auto &text : list) texts_.emplace_back(text);
        for (const std::string &text : texts_) pointers_.push_back(text.c_str());
    }
    const char *const *get() const noexcept { return pointers_.data(); }
    std::size_t size() const noexcept { return pointers_.size(); }

private:
    std::vector<std::string> texts_;
    std::vector<const char *> pointers_;
};

template <class T, T *(*Retain)(T *), void (*Release)(T *)>
class Shared {
public:
    Shared() noexcept = default;
    Shared(const Shared &other) noexcept : handle_(Retain(other.handle_)) {}
    Shared(Shared &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Shared &operator=(Shared other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Shared() { Release(handle_); }

    /// The C handle; the reference stays with this object.
    T *get() const noexcept { return handle_; }
    /// Gives the reference away.
    [[nodiscard]] T *release() noexcept { return std::exchange(handle_, nullptr); }

protected:
    explicit Shared(T *handle) noexcept : handle_(handle) {}
    /// Where a C function may put a handle.
    T **out() noexcept { return &handle_; }

private:
    T *handle_ = nullptr;
};

template <class T, void (*Free)(T *)>
class Owned {
public:
    Owned() noexcept = default;
    Owned(const Owned &) = delete;
    Owned(Owned &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Owned &operator=(const Owned &) = delete;
    Owned &operator=(Owned &&other) noexcept {
        // Through a temporary, so that what was here is gone even if somebody looks at the other one.
        Owned old(std::move(other));
        std::swap(handle_, old.handle_);
        return *this;
    }
    ~Owned() { Free(handle_); }

    /// The C handle; it stays with this object.
    T *get() const noexcept { return handle_; }
    /// Gives the handle away.
    [[nodiscard]] T *release() noexcept { return std::exchange(handle_, nullptr); }

protected:
    explicit Owned(T *handle) noexcept : handle_(handle) {}
    /// Where a C function may put a handle.
    T **out() noexcept { return &handle_; }

private:
    T *handle_ = nullptr;
};

}  // namespace detail

class Settings;

/// Constraints on a track: a basic set and a list of advanced ones.
class Constraints : public detail::Owned<ic_constraints, ic_constraints_free> {
public:
    Constraints() : Owned(ic_constraints_new()) {}

    /// Takes a C handle over.
    static Constraints adopt(ic_constraints *handle) noexcept { return Constraints(handle); }

    static Constraints from_json(std::string_view json) {
        Constraints constraints(nullptr);
        detail::call(ic_constraints_from_json, detail::data(json), json.size(), constraints.out());
        return constraints;
    }

    /// Adds an advanced set and gives its number for the setters.
    std::uint32_t add_advanced() {
        std::uint32_t set = 0;
        detail::call(ic_constraints_add_advanced, get(), &set);
        return set;
    }

    /// Sets one bound of a property to a number, a boolean, a string, or a list of strings or points.
    template <class Value>
    Constraints &set(Property property, Bound bound, const Value &value, std::uint32_t set = IC_BASIC) {
        const auto id = static_cast<ic_property>(property);
        const auto which = static_cast<ic_bound>(bound);
        if constexpr (std::is_same_v<Value, bool>) {
            detail::call(ic_constraints_set_bool, get(), set, id, which, value);
        } else if constexpr (std::is_arithmetic_v<Value>) {
            detail::call(ic_constraints_set_number, get(), set, id, which, static_cast<double>(value));
        } else if constexpr (std::is_convertible_v<const Value &, std::string_view>) {
            const std::string_view text(value);
            detail::call(ic_constraints_set_string, get(), set, id, which, detail::data(text), text.size());
        } else if constexpr (std::is_same_v<std::decay_t<decltype(*std::begin(value))>, Point2D>) {
            const std::vector<Point2D> points(std::begin(value), std::end(value));
            detail::call(ic_constraints_set_points, get(), set, id, which, points.data(), points.size());
        } else {
            const detail::Texts texts(value);
            detail::call(ic_constraints_set_strings, get(), set, id, which, texts.get(), texts.size());
        }
        return *this;
    }

    template <class Value>
    Constraints &exact(Property property, const Value &value, std::uint32_t set = IC_BASIC) {
        return this->set(property, Bound::Exact, value, set);
    }
    template <class Value>
    Constraints &ideal(Property property, const Value &value, std::uint32_t set = IC_BASIC) {
        return this->set(property, Bound::Ideal, value, set);
    }
    template <class Value>
    Constraints &min(Property property, const Value &value, std::uint32_t set = IC_BASIC) {
        return this->set(property, Bound::Min, value, set);
    }
    template <class Value>
    Constraints &max(Property property, const Value &value, std::uint32_t set = IC_BASIC) {
        return this->set(property, Bound::Max, value, set);
    }

    /// How far settings are from what a set asks for; infinite if a demand is not met.
    double fitness_distance(const Settings &settings, std::uint32_t set = IC_BASIC) const;

    /// Chooses among a JSON list of settings, and gives a JSON object.
    std::string select(std::string_view candidates_json) const {
        ic_text *result = nullptr;
        detail::call(
            ic_constraints_select, static_cast<const ic_constraints *>(get()), detail::data(candidates_json),
            candidates_json.size(), &result);
        return detail::take(result);
    }

    std::string json() const { return detail::text(ic_constraints_json(get())); }

    /// The members of the JSON that nobody knows.
    std::vector<std::string> ignored() const {
        std::vector<std::string> paths;
        for (std::size_t i = 0; i < ic_constraints_ignored_count(get()); ++i)
            paths.emplace_back(detail::text(ic_constraints_ignored_at(get(), i)));
        return paths;
    }

private:
    explicit Constraints(ic_constraints *handle) noexcept : Owned(handle) {}
};

/// What a device can do; a snapshot.
class Capabilities : public detail::Owned<ic_capabilities, ic_capabilities_free> {
public:
    /// Takes a C handle over.
    static Capabilities adopt(ic_capabilities *handle) noexcept { return Capabilities(handle); }

    bool has(Property property) const noexcept { return ic_capabilities_has(get(), static_cast<ic_property>(property)); }

    /// None also if needs_permission().
    std::optional<Range> range(Property property) const {
        Range range{};
        const ic_status status = ic_capabilities_range(get(), static_cast<ic_property>(property), &range);
        if (status == IC_STATUS_NOT_ALLOWED) return std::nullopt;
        return detail::present(status) ? std::optional<Range>(range) : std::nullopt;
    }

    /// Whether the device has a range there, but the permission to use it is missing.
    bool needs_permission(Property property) const noexcept {
        Range range{};
        return ic_capabilities_range(get(), static_cast<ic_property>(property), &range) == IC_STATUS_NOT_ALLOWED;
    }

    /// The states of a boolean property, false before true.
    std::vector<bool> booleans(Property property) const {
        bool can_be_false = false, can_be_true = false;
        std::vector<bool> states;
        const ic_status status =
            ic_capabilities_bool(get(), static_cast<ic_property>(property), &can_be_false, &can_be_true);
        if (!detail::present(status)) return states;
        if (can_be_false) states.push_back(false);
        if (can_be_true) states.push_back(true);
        return states;
    }

    std::vector<std::string> strings(Property property) const {
        const auto id = static_cast<ic_property>(property);
        std::vector<std::string> list;
        for (std::size_t i = 0; i < ic_capabilities_string_count(get(), id); ++i)
            list.emplace_back(detail::text(ic_capabilities_string_at(get(), id, i)));
        return list;
    }

    std::string json() const { return detail::text(ic_capabilities_json(get())); }

private:
    explicit Capabilities(ic_capabilities *handle) noexcept : Owned(handle) {}
};

/// How a track is set; a snapshot.
class Settings : public detail::Owned<ic_settings, ic_settings_free> {
public:
    /// Takes a C handle over.
    static Settings adopt(ic_settings *handle) noexcept { return Settings(handle); }

    static Settings from_json(std::string_view json) {
        ic_settings *settings = nullptr;
        detail::call(ic_settings_from_json, detail::data(json), json.size(), &settings);
        return Settings(settings);
    }

    bool has(Property property) const noexcept { return ic_settings_has(get(), static_cast<ic_property>(property)); }

    std::optional<double> number(Property property) const {
        double value = 0;
        const ic_status status = ic_settings_number(get(), static_cast<ic_property>(property), &value);
        return detail::present(status) ? std::optional<double>(value) : std::nullopt;
    }

    std::optional<bool> boolean(Property property) const {
        bool value = false;
        const ic_status status = ic_settings_bool(get(), static_cast<ic_property>(property), &value);
        return detail::present(status) ? std::optional<bool>(value) : std::nullopt;
    }

    std::optional<std::string> string(Property property) const {
        const char *value = nullptr;
        const ic_status status = ic_settings_string(get(), static_cast<ic_property>(property), &value);
        return detail::present(status) ? std::optional<std::string>(value) : std::nullopt;
    }

    std::optional<std::vector<Point2D>> points(Property property) const {
        const auto id = static_cast<ic_property>(property);
        std::size_t count = 0;
        if (!detail::present(ic_settings_points(get(), id, nullptr, 0, &count))) return std::nullopt;
        std::vector<Point2D> points(count);
        detail::present(ic_settings_points(get(), id, points.data(), points.size(), &count));
        return points;
    }

    std::string json() const { return detail::text(ic_settings_json(get())); }

private:
    explicit Settings(ic_settings *handle) noexcept : Owned(handle) {}
};

inline double Constraints::fitness_distance(const Settings &settings, std::uint32_t set) const {
    double distance = 0;
    detail::call(
        ic_constraints_fitness_distance, static_cast<const ic_constraints *>(get()), set,
        static_cast<const ic_settings *>(settings.get()), &distance);
    return distance;
}

/// A photo: the bytes of an image file and what they are.
class Photo : public detail::Owned<ic_photo, ic_photo_free> {
public:
    /// Takes a C handle over.
    static Photo adopt(ic_photo *handle) noexcept { return Photo(handle); }
    /// Takes the photos out of a list, which is gone afterwards.
    static std::vector<Photo> adopt(ic_photo_list *raw) {
        const std::unique_ptr<ic_photo_list, void (*)(ic_photo_list *)> list(raw, ic_photo_list_free);
        std::vector<Photo> photos;
        for (std::size_t i = 0; i < ic_photo_list_count(raw); ++i) {
            ic_photo *photo = nullptr;
            detail::call(ic_photo_list_photo, static_cast<const ic_photo_list *>(raw), i, &photo);
            photos.push_back(Photo(photo));
        }
        return photos;
    }

    std::string mime_type() const { return detail::text(ic_photo_mime_type(get())); }
    /// They live as long as the photo.
    Bytes bytes() const noexcept { return {ic_photo_data(get()), ic_photo_len(get())}; }
    /// The number of the camera's frame that it is; 0 of a still that the camera took by itself.
    std::uint64_t sequence() const noexcept { return ic_photo_sequence(get()); }
    /// What was done for it, and how long that took, as JSON; see ic_photo_report_json().
    std::string report_json() const { return detail::text(ic_photo_report_json(get())); }
    std::uint32_t width() const noexcept { return ic_photo_width(get()); }
    std::uint32_t height() const noexcept { return ic_photo_height(get()); }
    /// Of the system's monotonic clock.
    std::chrono::nanoseconds timestamp() const noexcept {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(ic_photo_timestamp_ns(get())));
    }
    /// The settings in force when it was taken.
    Settings settings() const {
        ic_settings *settings = nullptr;
        detail::call(ic_photo_track_settings, get(), &settings);
        return Settings::adopt(settings);
    }

private:
    explicit Photo(ic_photo *handle) noexcept : Owned(handle) {}
};

/// What a camera can do for a photo; a snapshot.
class PhotoCapabilities : public detail::Owned<ic_photo_capabilities, ic_photo_capabilities_free> {
public:
    /// Takes a C handle over.
    static PhotoCapabilities adopt(ic_photo_capabilities *handle) noexcept { return PhotoCapabilities(handle); }

    RedEyeReduction red_eye_reduction() const noexcept {
        return static_cast<RedEyeReduction>(ic_photo_capabilities_red_eye_reduction(get()));
    }
    Range image_width() const {
        Range range{};
        detail::present(ic_photo_capabilities_image_width(get(), &range));
        return range;
    }
    Range image_height() const {
        Range range{};
        detail::present(ic_photo_capabilities_image_height(get(), &range));
        return range;
    }
    /// The ways to use its light; none if it has none that can be controlled.
    std::vector<FillLightMode> fill_light_modes() const {
        std::vector<FillLightMode> modes;
        for (std::size_t i = 0; i < ic_photo_capabilities_fill_light_mode_count(get()); ++i)
            modes.push_back(static_cast<FillLightMode>(ic_photo_capabilities_fill_light_mode_at(get(), i)));
        return modes;
    }

    std::string json() const { return detail::text(ic_photo_capabilities_json(get())); }

private:
    explicit PhotoCapabilities(ic_photo_capabilities *handle) noexcept : Owned(handle) {}
};

/// How a photo should be taken, or would be; what is not set is the device's choice.
struct PhotoSettings {
    std::optional<FillLightMode> fill_light_mode;
    std::optional<double> image_height;
    std::optional<double> image_width;
    std::optional<bool> red_eye_reduction;

    static PhotoSettings from(const ic_photo_settings &settings) {
        PhotoSettings copy;
        if (settings.fields & IC_PHOTO_SETTINGS_FILL_LIGHT_MODE)
            copy.fill_light_mode = static_cast<FillLightMode>(settings.fill_light_mode);
        if (settings.fields & IC_PHOTO_SETTINGS_IMAGE_HEIGHT) copy.image_height = settings.image_height;
        if (settings.fields & IC_PHOTO_SETTINGS_IMAGE_WIDTH) copy.image_width = settings.image_width;
        if (settings.fields & IC_PHOTO_SETTINGS_RED_EYE_REDUCTION) copy.red_eye_reduction = settings.red_eye_reduction != 0;
        return copy;
    }
};

/// One plane of a frame; the bytes live as long as the frame.
struct Plane {
    Bytes bytes;
    std::size_t stride = 0;
};

/// A plane of a frame as a DMA-BUF. Whoever has it closes the descriptor.
struct DmabufPlane {
    int fd = -1;
    /// Where in that memory the plane starts, in bytes.
    std::size_t offset = 0;
};

/// One picture, shared and read-only.
class Frame : public detail::Shared<ic_frame, ic_frame_retain, ic_frame_release> {
public:
    /// Takes a reference over.
    static Frame adopt(ic_frame *handle) noexcept { return Frame(handle); }

    ic_frame_info info() const {
        ic_frame_info info = IC_FRAME_INFO_INIT;
        detail::call(ic_frame_describe, get(), &info);
        return info;
    }

    std::uint32_t width() const { return info().width; }
    std::uint32_t height() const { return info().height; }
    PixelFormat format() const { return static_cast<PixelFormat>(info().format); }
    std::uint64_t sequence() const { return info().sequence; }
    /// Of the system's monotonic clock.
    std::chrono::nanoseconds timestamp() const {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(info().timestamp_ns));
    }
    std::size_t plane_count() const { return info().plane_count; }
    /// How many bits of a sample count: 8, or up to 16 for Grey16.
    std::uint32_t bits_per_sample() const { return info().bits_per_sample; }
    /// Whether the pixels lie in memory of the driver.
    bool is_lease() const { return info().is_lease != 0; }
    /// The driver's memory of a plane for other devices and programs; see ic_frame_export_dmabuf().
    DmabufPlane export_dmabuf(std::size_t plane) const {
        DmabufPlane exported{};
        detail::call(ic_frame_export_dmabuf, get(), plane, &exported.fd, &exported.offset);
        return exported;
    }
    /// A plane, without bytes if the frame has not so many.
    Plane plane(std::size_t index) const {
        const ic_frame_info all = info();
        if (index >= all.plane_count) return {};
        const ic_plane &plane = all.planes[index];
        return {{plane.data, plane.len}, plane.stride};
    }

    /// Whose clock timestamp() was read from.
    TimestampSource timestamp_source() const { return static_cast<TimestampSource>(info().timestamp_source); }
    /// Which weights turn red, green and blue into luminance and colour differences.
    ColorMatrix color_matrix() const { return static_cast<ColorMatrix>(info().color_matrix); }
    /// Whether luminance, or red, green and blue, use 0 to 255 instead of 16 to 235.
    bool full_range() const { return info().full_range != 0; }
    /// The settings of the track that were in force when it gave this frame.
    Settings settings() const {
        ic_settings *settings = nullptr;
        detail::call(ic_frame_settings, get(), &settings);
        return Settings::adopt(settings);
    }

    /// In another format, scaled down to fit.
    Frame convert_within(PixelFormat format, std::uint32_t max_width, std::uint32_t max_height) const {
        Frame converted;
        detail::call(
            ic_frame_convert_within, get(), static_cast<ic_pixel_format>(format), max_width, max_height, converted.out());
        return converted;
    }

    Frame convert(PixelFormat format) const {
        Frame converted;
        detail::call(ic_frame_convert, get(), static_cast<ic_pixel_format>(format), converted.out());
        return converted;
    }

    void copy_to(PixelFormat format, std::uint8_t *destination, std::size_t size, std::size_t stride) const {
        detail::call(ic_frame_copy_to, get(), static_cast<ic_pixel_format>(format), destination, size, stride);
    }

    Frame() noexcept = default;

private:
    explicit Frame(ic_frame *handle) noexcept : Shared(handle) {}
};

/// A choice of a menu.
struct ControlMenuItem {
    /// What the control is set to for this choice.
    std::int64_t value = 0;
    std::string name;
    /// Of ControlType::IntegerMenu: the number that it stands for.
    std::int64_t number = 0;
};

/// One control of a camera as its driver describes it, with the value that it had.
struct Control {
    std::uint32_t id = 0;
    ControlType type = ControlType::Other;
    std::string name, label, class_name;
    std::int64_t minimum = 0, maximum = 0;
    std::uint64_t step = 0;
    std::optional<std::int64_t> default_value;
    /// A sum of `IC_CONTROL_FLAG_…`.
    std::uint32_t flags = 0;
    std::vector<std::uint32_t> dimensions;
    std::vector<ControlMenuItem> menu;
    /// The property that it stands behind.
    std::optional<Property> property;
    /// Its value: one number, those of an array, or none; of a string `text`.
    std::vector<std::int64_t> numbers;
    std::optional<std::string> text;

    /// Whether one of `IC_CONTROL_FLAG_…` is set.
    bool has(std::uint32_t flag) const noexcept { return (flags & flag) != 0; }
    /// The value, if it is one number.
    std::optional<std::int64_t> value() const {
        return numbers.size() == 1 ? std::optional<std::int64_t>(numbers[0]) : std::nullopt;
    }
};

/// The controls of a camera by their own names; a snapshot.
class Controls : public detail::Owned<ic_controls, ic_controls_free> {
public:
    /// Takes a C handle over.
    static Controls adopt(ic_controls *handle) noexcept { return Controls(handle); }

    std::size_t size() const noexcept { return ic_controls_count(get()); }
    /// Throws if there are not so many.
    Control at(std::size_t index) const {
        ic_control_info info = IC_CONTROL_INFO_INIT;
        const ic_status status = ic_controls_at(get(), index, &info);
        if (status != IC_STATUS_OK) throw Error(status, nullptr);
        Control control;
        control.id = info.id;
        control.type = static_cast<ControlType>(info.type);
        control.name = info.name;
        control.label = info.label;
        control.class_name = info.class_name;
        control.minimum = info.minimum;
        control.maximum = info.maximum;
        control.step = info.step;
        if (info.has_default != 0) control.default_value = info.default_value;
        control.flags = info.flags;
        for (std::size_t i = 0; i < info.dimension_count; ++i) control.dimensions.push_back(info.dimensions[i]);
        for (std::size_t i = 0; i < info.item_count; ++i) {
            ic_control_menu_item item = IC_CONTROL_MENU_ITEM_INIT;
            if (detail::present(ic_controls_menu_item(get(), index, i, &item)))
                control.menu.push_back({item.value, item.name, item.number});
        }
        if (info.property != 0) control.property = static_cast<Property>(info.property);
        control.numbers.resize(info.number_count);
        std::size_t count = 0;
        detail::present(ic_controls_numbers(get(), index, control.numbers.data(), control.numbers.size(), &count));
        const char *text = nullptr;
        if (detail::present(ic_controls_string(get(), index, &text))) control.text = text;
        return control;
    }
    std::optional<Control> find(std::string_view name) const {
        std::size_t index = 0;
        if (!detail::present(ic_controls_find(get(), detail::data(name), name.size(), &index))) return std::nullopt;
        return at(index);
    }
    /// By its id, such as that of an event.
    std::optional<Control> find(std::uint32_t id) const {
        std::size_t index = 0;
        if (!detail::present(ic_controls_find_id(get(), id, &index))) return std::nullopt;
        return at(index);
    }
    std::string json() const { return detail::text(ic_controls_json(get())); }

private:
    explicit Controls(ic_controls *handle) noexcept : Owned(handle) {}
};

class Stream;

namespace detail {

template <class Result>
struct Take;
template <>
struct Take<Controls> {
    static Controls take(ic_op *op) {
        ic_controls *controls = nullptr;
        call(ic_op_take_controls, op, &controls);
        return Controls::adopt(controls);
    }
};
template <>
struct Take<void> {
    static void take(ic_op *op) { call(ic_op_take_none, op); }
};
template <>
struct Take<Photo> {
    static Photo take(ic_op *op) {
        ic_photo *photo = nullptr;
        call(ic_op_take_photo, op, &photo);
        return Photo::adopt(photo);
    }
};
template <>
struct Take<std::vector<Photo>> {
    static std::vector<Photo> take(ic_op *op) {
        ic_photo_list *photos = nullptr;
        call(ic_op_take_photos, op, &photos);
        return Photo::adopt(photos);
    }
};

template <>
struct Take<PhotoCapabilities> {
    static PhotoCapabilities take(ic_op *op) {
        ic_photo_capabilities *capabilities = nullptr;
        call(ic_op_take_photo_capabilities, op, &capabilities);
        return PhotoCapabilities::adopt(capabilities);
    }
};
template <>
struct Take<PhotoSettings> {
    static PhotoSettings take(ic_op *op) {
        ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
        call(ic_op_take_photo_settings, op, &settings);
        return PhotoSettings::from(settings);
    }
};
template <>
struct Take<Frame> {
    static Frame take(ic_op *op) {
        ic_frame *frame = nullptr;
        call(ic_op_take_frame, op, &frame);
        return Frame::adopt(frame);
    }
};
template <>
struct Take<Stream> {
    static Stream take(ic_op *op);
};

}  // namespace detail

/// An operation under way, the promise of the W3C interface. Dropping the last copy of one without a callback cancels it.
template <class Result>
class Op : public detail::Shared<ic_op, ic_op_retain, ic_op_release> {
public:
    /// Takes a reference over.
    static Op adopt(ic_op *handle) noexcept { return Op(handle); }

    bool done() const noexcept { return ic_op_poll(get()); }
    /// Whether it is complete in time. It goes on in any case.
    bool wait(Timeout timeout = {}) const {
        ic_error *error = nullptr;
        const ic_status status = ic_op_wait(get(), timeout.ns(), &error);
        if (status == IC_STATUS_TIMED_OUT) {
            ic_error_free(error);
            return false;
        }
        if (status != IC_STATUS_OK) throw Error(status, error);
        return true;
    }
    void cancel() noexcept { ic_op_cancel(get()); }
    /// Waits until it is complete and takes its result, once; throws if it failed.
    Result take() {
        wait();
        return detail::Take<Result>::take(get());
    }

    Op() noexcept = default;

private:
    explicit Op(ic_op *handle) noexcept : Shared(handle) {}
};

namespace detail {

/// Calls `begin(&callback, &op, &error)` with a callback that calls `function(Op<Result>)`.
template <class Result, class Function, class Begin>
Op<Result> start(Function &&function, Begin begin) {
    using Held = std::decay_t<Function>;
    ic_op *op = nullptr;
    ic_error *error = nullptr;
    ic_status status = IC_STATUS_OK;
    if constexpr (std::is_same_v<Held, std::nullptr_t>) {
        status = begin(nullptr, &op, &error);
    } else {
        auto held = std::make_unique<Held>(std::forward<Function>(function));
        ic_callback_info info = IC_CALLBACK_INFO_INIT;
        // noexcept: an exception must not unwind into the library.
        info.fn = [](ic_op *done, void *user_data) noexcept {
            (*static_cast<Held *>(user_data))(Op<Result>::adopt(ic_op_retain(done)));
        };
        info.destroy = [](void *user_data) noexcept { delete static_cast<Held *>(user_data); };
        info.user_data = held.get();
        status = begin(&info, &op, &error);
        // From here on the library ends it; after a failure it is still ours.
        if (status == IC_STATUS_OK) static_cast<void>(held.release());
    }
    if (status != IC_STATUS_OK) throw Error(status, error);
    return Op<Result>::adopt(op);
}

}  // namespace detail

/// Something that happened; the state of the object was changed before.
struct Event {
    EventType type = EventType::Overflow;
    /// Of the clock of Frame::timestamp().
    std::chrono::nanoseconds timestamp{0};
    /// The Track::object_id() or Devices::object_id() that it happened to.
    std::uint64_t object_id = 0;
    /// With EventType::PermissionChange.
    std::optional<std::pair<Permission, PermissionState>> permission;
    /// With EventType::DeviceChange: how many there are, and how many of them were not there before. See
    /// Devices::last_change().
    std::uint32_t device_count = 0, inserted_count = 0;
    /// With EventType::ControlChange: the id of the control, for Controls::find().
    std::optional<std::uint32_t> control_id;

    static Event from(const ic_event &event) {
        Event copy;
        copy.type = static_cast<EventType>(event.type);
        copy.timestamp = std::chrono::nanoseconds(static_cast<std::int64_t>(event.timestamp_ns));
        copy.object_id = event.object_id;
        if (event.permission != 0)
            copy.permission.emplace(
                static_cast<Permission>(event.permission), static_cast<PermissionState>(event.permission_state));
        copy.device_count = event.device_count;
        copy.inserted_count = event.inserted_count;
        if (copy.type == EventType::ControlChange) copy.control_id = event.control_id;
        return copy;
    }
};

/// Keeps a listener of a track or of a context registered, and with it the object reachable: destroying it takes the
/// listener out. A call that is under way on another thread may still finish. It may be destroyed in its own call.
class Listener {
public:
    Listener() noexcept = default;
    Listener(Listener &&other) noexcept
        : track_(std::exchange(other.track_, nullptr)), devices_(std::exchange(other.devices_, nullptr)), id_(other.id_) {}
    Listener &operator=(Listener &&other) noexcept {
        Listener old(std::move(other));
        std::swap(track_, old.track_);
        std::swap(devices_, old.devices_);
        std::swap(id_, old.id_);
        return *this;
    }
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;
    ~Listener() { remove(); }

    /// Takes the listener out.
    void remove() noexcept {
        ic_track_unlisten(track_, id_);
        ic_devices_unlisten(devices_, id_);
        detach();
    }
    /// Leaves the listener registered for as long as its object lives.
    void detach() noexcept {
        ic_track_release(std::exchange(track_, nullptr));
        ic_devices_release(std::exchange(devices_, nullptr));
    }

private:
    friend class Track;
    friend class Devices;
    Listener(ic_track *track, std::uint64_t id) noexcept : track_(ic_track_retain(track)), id_(id) {}
    Listener(ic_devices *devices, std::uint64_t id) noexcept : devices_(ic_devices_retain(devices)), id_(id) {}

    ic_track *track_ = nullptr;
    ic_devices *devices_ = nullptr;
    std::uint64_t id_ = 0;
};

namespace detail {

/// Calls `listen(object, type, &callback, &id, &error)` with a callback that calls `function(const Event &)`.
template <class Object, class Listen, class Function>
std::uint64_t listen(Object *object, EventType type, Listen listen, Function &&function) {
    using Held = std::decay_t<Function>;
    auto held = std::make_unique<Held>(std::forward<Function>(function));
    ic_event_callback_info info = IC_EVENT_CALLBACK_INFO_INIT;
    // noexcept: an exception must not unwind into the library.
    info.fn = [](const ic_event *event, void *user_data) noexcept {
        (*static_cast<Held *>(user_data))(Event::from(*event));
    };
    info.destroy = [](void *user_data) noexcept { delete static_cast<Held *>(user_data); };
    info.user_data = held.get();
    std::uint64_t id = 0;
    call(listen, object, static_cast<ic_event_type>(type), &info, &id);
    // From here on the library ends it; after a failure it is still ours.
    static_cast<void>(held.release());
    return id;
}

}  // namespace detail

/// What became of the frames of a track.
struct TrackStats {
    std::uint64_t delivered_frames = 0, discarded_frames = 0, total_frames = 0, corrupt_frames = 0;
};

struct FramesOptions {
    /// 0: only the newest frame; otherwise the length of a queue that drops its oldest frame.
    std::size_t queue = 0;
    /// The format of all frames; none: as the device delivers them.
    std::optional<PixelFormat> format;
};

/// Reads the frames of a track.
class FrameReader : public detail::Shared<ic_frame_reader, ic_frame_reader_retain, ic_frame_reader_release> {
public:
    /// Takes a reference over.
    static FrameReader adopt(ic_frame_reader *handle) noexcept { return FrameReader(handle); }

    Frame next(Timeout timeout = {}) {
        ic_frame *frame = nullptr;
        detail::call(ic_frame_reader_next, get(), timeout.ns(), &frame);
        return Frame::adopt(frame);
    }
    /// As next(), but a limit that passes is no error.
    std::optional<Frame> try_next(Timeout timeout = std::chrono::nanoseconds(0)) {
        ic_frame *frame = nullptr;
        ic_error *error = nullptr;
        const ic_status status = ic_frame_reader_next(get(), timeout.ns(), &frame, &error);
        if (status == IC_STATUS_TIMED_OUT) {
            ic_error_free(error);
            return std::nullopt;
        }
        if (status != IC_STATUS_OK) throw Error(status, error);
        return Frame::adopt(frame);
    }
    std::uint64_t dropped() const noexcept { return ic_frame_reader_dropped(get()); }
    void close() noexcept { ic_frame_reader_close(get()); }

    FrameReader() noexcept = default;

private:
    explicit FrameReader(ic_frame_reader *handle) noexcept : Shared(handle) {}
};

/// Keeps a function called with the frames of a track. Destroying the last copy ends the calls; one that is under way on
/// another thread may still finish. It may be destroyed in its own call.
class FrameCallback : public detail::Shared<ic_frame_callback, ic_frame_callback_retain, ic_frame_callback_release> {
public:
    /// Takes a reference over.
    static FrameCallback adopt(ic_frame_callback *handle) noexcept { return FrameCallback(handle); }

    /// How many frames were dropped because the function was busy, or because they were damaged.
    std::uint64_t dropped() const noexcept { return ic_frame_callback_dropped(get()); }

    FrameCallback() noexcept = default;

private:
    explicit FrameCallback(ic_frame_callback *handle) noexcept : Shared(handle) {}
};

/// One source of pictures as its constraints ask for it.
class Track : public detail::Shared<ic_track, ic_track_retain, ic_track_release> {
public:
    /// Takes a reference over.
    static Track adopt(ic_track *handle) noexcept { return Track(handle); }

    std::string id() const { return detail::text(ic_track_id(get())); }
    /// The id in events.
    std::uint64_t object_id() const noexcept { return ic_track_object_id(get()); }
    std::string label() const { return detail::text(ic_track_label(get())); }
    MediaKind kind() const noexcept { return static_cast<MediaKind>(ic_track_kind(get())); }
    TrackState ready_state() const noexcept { return static_cast<TrackState>(ic_track_ready_state(get())); }
    bool muted() const noexcept { return ic_track_muted(get()); }
    bool enabled() const noexcept { return ic_track_enabled(get()); }
    void set_enabled(bool enabled) noexcept { ic_track_set_enabled(get(), enabled); }

    /// Calls `function(const Event &)` whenever an event of this type happens to the track.
    template <class Function>
    [[nodiscard]] Listener on(EventType type, Function &&function) {
        return Listener(get(), detail::listen(get(), type, ic_track_listen, std::forward<Function>(function)));
    }

    TrackStats stats() const {
        ic_track_stats_info info = IC_TRACK_STATS_INFO_INIT;
        detail::present(ic_track_stats(get(), &info));
        return {info.delivered_frames, info.discarded_frames, info.total_frames, info.corrupt_frames};
    }

    Capabilities capabilities() const {
        ic_capabilities *capabilities = nullptr;
        detail::call(ic_track_capabilities, get(), &capabilities);
        return Capabilities::adopt(capabilities);
    }
    Settings settings() const {
        ic_settings *settings = nullptr;
        detail::call(ic_track_settings, get(), &settings);
        return Settings::adopt(settings);
    }
    Constraints constraints() const {
        ic_constraints *constraints = nullptr;
        detail::call(ic_track_constraints, get(), &constraints);
        return Constraints::adopt(constraints);
    }

    void apply_constraints(const Constraints &constraints, Timeout timeout = {}) {
        detail::call(ic_track_apply_constraints, get(), constraints.get(), timeout.ns());
    }
    /// `callback` is nullptr or called with the complete Op<void>.
    template <class Callback = std::nullptr_t>
    Op<void> apply_constraints_async(const Constraints &constraints, Callback &&callback = nullptr) {
        return detail::start<void>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_track_apply_constraints_async(get(), constraints.get(), info, op, error);
            });
    }

    /// The controls of the camera by their own names.
    Controls controls(Timeout timeout = {}) const {
        ic_controls *controls = nullptr;
        detail::call(ic_track_controls, static_cast<const ic_track *>(get()), timeout.ns(), &controls);
        return Controls::adopt(controls);
    }
    /// `callback` is nullptr or called with the complete Op<Controls>.
    template <class Callback = std::nullptr_t>
    Op<Controls> controls_async(Callback &&callback = nullptr) const {
        return detail::start<Controls>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_track_controls_async(get(), info, op, error);
            });
    }
    /// Sets a control: to a number (of a boolean 0 or 1, of a menu that of the choice), a text (of a menu the name of the
    /// choice), or the numbers of an array.
    void set_control(std::string_view name, std::int64_t value, Timeout timeout = {}) {
        detail::call(ic_track_set_control_integer, get(), detail::data(name), name.size(), value, timeout.ns());
    }
    void set_control(std::string_view name, std::string_view value, Timeout timeout = {}) {
        detail::call(
            ic_track_set_control_string, get(), detail::data(name), name.size(), detail::data(value), value.size(),
            timeout.ns());
    }
    void set_control(std::string_view name, const std::vector<std::int64_t> &values, Timeout timeout = {}) {
        detail::call(
            ic_track_set_control_numbers, get(), detail::data(name), name.size(), values.data(), values.size(), timeout.ns());
    }
    /// Sets several controls, as JSON: all of them or none.
    void set_controls(std::string_view json, Timeout timeout = {}) {
        detail::call(ic_track_set_controls, get(), detail::data(json), json.size(), timeout.ns());
    }
    /// `callback` is nullptr or called with the complete Op<void>.
    template <class Callback = std::nullptr_t>
    Op<void> set_controls_async(std::string_view json, Callback &&callback = nullptr) {
        return detail::start<void>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_track_set_controls_async(get(), detail::data(json), json.size(), info, op, error);
            });
    }

    void stop() noexcept { ic_track_stop(get()); }

    /// A second track of the same device; a copy of this object is the same track.
    Track clone() const {
        Track track;
        detail::call(ic_track_clone, get(), track.out());
        return track;
    }

    FrameReader frames(const FramesOptions &options = {}) {
        const ic_frames_options given = plain(options);
        ic_frame_reader *reader = nullptr;
        detail::call(ic_track_frames, get(), &given, &reader);
        return FrameReader::adopt(reader);
    }

    /// Calls `function(Frame)` with each frame, on a thread of its own, or `function(Frame, const ic_error *)`, which gets
    /// an empty frame with the error where next() of a reader would throw one.
    template <class Function>
    [[nodiscard]] FrameCallback on_frame(Function &&function, const FramesOptions &options = {}) {
        using Held = std::decay_t<Function>;
        auto held = std::make_unique<Held>(std::forward<Function>(function));
        ic_frame_callback_info info = IC_FRAME_CALLBACK_INFO_INIT;
        // noexcept: an exception must not unwind into the library.
        info.fn = [](ic_frame *frame, const ic_error *error, void *user_data) noexcept {
            Held &called = *static_cast<Held *>(user_data);
            Frame shared = Frame::adopt(ic_frame_retain(frame));
            if constexpr (std::is_invocable_v<Held &, Frame, const ic_error *>) {
                called(std::move(shared), error);
            } else {
                if (!error) called(std::move(shared));
            }
        };
        info.destroy = [](void *user_data) noexcept { delete static_cast<Held *>(user_data); };
        info.user_data = held.get();
        const ic_frames_options given = plain(options);
        ic_frame_callback *callback = nullptr;
        detail::call(ic_track_on_frame, get(), &given, &info, &callback);
        // From here on the library ends it; after a failure it is still ours.
        static_cast<void>(held.release());
        return FrameCallback::adopt(callback);
    }

    Track() noexcept = default;

private:
    static ic_frames_options plain(const FramesOptions &options) {
        ic_frames_options given = IC_FRAMES_OPTIONS_INIT;
        given.delivery = options.queue == 0 ? IC_DELIVERY_LATEST : IC_DELIVERY_QUEUE;
        given.queue_length = options.queue;
        if (options.format) given.format = static_cast<ic_pixel_format>(*options.format);
        return given;
    }
    explicit Track(ic_track *handle) noexcept : Shared(handle) {}
};

/// A set of tracks.
class Stream : public detail::Shared<ic_stream, ic_stream_retain, ic_stream_release> {
public:
    /// Takes a reference over.
    static Stream adopt(ic_stream *handle) noexcept { return Stream(handle); }

    /// A stream of these tracks, in this order.
    explicit Stream(const std::vector<Track> &tracks) {
        std::vector<ic_track *> handles;
        for (const Track &track : tracks) handles.push_back(track.get());
        detail::call(ic_stream_new, handles.data(), handles.size(), out());
    }
    /// Another stream of the same tracks; a copy of the object is the same stream.
    static Stream from_stream(const Stream &stream) {
        Stream copy;
        detail::call(ic_stream_from_stream, stream.get(), copy.out());
        return copy;
    }

    std::string id() const { return detail::text(ic_stream_id(get())); }
    bool active() const noexcept { return ic_stream_active(get()); }
    std::vector<Track> tracks() const { return all(ic_stream_track); }
    std::vector<Track> video_tracks() const { return all(ic_stream_video_track); }
    std::vector<Track> audio_tracks() const { return all(ic_stream_audio_track); }
    std::optional<Track> track_by_id(std::string_view id) const {
        ic_track *track = nullptr;
        if (!detail::present(ic_stream_track_by_id(get(), detail::data(id), id.size(), &track, nullptr))) return std::nullopt;
        return Track::adopt(track);
    }
    void add_track(const Track &track) { detail::call(ic_stream_add_track, get(), track.get()); }
    void remove_track(const Track &track) { detail::call(ic_stream_remove_track, get(), track.get()); }
    /// Another stream, of clones of all tracks.
    Stream clone() const {
        Stream stream;
        detail::call(ic_stream_clone, get(), stream.out());
        return stream;
    }

    Stream() noexcept = default;

private:
    explicit Stream(ic_stream *handle) noexcept : Shared(handle) {}

    template <class Nth>
    std::vector<Track> all(Nth nth) const {
        std::vector<Track> tracks;
        // Not by the count: another thread may change the stream meanwhile.
        for (std::size_t i = 0;; ++i) {
            ic_track *track = nullptr;
            if (!detail::present(nth(get(), i, &track, nullptr))) return tracks;
            tracks.push_back(Track::adopt(track));
        }
    }
};

inline Stream detail::Take<Stream>::take(ic_op *op) {
    ic_stream *stream = nullptr;
    call(ic_op_take_stream, op, &stream);
    return Stream::adopt(stream);
}

/// How a photo should be written.
struct PhotoOptions {
    PhotoFormat format = PhotoFormat::Jpeg;
    /// Of JPEG, 1 to 100.
    std::uint32_t quality = 90;
    /// Whether EXIF data is written. A location that the camera wrote is removed in any case.
    bool metadata = true;
    /// How long exposure, white balance and focus may take to settle when the camera has to be switched for the photo.
    std::chrono::milliseconds settle{2500};
};

/// Takes photos and single frames of a track.
class ImageCapture : public detail::Shared<ic_image_capture, ic_image_capture_retain, ic_image_capture_release> {
public:
    explicit ImageCapture(const Track &track) { detail::call(ic_image_capture_new, track.get(), out()); }

    Track track() const {
        ic_track *track = nullptr;
        detail::call(ic_image_capture_track, get(), &track);
        return Track::adopt(track);
    }

    Photo take_photo(const PhotoSettings &settings = {}, const PhotoOptions &options = {}, Timeout timeout = {}) {
        const ic_photo_settings given = plain(settings);
        const ic_photo_options wanted = plain(options);
        ic_photo *photo = nullptr;
        detail::call(ic_image_capture_take_photo, get(), &given, &wanted, timeout.ns(), &photo);
        return Photo::adopt(photo);
    }
    /// `callback` is nullptr or called with the complete Op<Photo>.
    template <class Callback = std::nullptr_t>
    Op<Photo> take_photo_async(
        const PhotoSettings &settings = {}, const PhotoOptions &options = {}, Callback &&callback = nullptr) {
        const ic_photo_settings given = plain(settings);
        const ic_photo_options wanted = plain(options);
        return detail::start<Photo>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_image_capture_take_photo_async(get(), &given, &wanted, info, op, error);
            });
    }

    /// Takes `count` photos, one right after the other.
    std::vector<Photo> take_burst(
        std::uint32_t count, const PhotoSettings &settings = {}, const PhotoOptions &options = {}, Timeout timeout = {}) {
        const ic_photo_settings given = plain(settings);
        const ic_photo_options wanted = plain(options);
        ic_photo_list *photos = nullptr;
        detail::call(ic_image_capture_take_burst, get(), count, &given, &wanted, timeout.ns(), &photos);
        return Photo::adopt(photos);
    }
    /// `callback` is nullptr or called with the complete Op<std::vector<Photo>>.
    template <class Callback = std::nullptr_t>
    Op<std::vector<Photo>> take_burst_async(std::uint32_t count, const PhotoSettings &settings = {},
        const PhotoOptions &options = {}, Callback &&callback = nullptr) {
        const ic_photo_settings given = plain(settings);
        const ic_photo_options wanted = plain(options);
        return detail::start<std::vector<Photo>>(
            std::forward<Callback>(callback),
            [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_image_capture_take_burst_async(get(), count, &given, &wanted, info, op, error);
            });
    }
    /// Takes a photo for each value of a property; see ic_image_capture_take_bracket().
    std::vector<Photo> take_bracket(Property property, const std::vector<double> &values, const PhotoSettings &settings = {},
        const PhotoOptions &options = {}, Timeout timeout = {}) {
        const ic_photo_settings given = plain(settings);
        const ic_photo_options wanted = plain(options);
        const double none = 0;
        ic_photo_list *photos = nullptr;
        detail::call(ic_image_capture_take_bracket, get(), static_cast<ic_property>(property),
            values.empty() ? &none : values.data(), values.size(), &given, &wanted, timeout.ns(), &photos);
        return Photo::adopt(photos);
    }
    /// `callback` is nullptr or called with the complete Op<std::vector<Photo>>.
    template <class Callback = std::nullptr_t>
    Op<std::vector<Photo>> take_bracket_async(Property property, const std::vector<double> &values,
        const PhotoSettings &settings = {}, const PhotoOptions &options = {}, Callback &&callback = nullptr) {
        const ic_photo_settings given = plain(settings);
        const ic_photo_options wanted = plain(options);
        const double none = 0;
        return detail::start<std::vector<Photo>>(
            std::forward<Callback>(callback),
            [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_image_capture_take_bracket_async(get(), static_cast<ic_property>(property),
                    values.empty() ? &none : values.data(), values.size(), &given, &wanted, info, op, error);
            });
    }

    /// What the camera can do for a photo.
    PhotoCapabilities photo_capabilities(Timeout timeout = {}) {
        ic_photo_capabilities *capabilities = nullptr;
        detail::call(ic_image_capture_photo_capabilities, get(), timeout.ns(), &capabilities);
        return PhotoCapabilities::adopt(capabilities);
    }
    /// `callback` is nullptr or called with the complete Op<PhotoCapabilities>.
    template <class Callback = std::nullptr_t>
    Op<PhotoCapabilities> photo_capabilities_async(Callback &&callback = nullptr) {
        return detail::start<PhotoCapabilities>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_image_capture_photo_capabilities_async(get(), info, op, error);
            });
    }

    /// How the camera would take a photo if nothing were asked of it.
    PhotoSettings photo_settings(Timeout timeout = {}) {
        ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
        detail::call(ic_image_capture_photo_settings, get(), timeout.ns(), &settings);
        return PhotoSettings::from(settings);
    }
    /// `callback` is nullptr or called with the complete Op<PhotoSettings>.
    template <class Callback = std::nullptr_t>
    Op<PhotoSettings> photo_settings_async(Callback &&callback = nullptr) {
        return detail::start<PhotoSettings>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_image_capture_photo_settings_async(get(), info, op, error);
            });
    }

    Frame grab_frame(Timeout timeout = {}) {
        ic_frame *frame = nullptr;
        detail::call(ic_image_capture_grab_frame, get(), timeout.ns(), &frame);
        return Frame::adopt(frame);
    }
    /// `callback` is nullptr or called with the complete Op<Frame>.
    template <class Callback = std::nullptr_t>
    Op<Frame> grab_frame_async(Callback &&callback = nullptr) {
        return detail::start<Frame>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_image_capture_grab_frame_async(get(), info, op, error);
            });
    }

    /// The newest frame without waiting, if one has come yet.
    std::optional<Frame> latest_frame() {
        ic_frame *frame = nullptr;
        ic_error *error = nullptr;
        const ic_status status = ic_image_capture_latest_frame(get(), &frame, &error);
        if (status == IC_STATUS_NOT_PRESENT) {
            ic_error_free(error);
            return std::nullopt;
        }
        if (status != IC_STATUS_OK) throw Error(status, error);
        return Frame::adopt(frame);
    }

private:
    static ic_photo_settings plain(const PhotoSettings &settings) noexcept {
        ic_photo_settings given = IC_PHOTO_SETTINGS_INIT;
        if (settings.fill_light_mode) {
            given.fields |= IC_PHOTO_SETTINGS_FILL_LIGHT_MODE;
            given.fill_light_mode = static_cast<ic_fill_light_mode>(*settings.fill_light_mode);
        }
        if (settings.image_height) {
            given.fields |= IC_PHOTO_SETTINGS_IMAGE_HEIGHT;
            given.image_height = *settings.image_height;
        }
        if (settings.image_width) {
            given.fields |= IC_PHOTO_SETTINGS_IMAGE_WIDTH;
            given.image_width = *settings.image_width;
        }
        if (settings.red_eye_reduction) {
            given.fields |= IC_PHOTO_SETTINGS_RED_EYE_REDUCTION;
            given.red_eye_reduction = *settings.red_eye_reduction ? 1 : 0;
        }
        return given;
    }

    static ic_photo_options plain(const PhotoOptions &options) noexcept {
        ic_photo_options given = IC_PHOTO_OPTIONS_INIT;
        given.format = static_cast<ic_photo_format>(options.format);
        given.quality = options.quality;
        given.no_metadata = options.metadata ? 0 : 1;
        const auto settle = options.settle.count();
        // 0 is the default to C.
        given.settle_ms = settle < 1 ? 1 : settle > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(settle);
        return given;
    }
};

/// How a contact sheet looks, and how its pictures are taken.
struct ContactSheetOptions {
    /// The large line at the top; empty for the name of the camera that is swept.
    std::string title;
    /// Pictures in a row; 0 for as many as look well.
    std::uint32_t columns = 0;
    /// Of a picture, in pixels, 64 to 1920.
    std::uint32_t width = 320;
    /// How long a sweep waits at most until the picture does not change any more.
    std::chrono::milliseconds settle{1500};
};

/// Small pictures with labels on one sheet, to choose settings by looking.
class ContactSheet : public detail::Owned<ic_contact_sheet, ic_contact_sheet_free> {
public:
    explicit ContactSheet(const ContactSheetOptions &options = {}) {
        const ic_contact_sheet_options given = plain(options);
        detail::call(ic_contact_sheet_new, &given, out());
    }

    /// Takes a picture for each value of a sweep, as in "zoom=100:400:100"; see ic_contact_sheet_sweep().
    static ContactSheet sweep(const Track &track, const std::vector<std::string> &sweeps, const ContactSheetOptions &options = {}) {
        std::vector<const char *> texts;
        for (const std::string &text : sweeps) texts.push_back(text.c_str());
        const ic_contact_sheet_options given = plain(options);
        ic_contact_sheet *sheet = nullptr;
        detail::call(ic_contact_sheet_sweep, track.get(), texts.data(), texts.size(), &given, &sheet);
        return ContactSheet(sheet);
    }

    /// The first line of the label is the strong one.
    void add(const Frame &frame, std::string_view label = {}) {
        detail::call(ic_contact_sheet_add, get(), frame.get(), label.empty() ? "" : label.data(), label.size());
    }

    std::size_t size() const noexcept { return ic_contact_sheet_count(get()); }

    Photo png() const {
        ic_photo *photo = nullptr;
        detail::call(ic_contact_sheet_png, get(), &photo);
        return Photo::adopt(photo);
    }

private:
    explicit ContactSheet(ic_contact_sheet *handle) noexcept : Owned(handle) {}

    static ic_contact_sheet_options plain(const ContactSheetOptions &options) noexcept {
        ic_contact_sheet_options given = IC_CONTACT_SHEET_OPTIONS_INIT;
        given.title = options.title.c_str();
        given.columns = options.columns;
        given.width = options.width;
        const auto settle = options.settle.count();
        // 0 is the default to C.
        given.settle_ms = settle < 1 ? 1 : settle > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(settle);
        return given;
    }
};

/// A camera that the program makes up.
class VirtualCamera : public detail::Shared<ic_virtual_camera, ic_virtual_camera_retain, ic_virtual_camera_release> {
public:
    /// The built-in camera.
    VirtualCamera() { detail::call(ic_virtual_camera_new, nullptr, std::size_t{0}, out()); }
    explicit VirtualCamera(std::string_view json) {
        detail::call(ic_virtual_camera_new, detail::data(json), json.size(), out());
    }

    std::string id() const { return detail::text(ic_virtual_camera_id(get())); }
    std::string label() const { return detail::text(ic_virtual_camera_label(get())); }
    Track open() {
        ic_track *track = nullptr;
        detail::call(ic_virtual_camera_open, get(), &track);
        return Track::adopt(track);
    }
    void push_frame(PixelFormat format, std::uint32_t width, std::uint32_t height, Bytes bytes, std::size_t stride) {
        detail::call(
            ic_virtual_camera_push_frame, get(), static_cast<ic_pixel_format>(format), width, height, bytes.data,
            bytes.size, stride);
    }
    /// Makes the photo ready that the next take_photo() gives.
    void push_photo(std::string_view mime_type, Bytes bytes) {
        detail::call(
            ic_virtual_camera_push_photo, get(), detail::data(mime_type), mime_type.size(), bytes.data, bytes.size);
    }
    void step(std::uint32_t count = 1) noexcept { ic_virtual_camera_step(get(), count); }
    void unplug() noexcept { ic_virtual_camera_unplug(get()); }
    void replug() noexcept { ic_virtual_camera_replug(get()); }
    void set_busy(bool busy) noexcept { ic_virtual_camera_set_busy(get(), busy); }
    void freeze(bool frozen) noexcept { ic_virtual_camera_freeze(get(), frozen); }
    void set_muted(bool muted) noexcept { ic_virtual_camera_set_muted(get(), muted); }

    /// Changes properties, also of an open camera.
    void set_properties(std::string_view json) {
        detail::call(ic_virtual_camera_set_properties, get(), detail::data(json), json.size());
    }
    /// The properties as JSON.
    std::string properties() const {
        ic_text *properties = nullptr;
        detail::call(ic_virtual_camera_properties, get(), &properties);
        return detail::take(properties);
    }
    /// Changes the controls by their own names, also of an open camera.
    void set_controls(std::string_view json) {
        detail::call(ic_virtual_camera_set_controls, get(), detail::data(json), json.size());
    }
    /// The controls by their own names as JSON.
    std::string controls() const {
        ic_text *controls = nullptr;
        detail::call(ic_virtual_camera_controls, static_cast<const ic_virtual_camera *>(get()), &controls);
        return detail::take(controls);
    }
    /// Makes things go wrong.
    void script(std::string_view json) { detail::call(ic_virtual_camera_script, get(), detail::data(json), json.size()); }
    /// What was written to the camera since the last call, as a JSON list.
    std::string take_writes() {
        ic_text *writes = nullptr;
        detail::call(ic_virtual_camera_take_writes, get(), &writes);
        return detail::take(writes);
    }
};

/// What is known of a device before it is opened.
class DeviceInfo {
public:
    std::string id() const { return detail::text(ic_device_info_id(info_)); }
    std::string group_id() const { return detail::text(ic_device_info_group_id(info_)); }
    std::string label() const { return detail::text(ic_device_info_label(info_)); }
    DeviceKind kind() const noexcept { return static_cast<DeviceKind>(ic_device_info_kind(info_)); }
    Capabilities capabilities() const {
        ic_capabilities *capabilities = nullptr;
        detail::call(ic_device_info_capabilities, info_, &capabilities);
        return Capabilities::adopt(capabilities);
    }

private:
    friend class Devices;
    friend class PermissionRequest;
    DeviceInfo(std::shared_ptr<const void> owner, const ic_device_info *info) : owner_(std::move(owner)), info_(info) {}

    static std::vector<DeviceInfo> from(ic_device_list *raw) {
        const std::shared_ptr<ic_device_list> list(raw, ic_device_list_free);
        std::vector<DeviceInfo> devices;
        for (std::size_t i = 0; i < ic_device_list_count(raw); ++i)
            devices.push_back(DeviceInfo(list, ic_device_list_at(raw, i)));
        return devices;
    }

    // The list or the request that `info_` points into.
    std::shared_ptr<const void> owner_;
    const ic_device_info *info_;
};

/// A question to a person. It may be answered at once or later, from any thread; without an answer, it is refused with
/// its last copy.
class PermissionRequest
    : public detail::Shared<ic_permission_request, ic_permission_request_retain, ic_permission_request_release> {
public:
    /// Takes a reference over.
    static PermissionRequest adopt(ic_permission_request *handle) noexcept { return PermissionRequest(handle); }

    bool video() const noexcept { return ic_permission_request_video(get()); }
    bool audio() const noexcept { return ic_permission_request_audio(get()); }
    bool pan_tilt_zoom() const noexcept { return ic_permission_request_pan_tilt_zoom(get()); }
    /// The devices that fit, in the order in which they would be tried.
    std::vector<DeviceInfo> devices() const {
        const auto owner = std::make_shared<PermissionRequest>(*this);
        std::vector<DeviceInfo> devices;
        for (std::size_t i = 0; i < ic_permission_request_device_count(get()); ++i)
            devices.push_back(DeviceInfo(owner, ic_permission_request_device(get(), i)));
        return devices;
    }

    /// Yes, for these devices in this order, or for all of them.
    void grant(bool pan_tilt_zoom = true, const std::vector<std::string> &device_ids = {}) {
        const detail::Texts ids(device_ids);
        detail::call(ic_permission_request_answer, get(), true, pan_tilt_zoom, ids.get(), ids.size());
    }
    void deny() { detail::call(ic_permission_request_answer, get(), false, false, nullptr, std::size_t{0}); }

    PermissionRequest() noexcept = default;

private:
    explicit PermissionRequest(ic_permission_request *handle) noexcept : Shared(handle) {}
};

/// How constraints choose, and why.
class Explanation : public detail::Owned<ic_explanation, ic_explanation_free> {
public:
    /// Takes a C handle over.
    static Explanation adopt(ic_explanation *handle) noexcept { return Explanation(handle); }

    std::string json() const { return detail::text(ic_explanation_json(get())); }
    /// Lines of English.
    std::string text() const { return detail::text(ic_explanation_text(get())); }
    /// The device that would be opened first.
    std::optional<std::string> device_id() const {
        const char *id = ic_explanation_device_id(get());
        return id ? std::optional<std::string>(id) : std::nullopt;
    }

private:
    explicit Explanation(ic_explanation *handle) noexcept : Owned(handle) {}
};

/// What a program should show its user of a device.
struct Indicator {
    /// It may be opened without asking.
    bool accessible = false;
    /// The program gets something from it now.
    bool live = false;
};

/// The devices of an EventType::DeviceChange, and those of them that were not there before.
struct DeviceChange {
    std::vector<DeviceInfo> devices, inserted;
};

/// The devices of the system and the virtual cameras that were added to it.
class Devices : public detail::Shared<ic_devices, ic_devices_retain, ic_devices_release> {
public:
    Devices() { detail::call(ic_devices_new, nullptr, std::size_t{0}, out()); }
    explicit Devices(std::string_view options_json) {
        detail::call(ic_devices_new, detail::data(options_json), options_json.size(), out());
    }

    std::vector<DeviceInfo> enumerate() const {
        ic_device_list *list = nullptr;
        detail::call(ic_devices_enumerate, get(), &list);
        return DeviceInfo::from(list);
    }

    Stream get_user_media(const Constraints &video, Timeout timeout = {}) {
        return get_user_media(&video, nullptr, timeout);
    }
    /// nullptr: no track of this kind.
    Stream get_user_media(const Constraints *video, const Constraints *audio, Timeout timeout = {}) {
        ic_stream *stream = nullptr;
        detail::call(
            ic_devices_get_user_media, get(), static_cast<const ic_constraints *>(video ? video->get() : nullptr),
            static_cast<const ic_constraints *>(audio ? audio->get() : nullptr), timeout.ns(), &stream);
        return Stream::adopt(stream);
    }
    /// `callback` is nullptr or called with the complete Op<Stream>.
    template <class Callback = std::nullptr_t>
    Op<Stream> get_user_media_async(
        const Constraints *video, const Constraints *audio = nullptr, Callback &&callback = nullptr) {
        return detail::start<Stream>(
            std::forward<Callback>(callback), [&](const ic_callback_info *info, ic_op **op, ic_error **error) {
                return ic_devices_get_user_media_async(
                    get(), video ? video->get() : nullptr, audio ? audio->get() : nullptr, info, op, error);
            });
    }

    void add_virtual_camera(const VirtualCamera &camera) {
        detail::call(ic_devices_add_virtual_camera, get(), camera.get());
    }
    /// The id in events.
    std::uint64_t object_id() const noexcept { return ic_devices_object_id(get()); }

    /// Calls `function(const Event &)` whenever an event of this type happens to the context.
    template <class Function>
    [[nodiscard]] Listener on(EventType type, Function &&function) {
        return Listener(get(), detail::listen(get(), type, ic_devices_listen, std::forward<Function>(function)));
    }
    /// The next event of the context or of its tracks; none if the limit passes. Throws when none is left after close().
    std::optional<Event> next_event(Timeout timeout = {}) {
        ic_event event = IC_EVENT_INIT;
        ic_error *error = nullptr;
        const ic_status status = ic_devices_next_event(get(), timeout.ns(), &event, &error);
        if (status == IC_STATUS_TIMED_OUT) {
            ic_error_free(error);
            return std::nullopt;
        }
        if (status != IC_STATUS_OK) throw Error(status, error);
        return Event::from(event);
    }
    /// With manual callbacks: runs those that wait, and says how many.
    std::size_t process_events(Timeout timeout = {}) {
        std::size_t ran = 0;
        detail::call(ic_devices_process_events, get(), timeout.ns(), &ran);
        return ran;
    }
    /// A descriptor for poll(), on Unix.
    int event_fd() {
        int fd = -1;
        detail::call(ic_devices_event_fd, get(), &fd);
        return fd;
    }
    /// The newest EventType::DeviceChange that was told.
    std::optional<DeviceChange> last_change() const {
        ic_device_list *devices = nullptr, *inserted = nullptr;
        if (!detail::present(ic_devices_last_change(get(), &devices, &inserted, nullptr))) return std::nullopt;
        return DeviceChange{DeviceInfo::from(devices), DeviceInfo::from(inserted)};
    }

    PermissionState permission(Permission permission) const {
        ic_permission_state state = 0;
        detail::call(ic_devices_permission, get(), static_cast<ic_permission>(permission), &state);
        return static_cast<PermissionState>(state);
    }
    void set_permission(Permission permission, PermissionState state) {
        detail::call(
            ic_devices_set_permission, get(), static_cast<ic_permission>(permission),
            static_cast<ic_permission_state>(state));
    }
    /// `function` is called with a PermissionRequest when a person has to be asked; nullptr: nobody is.
    template <class Function>
    void on_permission_prompt(Function &&function) {
        using Held = std::decay_t<Function>;
        if constexpr (std::is_same_v<Held, std::nullptr_t>) {
            detail::call(ic_devices_on_permission_prompt, get(), nullptr);
        } else {
            auto held = std::make_unique<Held>(std::forward<Function>(function));
            ic_prompt_callback_info info = IC_PROMPT_CALLBACK_INFO_INIT;
            // noexcept: an exception must not unwind into the library.
            info.fn = [](ic_permission_request *request, void *user_data) noexcept {
                (*static_cast<Held *>(user_data))(PermissionRequest::adopt(ic_permission_request_retain(request)));
            };
            info.destroy = [](void *user_data) noexcept { delete static_cast<Held *>(user_data); };
            info.user_data = held.get();
            detail::call(ic_devices_on_permission_prompt, get(), &info);
            // From here on the library ends it; after a failure it is still ours.
            static_cast<void>(held.release());
        }
    }

    /// How get_user_media() would choose, and why. Nothing is opened.
    Explanation explain(const Constraints &constraints, Timeout timeout = {}) const {
        ic_explanation *explanation = nullptr;
        detail::call(
            ic_devices_explain, static_cast<const ic_devices *>(get()),
            static_cast<const ic_constraints *>(constraints.get()), timeout.ns(), &explanation);
        return Explanation::adopt(explanation);
    }

    /// What the system tells of a device beyond the W3C model, as JSON.
    std::string device_details_json(std::string_view device_id, Timeout timeout = {}) const {
        ic_text *details = nullptr;
        detail::call(
            ic_devices_device_details_json, static_cast<const ic_devices *>(get()), detail::data(device_id),
            device_id.size(), timeout.ns(), &details);
        return detail::take(details);
    }

    bool visible() const noexcept { return ic_devices_visible(get()); }
    void set_visible(bool visible) noexcept { ic_devices_set_visible(get(), visible); }
    bool focused() const noexcept { return ic_devices_focused(get()); }
    void set_focused(bool focused) noexcept { ic_devices_set_focused(get(), focused); }

    Indicator indicator(DeviceKind kind) const {
        Indicator indicator;
        detail::present(
            ic_devices_indicator(get(), static_cast<ic_device_kind>(kind), &indicator.accessible, &indicator.live));
        return indicator;
    }
    /// None for a device that was never seen.
    std::optional<Indicator> indicator(std::string_view device_id) const {
        Indicator indicator;
        const ic_status status = ic_devices_device_indicator(
            get(), detail::data(device_id), device_id.size(), &indicator.accessible, &indicator.live);
        return detail::present(status) ? std::optional<Indicator>(indicator) : std::nullopt;
    }

    void close() noexcept { ic_devices_close(get()); }
};

}  // namespace ic

#endif  // IC_IMAGECAPTURE_HPP
