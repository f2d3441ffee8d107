#include <imagecapture/imagecapture.hpp>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;

std::string json_in_b();

namespace {

#define CHECK(condition)                                                                          \
    do {                                                                                          \
        if (!(condition)) throw std::runtime_error(std::string(__FILE__ ":") + std::to_string(__LINE__) + ": " #condition); \
    } while (0)

// The error that a call throws.
template <class Call>
ic::Error error_of(Call call) {
    try {
        call();
    } catch (const ic::Error &error) {
        return error;
    }
    throw std::runtime_error("no error was thrown");
}

constexpr const char *camera_json =
    R"({"label": "Test camera", "modes": [{"width": 640, "height": 480, "frameRates": [30]}],
        "properties": {"zoom": {"min": 100, "max": 400, "step": 10, "value": 100}}})";

struct Setup {
    ic::Devices devices{R"({"backends": [], "environment": false})"};
    ic::VirtualCamera camera;
    ic::Track track;

    explicit Setup(const char *json = camera_json) : camera(json) {
        devices.add_virtual_camera(camera);
        track = devices.get_user_media(ic::Constraints()).video_tracks().at(0);
    }
    ~Setup() { devices.close(); }
};

void versions() { CHECK(ic_version() == IC_VERSION); }

void two_files() { CHECK(json_in_b().find("640") != std::string::npos); }

void constraints() {
    ic::Constraints constraints;
    constraints.min(ic::Property::Width, 320).ideal(ic::Property::Width, 640.0).exact(ic::Property::DeviceId, std::string("a"));
    constraints.set(ic::Property::Zoom, ic::Bound::Bare, true, constraints.add_advanced());
    CHECK(constraints.json() ==
          ic::Constraints::from_json(
              R"({"width": {"min": 320, "ideal": 640}, "deviceId": {"exact": "a"}, "advanced": [{"zoom": true}]})")
              .json());
    CHECK(ic::Constraints::from_json(R"({"widht": 1})").ignored() == std::vector<std::string>{"widht"});

    const ic::Error error = error_of([] { ic::Constraints::from_json("{\"width\": ]"); });
    CHECK(error.status() == IC_STATUS_INVALID_ARGUMENT && error.name() == "TypeError" && error.offset().has_value());
    CHECK(error_of([] { ic::Constraints::from_json(std::string_view()); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(error_of([&] { constraints.set(ic::Property::Width, ic::Bound::Min, "wide"); }).status() == IC_STATUS_INVALID_ARGUMENT);
}

void errors() {
    Setup setup;
    ic::Constraints constraints;
    constraints.exact(ic::Property::Zoom, 5000);
    const ic::Error error = error_of([&] { setup.track.apply_constraints(constraints); });
    CHECK(error.status() == IC_STATUS_OVERCONSTRAINED && error.name() == "OverconstrainedError");
    CHECK(error.constraint() == "zoom" && error.message() == error.what() && !error.message().empty());
    const ic::Error copy = error;
    CHECK(copy.message() == error.message());
}

void enumerating() {
    Setup setup;
    std::vector<ic::DeviceInfo> list = setup.devices.enumerate();
    CHECK(list.size() == 1);
    const ic::DeviceInfo info = list[0];
    list.clear();
    CHECK(info.label() == "Test camera" && info.kind() == ic::DeviceKind::VideoInput && !info.id().empty());
    CHECK(info.capabilities().range(ic::Property::Zoom)->max == 400);
}

void tracks() {
    Setup setup;
    CHECK(setup.track.label() == "Test camera" && setup.track.kind() == ic::MediaKind::Video);
    CHECK(setup.track.ready_state() == ic::TrackState::Live && setup.track.enabled());
    ic::Constraints constraints;
    setup.track.apply_constraints(constraints.ideal(ic::Property::Zoom, 250), 5s);
    const ic::Settings settings = setup.track.settings();
    CHECK(settings.number(ic::Property::Zoom) == 250.0 && settings.string(ic::Property::DeviceId).has_value());
    CHECK(error_of([&] { settings.boolean(ic::Property::Width); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(setup.track.constraints().json().find("250") != std::string::npos);
    ic::Track clone = setup.track.clone();
    const ic::Track same = setup.track;
    CHECK(clone.id() != setup.track.id() && same.id() == setup.track.id());
    setup.track.stop();
    CHECK(same.ready_state() == ic::TrackState::Ended && clone.ready_state() == ic::TrackState::Live);
    clone.stop();
}

void absence() {
    Setup setup(R"({"modes": [{"width": 640, "height": 480}]})");
    CHECK(!setup.track.capabilities().range(ic::Property::Zoom) && !setup.track.settings().number(ic::Property::Zoom));
    CHECK(!setup.track.capabilities().has(ic::Property::Zoom) && setup.track.capabilities().has(ic::Property::Width));
    CHECK(setup.track.capabilities().strings(ic::Property::Zoom).empty());
}

void photos() {
    Setup setup;
    ic::ImageCapture capture(setup.track);
    const ic::Photo photo = capture.take_photo();
    CHECK(photo.mime_type() == "image/jpeg" && photo.width() == 640 && photo.height() == 480);
    CHECK(photo.bytes().size > 100 && *photo.bytes().begin() == 0xff && photo.timestamp() > 0ns);
    CHECK(photo.settings().number(ic::Property::Zoom) == 100.0);
    ic::PhotoOptions options;
    options.format = ic::PhotoFormat::Png;
    CHECK(capture.take_photo({}, options, ic::Timeout::never()).mime_type() == "image/png");
    ic::PhotoSettings settings;
    settings.image_width = -1;
    CHECK(error_of([&] { capture.take_photo(settings); }).status() != IC_STATUS_OK);
    CHECK(error_of([&] { capture.take_photo({}, {}, -1ns); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(capture.track().id() == setup.track.id());
}

void frames() {
    Setup setup;
    ic::ImageCapture capture(setup.track);
    const ic::Frame frame = capture.grab_frame();
    CHECK(frame.format() == ic::PixelFormat::Rgba && frame.width() == 640 && frame.plane_count() == 1);
    CHECK(frame.plane(0).bytes.size >= 640 * 480 * 4 && frame.plane(1).bytes.data == nullptr);
    const ic::Frame grey = frame.convert(ic::PixelFormat::Grey);
    std::vector<std::uint8_t> copy(640 * 480);
    frame.copy_to(ic::PixelFormat::Grey, copy.data(), copy.size(), 640);
    CHECK(std::memcmp(copy.data(), grey.plane(0).bytes.data, 640) == 0);
    CHECK(ic::name(grey.format()) == "grey");
    CHECK(capture.latest_frame().has_value());

    ic::FrameReader reader = setup.track.frames({2, ic::PixelFormat::Rgb});
    std::uint64_t last = 0;
    for (int i = 0; i < 3; ++i) {
        const ic::Frame next = reader.next(2s);
        CHECK(next.format() == ic::PixelFormat::Rgb && next.sequence() >= last);
        last = next.sequence();
    }
    setup.camera.freeze(true);
    while (reader.try_next(200ms)) {
    }
    reader.close();
    CHECK(error_of([&] { reader.next(); }).status() == IC_STATUS_INVALID_STATE);
}

void pushing() {
    ic::VirtualCamera camera(
        R"({"modes": [{"width": 2, "height": 1, "pixelFormat": "rgb"}], "scene": {"kind": "push"}})");
    ic::Track track = camera.open();
    ic::FrameReader reader = track.frames();
    const std::uint8_t pixels[] = {1, 2, 3, 4, 5, 6};
    camera.push_frame(ic::PixelFormat::Rgb, 2, 1, {pixels, sizeof pixels}, 6);
    CHECK(std::memcmp(reader.next().plane(0).bytes.data, pixels, sizeof pixels) == 0);
    track.stop();
}

// Counts how often it is there, so that a test sees each copy go.
struct Counted {
    std::shared_ptr<std::atomic<int>> alive;
    explicit Counted(std::shared_ptr<std::atomic<int>> alive) : alive(std::move(alive)) { ++*this->alive; }
    Counted(const Counted &other) : alive(other.alive) { ++*alive; }
    Counted(Counted &&other) noexcept : alive(other.alive) { ++*alive; }
    Counted &operator=(const Counted &) = delete;
    ~Counted() { --*alive; }
};

void callbacks() {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    {
        Setup setup;
        ic::ImageCapture capture(setup.track);
        std::promise<std::size_t> size;
        capture.take_photo_async({}, {}, [&size, counted = Counted(alive)](ic::Op<ic::Photo> op) {
            size.set_value(op.take().bytes().size);
        });
        CHECK(size.get_future().get() > 100);

        std::promise<void> applied;
        ic::Constraints constraints;
        constraints.exact(ic::Property::Zoom, 300);
        const ic::Op<void> op = setup.track.apply_constraints_async(
            constraints, [&applied, counted = Counted(alive)](ic::Op<void>) { applied.set_value(); });
        applied.get_future().get();
        CHECK(op.done() && setup.track.settings().number(ic::Property::Zoom) == 300.0);

        // A failed start gives the callback back.
        setup.track.stop();
        CHECK(error_of([&] { capture.grab_frame_async([counted = Counted(alive)](ic::Op<ic::Frame>) {}); }).status() ==
              IC_STATUS_INVALID_STATE);
    }
    for (int i = 0; i < 200 && *alive > 0; ++i) std::this_thread::sleep_for(5ms);
    CHECK(*alive == 0);
}

void operations() {
    ic::Devices devices(R"({"backends": [], "environment": false})");
    devices.add_virtual_camera(ic::VirtualCamera(R"({"modes": [{"width": 640, "height": 480}], "pacing": "manual"})"));
    const ic::Constraints any;
    ic::Op<ic::Stream> opening = devices.get_user_media_async(&any);
    const ic::Stream stream = opening.take();
    CHECK(stream.active() && !stream.id().empty());
    CHECK(error_of([&] { opening.take(); }).status() == IC_STATUS_INVALID_STATE);

    ic::ImageCapture capture(stream.video_tracks().at(0));
    ic::Op<ic::Frame> frame = capture.grab_frame_async();
    CHECK(!frame.wait(10ms) && !frame.done());
    frame.cancel();
    CHECK(error_of([&] { frame.take(); }).status() == IC_STATUS_ABORTED);
    devices.close();
}

void moves() {
    ic::Constraints a;
    ic::Constraints b = std::move(a);
    CHECK(a.get() == nullptr && b.get() != nullptr);
    a = std::move(b);
    CHECK(b.get() == nullptr && a.json() == "{}");
    ic_constraints *raw = a.release();
    ic::Constraints c = ic::Constraints::adopt(raw);
    CHECK(c.get() == raw);

    ic::VirtualCamera camera;
    ic::VirtualCamera other = camera;
    CHECK(other.get() == camera.get());
    other = ic::VirtualCamera();
    CHECK(other.get() != camera.get());
    const ic::Frame none;
    CHECK(none.get() == nullptr);
}

}  // namespace

int main() {
    const std::pair<const char *, std::function<void()>> tests[] = {
        {"versions", versions}, {"two_files", two_files}, {"constraints", constraints}, {"errors", errors},
        {"enumerating", enumerating}, {"tracks", tracks}, {"absence", absence}, {"photos", photos},
        {"frames", frames}, {"pushing", pushing}, {"callbacks", callbacks}, {"operations", operations}, {"moves", moves},
    };
    int failed = 0;
    for (const auto &[name, run] : tests) {
        try {
            run();
            std::printf("ok hpp.%s\n", name);
        } catch (const std::exception &error) {
            std::fprintf(stderr, "%s\n", error.what());
            std::printf("FAIL hpp.%s\n", name);
            failed = 1;
        }
        std::fflush(stdout);
    }
    return failed;
}
