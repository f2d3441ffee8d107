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
    FrameRate = IC_PROPERTY_FRAME_RATE,
    DeviceId = IC_PROPERTY_DEVICE_ID,
    GroupId = IC_PROPERTY_GROUP_ID,
    Zoom = IC_PROPERTY_ZOOM,
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
enum class PhotoFormat : std::uint32_t {
    Jpeg = IC_PHOTO_FORMAT_JPEG,
    Png = IC_PHOTO_FORMAT_PNG,
    Camera = IC_PHOTO_FORMAT_CAMERA,
};

using Range = ic_range;

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

/// Constraints on a track: a basic set and a list of advanced ones.
class Constraints : public detail::Owned<ic_constraints, ic_constraints_free> {
public:
    Constraints() : Owned(ic_constraints_new()) {}

    /// Takes a C handle over.
    static Constraints adopt(ic_constraints *handle) noexcept { return Constraints(handle); }

    static Constraints from_json(std::string_view json) {
        Constraints constraints(nullptr);
        detail::call(ic_constraints_from_json, json.data() ? json.data() : "", json.size(), constraints.out());
        return constraints;
    }

    /// Adds an advanced set and gives its number for the setters.
    std::uint32_t add_advanced() {
        std::uint32_t set = 0;
        detail::call(ic_constraints_add_advanced, get(), &set);
        return set;
    }

    /// Sets one bound of a property to a number, a boolean or a string.
    template <class Value>
    Constraints &set(Property property, Bound bound, const Value &value, std::uint32_t set = IC_BASIC) {
        const auto id = static_cast<ic_property>(property);
        const auto which = static_cast<ic_bound>(bound);
        if constexpr (std::is_same_v<Value, bool>) {
            detail::call(ic_constraints_set_bool, get(), set, id, which, value);
        } else if constexpr (std::is_arithmetic_v<Value>) {
            detail::call(ic_constraints_set_number, get(), set, id, which, static_cast<double>(value));
        } else {
            const std::string_view text(value);
            detail::call(ic_constraints_set_string, get(), set, id, which, text.data() ? text.data() : "", text.size());
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

    std::optional<Range> range(Property property) const {
        Range range{};
        const ic_status status = ic_capabilities_range(get(), static_cast<ic_property>(property), &range);
        return detail::present(status) ? std::optional<Range>(range) : std::nullopt;
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

    std::string json() const { return detail::text(ic_settings_json(get())); }

private:
    explicit Settings(ic_settings *handle) noexcept : Owned(handle) {}
};

/// A photo: the bytes of an image file and what they are.
class Photo : public detail::Owned<ic_photo, ic_photo_free> {
public:
    /// Takes a C handle over.
    static Photo adopt(ic_photo *handle) noexcept { return Photo(handle); }

    std::string mime_type() const { return detail::text(ic_photo_mime_type(get())); }
    /// They live as long as the photo.
    Bytes bytes() const noexcept { return {ic_photo_data(get()), ic_photo_len(get())}; }
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

/// One plane of a frame; the bytes live as long as the frame.
struct Plane {
    Bytes bytes;
    std::size_t stride = 0;
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
    /// A plane, without bytes if the frame has not so many.
    Plane plane(std::size_t index) const {
        const ic_frame_info all = info();
        if (index >= all.plane_count) return {};
        const ic_plane &plane = all.planes[index];
        return {{plane.data, plane.len}, plane.stride};
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

class Stream;

namespace detail {

template <class Result>
struct Take;
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

/// One source of pictures as its constraints ask for it.
class Track : public detail::Shared<ic_track, ic_track_retain, ic_track_release> {
public:
    /// Takes a reference over.
    static Track adopt(ic_track *handle) noexcept { return Track(handle); }

    std::string id() const { return detail::text(ic_track_id(get())); }
    std::string label() const { return detail::text(ic_track_label(get())); }
    MediaKind kind() const noexcept { return static_cast<MediaKind>(ic_track_kind(get())); }
    TrackState ready_state() const noexcept { return static_cast<TrackState>(ic_track_ready_state(get())); }
    bool muted() const noexcept { return ic_track_muted(get()); }
    bool enabled() const noexcept { return ic_track_enabled(get()); }
    void set_enabled(bool enabled) noexcept { ic_track_set_enabled(get(), enabled); }

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

    void stop() noexcept { ic_track_stop(get()); }

    /// A second track of the same device; a copy of this object is the same track.
    Track clone() const {
        Track track;
        detail::call(ic_track_clone, get(), track.out());
        return track;
    }

    FrameReader frames(const FramesOptions &options = {}) {
        ic_frames_options given = IC_FRAMES_OPTIONS_INIT;
        given.delivery = options.queue == 0 ? IC_DELIVERY_LATEST : IC_DELIVERY_QUEUE;
        given.queue_length = options.queue;
        if (options.format) given.format = static_cast<ic_pixel_format>(*options.format);
        ic_frame_reader *reader = nullptr;
        detail::call(ic_track_frames, get(), &given, &reader);
        return FrameReader::adopt(reader);
    }

    Track() noexcept = default;

private:
    explicit Track(ic_track *handle) noexcept : Shared(handle) {}
};

/// A set of tracks.
class Stream : public detail::Shared<ic_stream, ic_stream_retain, ic_stream_release> {
public:
    /// Takes a reference over.
    static Stream adopt(ic_stream *handle) noexcept { return Stream(handle); }

    std::string id() const { return detail::text(ic_stream_id(get())); }
    bool active() const noexcept { return ic_stream_active(get()); }
    std::vector<Track> video_tracks() const {
        std::vector<Track> tracks;
        // Not by the count: another thread may change the stream meanwhile.
        for (std::size_t i = 0;; ++i) {
            ic_track *track = nullptr;
            if (!detail::present(ic_stream_video_track(get(), i, &track, nullptr))) return tracks;
            tracks.push_back(Track::adopt(track));
        }
    }

    Stream() noexcept = default;

private:
    explicit Stream(ic_stream *handle) noexcept : Shared(handle) {}
};

inline Stream detail::Take<Stream>::take(ic_op *op) {
    ic_stream *stream = nullptr;
    call(ic_op_take_stream, op, &stream);
    return Stream::adopt(stream);
}

/// How a photo should be taken; what is not set is the device's choice.
struct PhotoSettings {
    std::optional<FillLightMode> fill_light_mode;
    std::optional<double> image_height;
    std::optional<double> image_width;
    std::optional<bool> red_eye_reduction;
};

/// How a photo should be written.
struct PhotoOptions {
    PhotoFormat format = PhotoFormat::Jpeg;
    /// Of JPEG, 1 to 100.
    std::uint32_t quality = 90;
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
        return given;
    }
};

/// A camera that the program makes up.
class VirtualCamera : public detail::Shared<ic_virtual_camera, ic_virtual_camera_retain, ic_virtual_camera_release> {
public:
    /// The built-in camera.
    VirtualCamera() { detail::call(ic_virtual_camera_new, nullptr, std::size_t{0}, out()); }
    explicit VirtualCamera(std::string_view json) {
        detail::call(ic_virtual_camera_new, json.data() ? json.data() : "", json.size(), out());
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
    void step(std::uint32_t count = 1) noexcept { ic_virtual_camera_step(get(), count); }
    void unplug() noexcept { ic_virtual_camera_unplug(get()); }
    void replug() noexcept { ic_virtual_camera_replug(get()); }
    void set_busy(bool busy) noexcept { ic_virtual_camera_set_busy(get(), busy); }
    void freeze(bool frozen) noexcept { ic_virtual_camera_freeze(get(), frozen); }
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
    DeviceInfo(std::shared_ptr<ic_device_list> list, const ic_device_info *info) : list_(std::move(list)), info_(info) {}

    // The list owns what `info_` points to.
    std::shared_ptr<ic_device_list> list_;
    const ic_device_info *info_;
};

/// The devices of the system and the virtual cameras that were added to it.
class Devices : public detail::Shared<ic_devices, ic_devices_retain, ic_devices_release> {
public:
    Devices() { detail::call(ic_devices_new, nullptr, std::size_t{0}, out()); }
    explicit Devices(std::string_view options_json) {
        detail::call(ic_devices_new, options_json.data() ? options_json.data() : "", options_json.size(), out());
    }

    std::vector<DeviceInfo> enumerate() const {
        ic_device_list *raw = nullptr;
        detail::call(ic_devices_enumerate, get(), &raw);
        const std::shared_ptr<ic_device_list> list(raw, ic_device_list_free);
        std::vector<DeviceInfo> devices;
        for (std::size_t i = 0; i < ic_device_list_count(raw); ++i)
            devices.push_back(DeviceInfo(list, ic_device_list_at(raw, i)));
        return devices;
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
    void close() noexcept { ic_devices_close(get()); }
};

}  // namespace ic

#endif  // IC_IMAGECAPTURE_HPP
